// SPDX-License-Identifier: GPL-2.0-or-later
// Page tables of any form, made page by page in a test's memory.
#pragma once

#include "analyzer/arch/architecture.hpp"
#include "tests/support/memory.hpp"

namespace kstrax::test {

/// What an entry holds beside an address, where its level allows it.
struct EntryBits {
    std::uint64_t table = 0;
    std::uint64_t page = 0x60;  // accessed and dirty, on x86 and IA-64 alike
};

/// The bits of an entry that lead to memory there, with whatever of the address the entry's level does not take; and back.
[[nodiscard]] std::uint64_t frame_bits(const EntryRule& rule, PhysAddr at);
[[nodiscard]] PhysAddr frame_of(const EntryRule& rule, std::uint64_t entry);

class TableBuilder {
  public:
    /// `mark`: bits put into every entry (memory encryption).
    TableBuilder(Memory& memory, const TableForm& form, std::uint64_t mark = 0)
        : TableBuilder(memory, form, memory.take(), {}, mark) {}
    /// A root that is there already, and is kept as it is.
    TableBuilder(Memory& memory, const TableForm& form, PhysAddr root, EntryBits bits, std::uint64_t mark);

    [[nodiscard]] PhysAddr root() const { return root_; }
    [[nodiscard]] const TableForm& form() const { return form_; }

    /// Maps the page at `address` (as the tables count); with a `level` above the last, as a large page there.
    void map(std::uint64_t address, PhysAddr page);
    void map_large(std::uint64_t address, PhysAddr page, std::size_t level);

    /// Where the entry of a level lies, its tables made on the way; for tests that damage it.
    [[nodiscard]] PhysAddr entry_at(std::uint64_t address, std::size_t level);
    void put_entry(PhysAddr at, std::uint64_t entry);
    [[nodiscard]] std::uint64_t get_entry(PhysAddr at) const;

  private:
    Memory& memory_;
    const TableForm& form_;
    std::uint64_t mark_;
    EntryBits bits_;
    PhysAddr root_;
};

}  // namespace kstrax::test
