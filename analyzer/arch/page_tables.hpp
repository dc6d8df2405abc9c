// SPDX-License-Identifier: GPL-2.0-or-later
// Page tables as data: what an entry of each level holds. A walker is driven by
// these rows and knows no architecture of its own.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "analyzer/base/types.hpp"

namespace kstrax {

/// How to read an entry of one level.
struct EntryRule {
    std::uint64_t present = 0;  ///< any of these bits set: present; 0: any entry but 0 is
    std::uint64_t frame = 0;    ///< the physical address of the next table or of the page
    std::uint64_t large = 0;    ///< set: the entry maps a large page; 0: there are none at this level, or `table` tells
    std::uint64_t reserved = 0;   ///< any set: the processor would refuse the entry
    std::uint64_t needed = 0;     ///< not all set: the processor would refuse the entry
    std::uint64_t table = 0;      ///< not set: the entry maps a large page; 0: `large` tells
    std::uint64_t high = 0;       ///< more of the physical address, above the bits of `frame`
    std::uint8_t high_shift = 0;  ///< by which `high` stands too low in the entry
};

struct TableLevel {
    std::string_view name;   ///< as Linux calls it
    std::uint8_t shift = 0;  ///< of the index in an address; a large page has 2^shift bytes
    std::uint8_t bits = 0;   ///< of the index
    EntryRule rule;
};

inline constexpr std::size_t kMostLevels = 5;

/// The rule for the bits of an address above the bits that the tables use.
enum class Unused : std::uint8_t {
    Zero,  ///< all 0
    Sign,  ///< all as the highest used one (x86-64: canonical)
    Ones,  ///< all 1: the lower half of the addresses has tables of its own (arm64)
};

struct TableForm {
    std::string_view name;
    std::uint8_t entry_size = 0;  ///< bytes
    std::uint8_t page_shift = 0;
    std::uint8_t level_count = 0;
    Unused unused = Unused::Zero;
    TableLevel levels[kMostLevels];         ///< from the root down
    const TableForm* lower_half = nullptr;  ///< the form of programs' tables, where it is another (Unused::Ones)

    [[nodiscard]] constexpr std::span<const TableLevel> used() const { return {levels, level_count}; }
    /// Bits of an address that the tables resolve.
    [[nodiscard]] constexpr unsigned reach() const { return levels[0].shift + unsigned{levels[0].bits}; }
    /// Bytes of the root; it lies at a multiple of them, as every table does.
    [[nodiscard]] constexpr std::uint64_t root_size() const { return std::uint64_t{entry_size} << levels[0].bits; }
    [[nodiscard]] constexpr bool may_be_root(PhysAddr at) const { return at.value % root_size() == 0; }
};

/// The tables of one address space.
struct PageTables {
    const TableForm* form = nullptr;
    PhysAddr root;
    /// Bits that are no part of an address although the frame field has them: the
    /// mark of encrypted memory (AMD's sme_mask).
    std::uint64_t ignored = 0;
};

/// Bit n, and bits first to last (both included): for the masks of a row.
constexpr std::uint64_t bit(unsigned n) { return std::uint64_t{1} << n; }
constexpr std::uint64_t bits(unsigned first, unsigned last) {
    return (last == 63 ? ~std::uint64_t{0} : bit(last + 1) - 1) & ~(bit(first) - 1);
}

}  // namespace kstrax
