// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel stacks of chosen tasks, a frame each.
#include <fmt/core.h>

#include <algorithm>

#include "analyzer/sinks/row_writer.hpp"
#include "analyzer/views/kernel/kernel_view.hpp"
#include "analyzer/views/kernel/task_line.hpp"

namespace kstrax {

namespace {

struct Row {
    const KernelTask& task;
    std::size_t number;  // of the frame; 0: the innermost
    const StackFrame& frame;
    const CodePlace* code;  // null: not known
    std::string& scratch;

    [[nodiscard]] bool named() const { return code != nullptr && !code->name.empty(); }
};

constexpr std::array kColumns{
    Column<Row>{"pid", [](const Row& r) -> Value { return std::uint64_t{r.task.pid}; }},
    Column<Row>{"command", [](const Row& r) { return command_value(r.task); }},
    Column<Row>{"frame", [](const Row& r) -> Value { return std::uint64_t{r.number}; }, FieldKind::Number,
                "0: the innermost, where the task goes on"},
    Column<Row>{"address",
                [](const Row& r) -> Value {
                    r.scratch = fmt::format("{:#x}", r.frame.code.value);
                    return Name{r.scratch};
                },
                FieldKind::Address, "where its code goes on"},
    Column<Row>{"function", [](const Row& r) -> Value { return r.named() ? Value(Untrusted{r.code->name}) : Absent{}; },
                FieldKind::Text, "the function that holds that address"},
    Column<Row>{
        "offset",
        [](const Row& r) -> Value { return r.named() ? Value(r.frame.code.value - r.code->start.value) : Absent{}; },
        FieldKind::Number, "bytes from the function's begin"},
    Column<Row>{"module",
                [](const Row& r) -> Value {
                    return r.code != nullptr && !r.code->module.empty() ? Value(Untrusted{r.code->module}) : Absent{};
                },
                FieldKind::Text, "the module that the function is of"},
    Column<Row>{"guessed", [](const Row& r) -> Value { return std::uint64_t{r.frame.guessed}; }, FieldKind::Number,
                "1: found behind a call, as no table tells of it"},
};

void append_row(TextBuffer& out, const Row& row) { append_frame(out, row.number, row.frame, row.code); }

constexpr RowForm<Row> kForm{kColumns, "", append_row};

/// The line above a task's frames.
void append_task(TextBuffer& out, ThreadText& text, const ThreadPicture& picture) {
    fmt::format_to(std::back_inserter(out), "{} ", picture.task.pid);
    append_c_escaped(out, picture.task.command);
    fmt::format_to(std::back_inserter(out), "  {}", state_name(picture.task.state));
    if (picture.task.running_on) fmt::format_to(std::back_inserter(out), " on CPU {}", *picture.task.running_on);
    if (picture.call.has_number()) {
        append(out, "  ");
        text.append_call(out, picture);
    }
    if (picture.wait) {
        append(out, "; ");
        text.append_wait(out, *picture.wait);
    }
    out.push_back('\n');
}

}  // namespace

std::vector<ColumnInfo> stack_columns() { return infos_of(kColumns); }

Result<KernelBody> stack_report(const KernelContext& context, SinkOutput& output) {
    auto threads = KernelThreads::open(context.kernel);
    if (!threads) return threads.error();
    if (!(*threads)->no_stacks().empty()) return Error{ErrorCode::NotFound, (*threads)->no_stacks()};
    CallObjects objects(context.kernel, (*threads)->tasks());
    ThreadText text(context.kernel.architecture(), **threads, &objects);
    RowWriter<Row> writer(kForm, output);
    KernelBody body;
    body.findings = (*threads)->findings();
    const auto tasks = (*threads)->tasks();
    if (const auto there = context.choice.check(tasks); !there) return there.error();
    CallFile file;
    RowFilter<TaskRow> filter(kAskedOfTasks, context.conditions);
    std::uint64_t count = 0;
    std::string scratch;
    for (std::size_t place = 0; place < tasks.size() && !cancelled(context.cancel); ++place) {
        if (!context.choice.holds(tasks[place])) continue;
        const ThreadPicture picture = text.picture(place);
        if (!filter.wants({text, picture, scratch, file})) continue;
        ++count;
        if (output.takes_lines()) append_task(output.lines(), text, picture);
        for (std::size_t i = 0; i < picture.stack.frames.size(); ++i) {
            const StackFrame& frame = picture.stack.frames[i];
            writer.put({tasks[place], i, frame, (*threads)->name_of(frame), scratch});
            ++body.rows;
        }
        if (output.takes_lines()) append_stack_end(output.lines(), picture.stack);
    }
    body.left_out = filter.left_out();
    body.summary = fmt::format("{} frames of {} tasks", body.rows, count);
    return body;
}

}  // namespace kstrax
