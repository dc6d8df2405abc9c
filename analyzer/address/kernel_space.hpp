// SPDX-License-Identifier: GPL-2.0-or-later
// The address space of the dumped kernel: from its virtual addresses to physical
// memory, with nothing to go by but the dump.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "analyzer/address/page_walk.hpp"
#include "analyzer/arch/architecture.hpp"
#include "analyzer/base/finding.hpp"

namespace kstrax {

struct Translation {
    std::optional<PhysAddr> phys;  ///< none: unmapped, or not to be known
    std::uint64_t left = 0;        ///< bytes from phys to the end of the page that maps it
    std::string_view span;         ///< what kind of address it is; empty: none of the kernel's
    Walk walk;                     ///< of addresses that page tables map
    std::string_view why;          ///< where phys is none

    /// Whether it is mapped cannot be said: a table is not in the dump.
    [[nodiscard]] bool unknown() const { return walk.end == WalkEnd::NoTable; }
};

/// Not for several threads at once: copy it for each.
class KernelSpace {
  public:
    /// `vmcoreinfo`: the kernel's text, the source's own or as found in memory; empty if
    /// there is none. `known`: the architecture if something else tells it, else null.
    /// `source` must outlive the space.
    [[nodiscard]] static Result<KernelSpace> open(const MemorySource& source, std::string_view vmcoreinfo,
                                                  const Architecture* known = nullptr);

    [[nodiscard]] Translation translate(VirtAddr address);

    /// Fills `out` from virtual memory, or fails at the first address that is not there.
    [[nodiscard]] Result<void> read(VirtAddr at, MutableBytes out);

    /// Numbers of physical pages (of kSmallestPage) that mapped addresses led read() to, and that the source does not
    /// have; the first 65536 of them.
    [[nodiscard]] const std::set<std::uint64_t>& missing() const { return missing_; }

    [[nodiscard]] const Architecture& architecture() const { return *architecture_; }
    [[nodiscard]] std::uint8_t page_shift() const { return facts_.tables.form->page_shift; }
    [[nodiscard]] const PageTables& tables() const { return facts_.tables; }
    /// What it was opened by; may be empty.
    [[nodiscard]] const Vmcoreinfo& vmcoreinfo() const { return info_; }
    /// Of the choice of this kernel from several; whoever chose adds them.
    [[nodiscard]] const Findings& findings() const { return findings_; }
    void add_finding(FindingId id, std::string text) { findings_.add(id, std::move(text)); }
    /// "x86_64, 5 levels, root at physical 0x…, by VMCOREINFO"
    [[nodiscard]] std::string description() const;

  private:
    KernelSpace(const MemorySource& source, const Architecture& architecture, Vmcoreinfo info, SpaceFacts facts)
        : source_(&source),
          architecture_(&architecture),
          info_(std::move(info)),
          facts_(std::move(facts)),
          walker_(source, facts_.tables) {}

    void note_missing(PhysAddr at, const Error& why);

    const MemorySource* source_;
    const Architecture* architecture_;
    Vmcoreinfo info_;
    SpaceFacts facts_;
    PageWalker walker_;
    std::set<std::uint64_t> missing_;
    Findings findings_;
};

}  // namespace kstrax
