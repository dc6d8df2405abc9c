// SPDX-License-Identifier: GPL-2.0-or-later
// What is wrong with a dump or a recording, or worth knowing of it: a table of kinds, and a sentence each time
// one is met. Colour, exit status, JSON and text go by the kind, never by the sentence.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kstrax {

enum class FindingId : std::uint8_t {
    // Of the file that the memory lies in.
    DumpIncomplete,
    DumpCutOff,
    DumpDamaged,
    DumpFileMissing,
    DumpFileTwice,
    DumpReaderFailed,
    AddressDoubtful,
    // Of the rings in memory.
    AnchorDamaged,
    AnchorRejected,
    DescriptorDamaged,
    RingMissing,
    RingNotKept,
    RingPagesMissing,
    HeadWrong,
    FrameListRepaired,
    EntriesDamaged,
    RecordsContradict,
    CpuNotFollowed,
    FilterDamaged,
    ClockSetUnknown,
    ClockApart,
    EventsDropped,
    TraceFiltered,
    TraceAbiUnknown,
    BootBefore,
    StraceText,
    TraceFileDamaged,
    // Of rings that were put together from single pages.
    Carved,
    CarvedUndecided,
    CarvedLeftOut,
    CarvedOlder,
    // Of buffer files.
    BufferFileMissing,
    BufferFileRefused,
    BufferFileDamaged,
    BufferFileCutOff,
    BufferFileIncomplete,
    // Of what the kernel says of itself.
    KernelDamaged,
    TaskListDamaged,
    OtherKernel,
    KernelUndecided,
    // Of the kernel's log.
    LogDamaged,
    LogUnfinished,
    // Of a filter that did not know the kernel.
    KernelPagesMissing,
};

/// By what it does to a report, the least first.
enum class Severity : std::uint8_t {
    Note,        ///< nothing is missing because of it
    Incomplete,  ///< something is missing or may be wrong: exit status 3
};

struct FindingInfo {
    FindingId id;
    std::string_view name;  ///< in JSON
    Severity severity;
    std::string_view meaning;
};
/// In the order of the enum.
[[nodiscard]] std::span<const FindingInfo> finding_infos();
[[nodiscard]] inline const FindingInfo& describe(FindingId id) { return finding_infos()[static_cast<std::size_t>(id)]; }
/// "note", "incomplete".
[[nodiscard]] std::string_view severity_name(Severity severity);

struct Finding {
    FindingId id;
    std::string text;         ///< where, what, and how to mend it; bytes from the dump may be in it
    std::uint64_t count = 1;  ///< of what the kind counts: pages, entries, bytes, or times

    bool operator==(const Finding&) const = default;
};

class Findings {
  public:
    void add(FindingId id, std::string text, std::uint64_t count = 1) { all_.push_back({id, std::move(text), count}); }

    void append(const Findings& others) { all_.insert(all_.end(), others.all_.begin(), others.all_.end()); }

    [[nodiscard]] bool empty() const { return all_.empty(); }
    [[nodiscard]] std::size_t size() const { return all_.size(); }
    [[nodiscard]] std::vector<Finding>::const_iterator begin() const { return all_.begin(); }
    [[nodiscard]] std::vector<Finding>::const_iterator end() const { return all_.end(); }
    /// Precondition: not empty.
    [[nodiscard]] const Finding& front() const { return all_.front(); }
    /// Note where there is none.
    [[nodiscard]] Severity worst() const;

    bool operator==(const Findings&) const = default;

  private:
    std::vector<Finding> all_;
};

}  // namespace kstrax
