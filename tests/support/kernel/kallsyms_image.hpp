// SPDX-License-Identifier: GPL-2.0-or-later
// Tables of symbols as a kernel has them, in an address space of their own.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/kernel/page_tables.hpp"

namespace kstrax::test {

struct TestSymbol {
    std::uint64_t address;
    char type;
    std::string name;
};

enum class Places : std::uint8_t { Absolute, BaseRelative, PerCpuAbsolute, PlaceRelative };

struct KallsymsForm {
    Places places = Places::PerCpuAbsolute;
    bool wide = true;   ///< names of 128 tokens and more have two bytes of length
    bool named = true;  ///< VMCOREINFO says where the tables are
};

/// A kernel of four levels with nothing but its page directory, these symbols and VMCOREINFO.
class KallsymsImage {
  public:
    KallsymsImage(const KallsymsForm& form, const std::vector<TestSymbol>& symbols);

    static constexpr std::uint64_t kText = 0xffffffff81000000;  // _stext
    static constexpr std::uint64_t kTables = 0xffffffff81c00000;

    /// Where a part of the tables lies: names, count, tokens, token_index, places, base.
    [[nodiscard]] std::uint64_t at(std::string_view part) const;
    /// Overwrites virtual memory.
    void write(std::uint64_t at, Bytes bytes);
    void drop_page(std::uint64_t at);
    /// Maps a page of virtual memory to one of physical memory; without it, to a new one.
    void map(std::uint64_t at, PhysAddr page);
    PhysAddr map(std::uint64_t at);

    Memory memory{4096, 4096};
    std::string vmcoreinfo;

  private:
    [[nodiscard]] PhysAddr phys(std::uint64_t at) const;

    std::vector<std::pair<std::string_view, std::uint64_t>> parts_;
    TableBuilder tables_{memory, *find_form(*architecture_named("x86_64"), "4 levels")};
    std::map<std::uint64_t, PhysAddr> pages_;  // by virtual address
};

}  // namespace kstrax::test
