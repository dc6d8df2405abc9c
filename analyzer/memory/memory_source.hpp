// SPDX-License-Identifier: GPL-2.0-or-later
// The physical memory of a machine, wherever it lies. Everything behind this
// interface knows nothing of dump formats; nothing in front of it knows of rings.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/arch/dump_facts.hpp"
#include "analyzer/base/bytes.hpp"
#include "analyzer/base/finding.hpp"
#include "analyzer/base/result.hpp"
#include "analyzer/base/types.hpp"

namespace kstrax {

/// Called with runs of whole pages (of kSmallestPage) that are contiguous in physical
/// memory and start at a page boundary; from several threads at once. The bytes are
/// valid during the call only.
using PageVisitor = std::function<void(PhysAddr first, Bytes pages)>;

class MemorySource {
  public:
    virtual ~MemorySource() = default;

    /// What a user calls this kind of source: "ELF64 core".
    [[nodiscard]] virtual std::string_view format() const = 0;

    /// Bytes of the machine's pages, in which they are counted; kSmallestPage where the source does not say.
    [[nodiscard]] virtual std::uint64_t page_size() const = 0;

    /// Bytes of physical memory that can be read.
    [[nodiscard]] virtual std::uint64_t memory_size() const = 0;

    /// Fills `out` with physical memory from `at` on, or fails with the first
    /// address that is missing and why (Excluded, Truncated, Corrupt,
    /// NotFound); `out` is then unspecified. Safe to call from several threads.
    [[nodiscard]] virtual Result<void> read(PhysAddr at, MutableBytes out) const = 0;

    /// Shows every readable page to `visit` once, in no particular order, in
    /// parallel. Pages whose contents equal another's (zero pages stored once)
    /// may be left out: nothing that knows its own address is among them. A page
    /// of which the source has the first bytes only is shown with zeros behind them.
    /// Returns how many pages could not be read although the source lists them.
    virtual std::uint64_t scan(const PageVisitor& visit) const = 0;

    /// Looking at every page's start costs about as much as reading all of memory: pages are expanded
    /// for it, or copied. What can be found without scan() is then found without.
    [[nodiscard]] virtual bool costly_to_scan() const { return false; }

    /// The kernel's VMCOREINFO text as the source stores it; empty if it does not.
    [[nodiscard]] virtual std::string_view vmcoreinfo() const { return {}; }

    /// ELF's e_machine of the dumped machine; 0 (EM_NONE) where the source does not say.
    [[nodiscard]] virtual std::uint16_t machine() const { return 0; }

    /// Which virtual addresses the dump gives to its memory, in its order; those it says nothing of (0) left out.
    [[nodiscard]] virtual std::span<const Segment> segments() const { return {}; }

    [[nodiscard]] virtual std::span<const Note> notes() const { return {}; }

    /// The machine is running: what was read may be another thing by now.
    [[nodiscard]] virtual bool live() const { return false; }

    /// What is wrong with the source as a whole (cut off, marked incomplete),
    /// a sentence each; empty where all that it announces is there.
    [[nodiscard]] virtual Findings findings() const { return {}; }
};

}  // namespace kstrax
