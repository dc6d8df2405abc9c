// SPDX-License-Identifier: GPL-2.0-or-later
// A kernel of x86-64 that tells its types: structs as BTF has them, and their values in
// memory, put there member by member. Every byte of memory is at its address in the
// direct mapping.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "analyzer/kernel/btf/kernel_types.hpp"
#include "tests/support/kernel/btf_image.hpp"
#include "tests/support/kernel/page_tables.hpp"
#include "tests/support/memory.hpp"

namespace kstrax::test {

class TypedKernel {
  public:
    explicit TypedKernel(const std::vector<BtfStruct>& structs);

    /// A new one, of zeros; its address.
    [[nodiscard]] std::uint64_t make(std::string_view type);
    [[nodiscard]] std::uint64_t make_bytes(std::uint64_t size);
    /// Where a member of the struct at `address` lies.
    [[nodiscard]] std::uint64_t at(std::uint64_t address, std::string_view type, std::string_view member) const;
    void set(std::uint64_t address, std::string_view type, std::string_view member, std::uint64_t value);
    void set(std::uint64_t address, std::string_view type, std::string_view member, std::string_view text);
    void put(std::uint64_t address, std::uint64_t value, std::size_t size = 8);
    void put_text(std::uint64_t address, std::string_view text);
    /// Maps the page of `address` at `also`, too.
    void map(std::uint64_t also, std::uint64_t address);
    /// The page is no longer there.
    void drop(std::uint64_t address);
    /// Puts `node` (address of a list_head) before `head`: at the end of the list.
    void append(std::uint64_t head, std::uint64_t node);

    /// Lines of VMCOREINFO, for spaces that are opened from now on.
    void tell(std::string_view lines) { vmcoreinfo_ += lines; }
    void name(std::string symbol, std::uint64_t address) { symbols_[std::move(symbol)] = address; }
    void forget(const std::string& symbol) { symbols_.erase(symbol); }
    [[nodiscard]] FindSymbol find() const;
    [[nodiscard]] KernelTypes types() const;
    [[nodiscard]] KernelSpace space() const;
    [[nodiscard]] const Memory& memory() const { return memory_; }
    [[nodiscard]] const MemorySource& source() const { return view_; }
    [[nodiscard]] std::uint64_t word(std::uint64_t address) const;

  private:
    std::vector<BtfStruct> structs_;
    Memory memory_;
    MemoryView view_;
    TableBuilder tables_;
    std::map<std::string, std::uint64_t, std::less<>> symbols_;
    std::string vmcoreinfo_;
};

}  // namespace kstrax::test
