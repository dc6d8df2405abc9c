// SPDX-License-Identifier: GPL-2.0-or-later
// Symbols from a text file: System.map, /proc/kallsyms or nm's output, lines of
// ADDRESS TYPE NAME.
#pragma once

#include <string>
#include <string_view>

#include "analyzer/arch/vmcoreinfo.hpp"
#include "analyzer/base/result.hpp"
#include "analyzer/base/types.hpp"

namespace kstrax {

class SymbolFile {
  public:
    /// `info`: the dumped kernel's, which may have run elsewhere than it was linked to
    /// (KASLR): the file's _stext and the kernel's tell how far. May be empty.
    SymbolFile(std::string text, const Vmcoreinfo& info);

    /// The address in the dumped kernel. Fails with Usage where the file has none of that
    /// name, or several.
    [[nodiscard]] Result<VirtAddr> find(std::string_view name) const;

    /// The distance between the kernel's real place and its place in the file.
    [[nodiscard]] std::uint64_t moved() const { return moved_; }

  private:
    std::string text_;
    VirtAddr image_;  // addresses below it are not of the kernel's image, and do not move
    std::uint64_t moved_ = 0;
};

}  // namespace kstrax
