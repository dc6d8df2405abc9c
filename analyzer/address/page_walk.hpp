// SPDX-License-Identifier: GPL-2.0-or-later
// One address through a set of page tables, whatever their form.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <vector>

#include "analyzer/arch/page_tables.hpp"
#include "analyzer/base/result.hpp"
#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

enum class WalkEnd : std::uint8_t {
    Mapped,
    OutOfReach,  ///< bits are set that no level looks at
    NotPresent,  ///< the last step's entry says so
    BadEntry,    ///< the last step's entry breaks the rules of its level
    NoTable,     ///< a table is not in the dump, or the root is none: `why` says more
};

/// A sentence for each end but Mapped.
[[nodiscard]] std::string_view walk_end_text(WalkEnd end);

struct WalkStep {
    std::string_view level;
    PhysAddr at;  ///< of the entry
    std::uint64_t entry = 0;
};

struct Walk {
    WalkEnd end = WalkEnd::NotPresent;
    PhysAddr phys;                ///< if Mapped
    std::uint64_t page_size = 0;  ///< if Mapped: bytes of the page that holds it
    std::array<WalkStep, kMostLevels> steps{};
    std::size_t step_count = 0;
    std::optional<Error> why;  ///< if NoTable

    [[nodiscard]] std::span<const WalkStep> used() const { return {steps.data(), step_count}; }
};

/// Walks one address after the other. Takes at most as many reads as the form has
/// levels, whatever the tables say: a table that names itself ends like any other.
/// Keeps the last table page of each level, since neighbours share them and a
/// compressed dump expands a page for each look. Not for several threads at once.
class PageWalker {
  public:
    /// `source` must outlive this. Precondition: tables.form is not null. The root may be anything: through one that lies
    /// where none can, all walks end with NoTable.
    PageWalker(const MemorySource& source, const PageTables& tables);

    /// `address`: as the tables count, without the bits that choose a region.
    [[nodiscard]] Walk walk(std::uint64_t address);

    [[nodiscard]] const PageTables& tables() const { return tables_; }

  private:
    [[nodiscard]] Result<std::uint64_t> entry(std::size_t level, PhysAddr at);

    struct CachedPage {
        std::optional<PhysAddr> at;
        std::vector<std::byte> bytes;
    };
    const MemorySource* source_;
    PageTables tables_;
    std::array<CachedPage, kMostLevels> cache_;
};

}  // namespace kstrax
