// SPDX-License-Identifier: GPL-2.0-or-later
// What every task of a kernel in memory was in: its call, where in the kernel it waits, and for whom.
#include <fmt/core.h>

#include "analyzer/kernel/open/kernel_threads.hpp"
#include "analyzer/sinks/row_writer.hpp"
#include "analyzer/views/kernel/kernel_view.hpp"
#include "analyzer/views/kernel/task_line.hpp"

namespace kstrax {

namespace {

void append_row(TextBuffer& out, const TaskRow& row) { append_cells<TaskRow>(out, kTaskLine, row); }

}  // namespace

std::vector<ColumnInfo> tasks_columns() { return infos_of(kTaskValues); }

std::span<const FieldInfo> tasks_fields() { return kAskedOfTasks.infos; }

Result<KernelBody> tasks_report(const KernelContext& context, SinkOutput& output) {
    auto threads = KernelThreads::open(context.kernel);
    if (!threads) return threads.error();
    CallObjects objects(context.kernel, (*threads)->tasks());
    ThreadText text(context.kernel.architecture(), **threads, &objects);
    const std::string heading = heading_of<TaskRow>(kTaskLine);
    const RowForm<TaskRow> form{kTaskValues, heading, append_row};
    RowWriter<TaskRow> writer(form, output);
    KernelBody body;
    CallFile file;
    RowFilter<TaskRow> filter(kAskedOfTasks, context.conditions);
    std::uint64_t doubtful = 0;
    std::string scratch;
    for (std::size_t place = 0; place < (*threads)->tasks().size() && !cancelled(context.cancel); ++place) {
        const ThreadPicture picture = text.picture(place);
        const TaskRow row{text, picture, scratch, file};
        if (!filter.wants(row)) continue;
        doubtful += picture.stack.doubtful() ? 1 : 0;
        writer.put(row);
        ++body.rows;
    }
    body.left_out = filter.left_out();
    body.summary = fmt::format("{} tasks", body.rows);
    for (const std::string* why : {&(*threads)->no_calls(), &(*threads)->no_stacks()})
        if (!why->empty()) body.summary += "; " + *why;
    body.findings = (*threads)->findings();
    if (doubtful > 0) body.summary += fmt::format("; {} stacks break off", doubtful);
    return body;
}

}  // namespace kstrax
