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

/// What holds the memory.
enum class MemoryKind : std::uint8_t {
    Dump,         ///< a file of a format that can be told, or another program
    RawImage,     ///< a file that only looks like memory: it has no header, and a machine may write to it
    RunningSelf,  ///< the kernel that we run on: it may record how we read it
};

class MemorySource {
  public:
    virtual ~MemorySource() = default;

    /// What a user calls this kind of source: "ELF64 core".
    [[nodiscard]] virtual std::string_view format() const = 0;

    [[nodiscard]] virtual MemoryKind kind() const { return MemoryKind::Dump; }

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
    /// may be left out: a page that holds its own address is never among them. If the
    /// source has only the first bytes of a page, zeros follow them. Returns the
    /// number of pages that the source lists but cannot read.
    virtual std::uint64_t scan(const PageVisitor& visit) const = 0;

    /// Whether a look at every page's start costs about as much as reading all of memory, because pages
    /// must be expanded or copied. Callers then avoid scan() if they can.
    [[nodiscard]] virtual bool costly_to_scan() const { return false; }

    /// The kernel's VMCOREINFO text as the source stores it; empty if it does not.
    [[nodiscard]] virtual std::string_view vmcoreinfo() const { return {}; }

    /// ELF's e_machine of the dumped machine; 0 (EM_NONE) where the source does not say.
    [[nodiscard]] virtual std::uint16_t machine() const { return 0; }

    /// The virtual addresses that the dump gives to its memory, in its order; without unknown ones (0).
    [[nodiscard]] virtual std::span<const Segment> segments() const { return {}; }

    [[nodiscard]] virtual std::span<const Note> notes() const { return {}; }

    /// Whether the machine is running, so that memory may have changed since it was read.
    [[nodiscard]] virtual bool live() const { return false; }

    /// What is wrong with the source as a whole (cut off, marked incomplete),
    /// a sentence each; empty where all that it announces is there.
    [[nodiscard]] virtual Findings findings() const { return {}; }
};

}  // namespace kstrax
