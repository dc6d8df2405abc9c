// SPDX-License-Identifier: GPL-2.0-or-later
// Names for addresses of code, by the symbols in a trace.dat file: what /proc/kallsyms said on the machine that recorded it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/base/types.hpp"

namespace kstrax {

class SymbolTable {
  public:
    /// Lines "ffffffff81000000 T _stext", or with "\t[module]" behind them; those that are none stay away.
    explicit SymbolTable(std::string text);

    SymbolTable(const SymbolTable&) = delete;  // its rows are parts of its text
    SymbolTable& operator=(const SymbolTable&) = delete;

    /// "vfs_read", "vfs_read+0x12", "ext4_sync_fs [ext4]"; empty: no function begins at `at` or below.
    [[nodiscard]] std::string function_at(VirtAddr at) const;

  private:
    struct Function {
        std::uint64_t address;
        std::string_view name, module;
    };
    void add(std::string_view line);

    std::string text_;
    std::vector<Function> functions_;  // by address; of several at one, the first line's
};

}  // namespace kstrax
