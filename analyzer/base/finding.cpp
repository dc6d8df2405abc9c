// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/base/finding.hpp"

#include <algorithm>
#include <array>

#include "analyzer/base/enum_table.hpp"

namespace kstrax {

std::span<const FindingInfo> finding_infos() {
    using enum FindingId;
    constexpr auto kIncomplete = Severity::Incomplete;
    static constexpr std::array kInfos{
        FindingInfo{DumpIncomplete, "dump_incomplete", kIncomplete, "the dump is marked as incomplete"},
        FindingInfo{DumpCutOff, "dump_cut_off", kIncomplete, "the dump's file is shorter than its headers say"},
        FindingInfo{DumpDamaged, "dump_damaged", kIncomplete, "bytes of the dump's file contradict one another"},
        FindingInfo{DumpFileMissing, "dump_file_missing", kIncomplete, "pages of a split dump lie in a file not named"},
        FindingInfo{DumpFileTwice, "dump_file_twice", kIncomplete, "two files of a split dump hold the same pages"},
        FindingInfo{DumpReaderFailed, "dump_reader_failed", kIncomplete, "libkdumpfile gave up over pages of the dump"},
        FindingInfo{AddressDoubtful, "address_doubtful", kIncomplete, "the page tables do not give reliable addresses"},
        FindingInfo{AnchorDamaged, "anchor_damaged", kIncomplete, "the anchor of the recording fails its CRC"},
        FindingInfo{AnchorRejected, "anchor_rejected", kIncomplete,
                    "something looks like an anchor but cannot be used"},
        FindingInfo{DescriptorDamaged, "descriptor_damaged", kIncomplete,
                    "a CPU's descriptor cannot be used; its ring was found all the same"},
        FindingInfo{RingMissing, "ring_missing", kIncomplete, "a CPU's ring could not be found"},
        FindingInfo{RingNotKept, "ring_not_kept", kIncomplete,
                    "a CPU had no memory for its ring: its records were only counted"},
        FindingInfo{RingPagesMissing, "ring_pages_missing", kIncomplete, "pages of a ring cannot be found"},
        FindingInfo{HeadWrong, "head_wrong", kIncomplete,
                    "how many records a CPU wrote is not what its slots say: the memory was copied while they were "
                    "written, or is damaged"},
        FindingInfo{FrameListRepaired, "frame_list_repaired", kIncomplete,
                    "a broken chain of frame lists was repaired by a search"},
        FindingInfo{EntriesDamaged, "entries_damaged", kIncomplete,
                    "entries of a ring are unreadable, torn, invalid or fail a checksum"},
        FindingInfo{RecordsContradict, "records_contradict", kIncomplete,
                    "records of a thread cannot all be true, though none between them is lost"},
        FindingInfo{CpuNotFollowed, "cpu_not_followed", kIncomplete, "a CPU came after the report had begun"},
        FindingInfo{FilterDamaged, "filter_damaged", kIncomplete,
                    "the recorder's filter makes no sense, so it is not known which calls it recorded"},
        FindingInfo{ClockSetUnknown, "clock_set_unknown", kIncomplete,
                    "the wall clock was set, but the change is not known"},
        FindingInfo{ClockApart, "clock_apart", kIncomplete,
                    "the wall clock at the end does not agree with its recorded changes"},
        FindingInfo{EventsDropped, "events_dropped", kIncomplete,
                    "the kernel's own tracing had no room for some events"},
        FindingInfo{TraceFiltered, "trace_filtered", kIncomplete,
                    "the kernel's own tracing was told to leave out some calls"},
        FindingInfo{TraceAbiUnknown, "trace_abi_unknown", Severity::Note,
                    "calls of 32-bit programs are not told apart in the kernel's own tracing"},
        FindingInfo{BootBefore, "boot_before", Severity::Note,
                    "the events are those of the boot before, in memory that was kept"},
        FindingInfo{StraceText, "strace_text", Severity::Note,
                    "what strace has printed tells less than a recorder does"},
        FindingInfo{TraceFileDamaged, "trace_file_damaged", kIncomplete,
                    "a part of a trace.dat or perf.data file, or of what strace has printed, cannot be read"},
        FindingInfo{Carved, "carved", kIncomplete, "the rings were put together from single pages"},
        FindingInfo{CarvedUndecided, "carved_undecided", kIncomplete, "several pages fit at a border of carved pages"},
        FindingInfo{CarvedLeftOut, "carved_left_out", kIncomplete,
                    "pages that look like part of a ring are in no carved ring"},
        FindingInfo{CarvedOlder, "carved_older", kIncomplete, "carved rings that end before the others begin"},
        FindingInfo{BufferFileMissing, "buffer_file_missing", kIncomplete, "a CPU's buffer file is missing"},
        FindingInfo{BufferFileRefused, "buffer_file_refused", kIncomplete, "a buffer file cannot be used"},
        FindingInfo{BufferFileDamaged, "buffer_file_damaged", kIncomplete, "bytes of a buffer file are damaged"},
        FindingInfo{BufferFileCutOff, "buffer_file_cut_off", kIncomplete, "a buffer file has no end mark"},
        FindingInfo{BufferFileIncomplete, "buffer_file_incomplete", kIncomplete,
                    "a buffer file is marked as incomplete: some records could not be copied"},
        FindingInfo{KernelDamaged, "kernel_damaged", kIncomplete,
                    "the kernel's symbols, types or tables are damaged, and what is read by them is missing"},
        FindingInfo{TaskListDamaged, "task_list_damaged", kIncomplete,
                    "the kernel's list of tasks, or what tasks hold, breaks off"},
        FindingInfo{OtherKernel, "other_kernel", Severity::Note,
                    "the capture kernel of the kernel that is shown has memory in the image, too"},
        FindingInfo{KernelUndecided, "kernel_undecided", kIncomplete,
                    "several kernels are in the image, and nothing says which of them is the one to be shown"},
        FindingInfo{LogDamaged, "log_damaged", kIncomplete, "parts of the kernel's log are damaged or unreadable"},
        FindingInfo{LogUnfinished, "log_unfinished", Severity::Note,
                    "a CPU was about to write to the kernel's log, or the kernel had no room for a text"},
        FindingInfo{KernelPagesMissing, "kernel_pages_missing", kIncomplete,
                    "the program that filtered the dump left out pages of the kernel's own, and what lies there is "
                    "missing"},
    };
    static_assert(in_order(kInfos, &FindingInfo::id));
    static_assert(kInfos.size() == static_cast<std::size_t>(KernelPagesMissing) + 1);
    return kInfos;
}

std::string_view severity_name(Severity severity) { return severity == Severity::Note ? "note" : "incomplete"; }

Severity Findings::worst() const {
    Severity worst = Severity::Note;
    for (const Finding& finding : all_) worst = std::max(worst, describe(finding.id).severity);
    return worst;
}

}  // namespace kstrax
