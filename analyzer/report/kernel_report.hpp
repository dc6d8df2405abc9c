// SPDX-License-Identifier: GPL-2.0-or-later
// Reports of what a kernel in memory says of itself: they need no recording. Each is a row of a table.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/sinks/sink.hpp"
#include "analyzer/views/kernel/kernel_view.hpp"

namespace kstrax {

struct KernelReport {
    const char* name;        ///< of its option and of the report
    const char* tasks;       ///< what its option takes: which tasks; null: a switch
    const char* help;        ///< of the option
    const TimeStyle* times;  ///< where none are asked for; null: it shows none
    std::vector<ColumnInfo> (*columns)();
    std::span<const FieldInfo> (*fields)();  ///< that a condition may ask for; null: none
    Result<KernelBody> (*write)(const KernelContext& context, SinkOutput& output);
    bool screen = false;  ///< its text has a form of its own, with the recording's end if there is one
};
[[nodiscard]] std::span<const KernelReport> kernel_reports();
/// What is shown first, where nothing else is asked for.
[[nodiscard]] const KernelReport& overview_row();

struct KernelReportRequest {
    const KernelReport& report;
    const SinkInfo& sink;
    std::string tool;
    std::string source;
    std::string source_format;
    KernelContext context;
};

/// Writes all of a report but does not commit the output. What is damaged is in the body's findings.
[[nodiscard]] Result<KernelBody> write_kernel_report(const KernelReportRequest& request, Output& output);

}  // namespace kstrax
