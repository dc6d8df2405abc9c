// SPDX-License-Identifier: GPL-2.0-or-later
// The table of ways to find a recording in memory, the cheapest first, and the story of a search.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "analyzer/base/cancel.hpp"
#include "analyzer/importers/kstrax_memory/locate.hpp"

namespace kstrax {

/// A value of --find. Without --find, the ways are tried in turn, the cheapest first.
enum class Way : std::uint8_t { Symbol, Module, Scan, Tables, Carve, Given, Ftrace, LastBoot };

struct WayInfo {
    Way way;
    std::string_view name;        ///< of --find
    std::string_view old_option;  ///< another name of `--find=name`; empty: none
    std::string_view meaning;
};
/// In the order of the enum.
[[nodiscard]] std::span<const WayInfo> ways();
[[nodiscard]] inline const WayInfo& describe(Way way) { return ways()[static_cast<std::size_t>(way)]; }

/// A program that has the dump open and knows its kernel: crash(8).
class Debugger {
  public:
    struct Range {
        VirtAddr start;
        std::uint64_t size = 0;  ///< bytes
    };
    virtual ~Debugger() = default;
    /// The address of a symbol of the kernel or of a module.
    [[nodiscard]] virtual std::optional<VirtAddr> symbol(const std::string& name) const = 0;
    /// The word of the dumped kernel at a symbol's address; none if there is no such symbol or memory.
    [[nodiscard]] virtual std::optional<std::uint64_t> word_at(const std::string& symbol) const = 0;
    /// Where a module's code and data lie; none if it is not loaded.
    [[nodiscard]] virtual std::optional<Range> module_memory(const std::string& name) const = 0;
    /// Where a kernel address lies in memory.
    [[nodiscard]] virtual std::optional<PhysAddr> physical(VirtAddr at) const = 0;
    /// All or nothing.
    [[nodiscard]] virtual bool read(VirtAddr at, MutableBytes out) const = 0;
    /// Bytes of a word of the dumped kernel.
    [[nodiscard]] virtual std::size_t word_size() const = 0;
};

struct LocateOptions {
    /// Symbol and Module: only this way is tried. Scan: all of memory is searched, which also finds older
    /// recordings. (The kernel's own modules lead to one recording only.) The other ways say how to open
    /// a recording; they change nothing here.
    std::optional<Way> way = std::nullopt;
    const Debugger* debugger = nullptr;  ///< null: there is none, and we read the memory
    bool own = false;                    ///< the kernel's own recording is enough: any scan is costly
};

/// Finds the recordings in memory. It scans all of memory if a scan is cheap. A scan is costly if the source says
/// so (MemorySource::costly_to_scan), above 1 GiB, in live memory, and through a debugger. Then it scans only if
/// the kernel does not lead to a recording that proves itself whole. Every step has its row in `story`.
[[nodiscard]] Located locate(const MemorySource& source, const LocateOptions& options = {});

}  // namespace kstrax
