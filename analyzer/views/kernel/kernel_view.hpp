// SPDX-License-Identifier: GPL-2.0-or-later
// What the reports of a kernel itself have in common. They need no recording; one only gives them a wall clock.
#pragma once

#include <string>
#include <vector>

#include "analyzer/base/cancel.hpp"
#include "analyzer/kernel/open/dumped_kernel.hpp"
#include "analyzer/query/filter.hpp"
#include "analyzer/recording/recording.hpp"
#include "analyzer/sinks/row_writer.hpp"
#include "analyzer/views/kernel/task_choice.hpp"
#include "analyzer/wording/report_clock.hpp"

namespace kstrax {

struct KernelContext {
    DumpedKernel& kernel;
    TimeStyle times;                             ///< Wall only with a recording
    const Recording* recording = nullptr;        ///< that gives the wall clock and the calls that were made
    std::string no_recording = {};               ///< why there is none, of a kernel that has the recorder
    TaskChoice choice = {};                      ///< of tasks, where the report is of some
    std::span<const Condition> conditions = {};  ///< by the report's own fields; all must hold
    bool colors = false;                         ///< in text
    bool wide = false;                           ///< text may have lines of any length, and any number of them
    bool meanings = true;                        ///< arguments are shown as what they mean
    const CancelFlag* cancel = nullptr;
};

struct KernelBody {
    std::uint64_t rows = 0;
    std::uint64_t left_out = 0;  ///< by the conditions: rows, or tasks where the report is of chosen ones
    Findings findings;
    FactObject facts;     ///< for the trailer
    std::string summary;  ///< the same for people: the last line
};

/// Why it died, who did what, who waits for whom, and the end of the log. Fails where neither tasks nor log can be read.
[[nodiscard]] Result<KernelBody> overview_report(const KernelContext& context, SinkOutput& output);
[[nodiscard]] std::vector<ColumnInfo> overview_columns();
/// The kernel's log. Fails where it cannot be read at all.
[[nodiscard]] Result<KernelBody> log_report(const KernelContext& context, SinkOutput& output);
[[nodiscard]] std::vector<ColumnInfo> log_columns();
/// What a condition may ask of a report's rows; of stacks, of their tasks.
[[nodiscard]] std::span<const FieldInfo> log_fields();
/// All tasks: what each was in.
[[nodiscard]] Result<KernelBody> tasks_report(const KernelContext& context, SinkOutput& output);
[[nodiscard]] std::vector<ColumnInfo> tasks_columns();
[[nodiscard]] std::span<const FieldInfo> tasks_fields();
/// The tasks that wait for locks, lock by lock, and who holds each. Fails where the kernel's stacks cannot be read.
[[nodiscard]] Result<KernelBody> locks_report(const KernelContext& context, SinkOutput& output);
[[nodiscard]] std::vector<ColumnInfo> locks_columns();
/// The kernel stacks of the chosen tasks. Fails with NotFound where one of them is not there.
[[nodiscard]] Result<KernelBody> stack_report(const KernelContext& context, SinkOutput& output);
[[nodiscard]] std::vector<ColumnInfo> stack_columns();
/// What the chosen tasks hold. Fails with NotFound where one of them is not there.
[[nodiscard]] Result<KernelBody> files_report(const KernelContext& context, SinkOutput& output);
[[nodiscard]] std::vector<ColumnInfo> files_columns();
[[nodiscard]] std::span<const FieldInfo> files_fields();

}  // namespace kstrax
