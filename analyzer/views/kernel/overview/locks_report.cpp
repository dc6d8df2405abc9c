// SPDX-License-Identifier: GPL-2.0-or-later
// Who waits for which lock, and who holds it: a row for each task that waits, lock by lock.
#include <fmt/core.h>

#include "analyzer/sinks/optional_value.hpp"
#include "analyzer/sinks/row_writer.hpp"
#include "analyzer/views/kernel/overview/overview_text.hpp"
#include "analyzer/views/kernel/task_values.hpp"

namespace kstrax {

namespace {

struct Row {
    ThreadText& text;
    const ThreadPicture& picture;
    const ThreadPicture* owner;  // null: not known
    bool deadlock;
    std::string& scratch;

    [[nodiscard]] const LockWait& wait() const { return *picture.wait; }
};

constexpr std::array kColumns{
    Column<Row>{"lock",
                [](const Row& r) -> Value {
                    if (r.wait().lock.value == 0) return Absent{};
                    r.scratch = fmt::format("{:#x}", r.wait().lock.value);
                    return Name{r.scratch};
                },
                FieldKind::Address},
    Column<Row>{"waits_for", [](const Row& r) -> Value { return Name{lock_kind_name(r.wait().kind)}; }},
    Column<Row>{"lock_name",
                [](const Row& r) -> Value {
                    return r.wait().name.empty() ? Value(Absent{}) : Value(Untrusted{r.wait().name});
                }},
    Column<Row>{
        "owner_pid",
        [](const Row& r) -> Value { return r.owner != nullptr ? Value(std::uint64_t{r.owner->task.pid}) : Absent{}; }},
    Column<Row>{"owner_command",
                [](const Row& r) -> Value { return r.owner != nullptr ? command_value(r.owner->task) : Absent{}; }},
    Column<Row>{"owner_reads", [](const Row& r) -> Value { return std::uint64_t{r.wait().owner_reads}; },
                FieldKind::Number, "1: it is the last of the lock's readers, and may have let go"},
    Column<Row>{"deadlock", [](const Row& r) -> Value { return std::uint64_t{r.deadlock}; }},
    Column<Row>{"pid", [](const Row& r) -> Value { return std::uint64_t{r.picture.task.pid}; }},
    Column<Row>{"tgid", [](const Row& r) { return tgid_value(r.picture.task); }},
    Column<Row>{"task_state", [](const Row& r) { return state_value(r.picture.task); }},
    Column<Row>{"off_cpu_ns", [](const Row& r) { return number_or_absent(r.picture.off_cpu); }},
    Column<Row>{"command", [](const Row& r) { return command_value(r.picture.task); }},
    Column<Row>{"name", [](const Row& r) -> Value { return r.text.call_name(r.picture.call); }},
    Column<Row>{"args", [](const Row& r) -> Value { return r.text.arguments(r.picture.call); }},
    Column<Row>{"stack", [](const Row& r) -> Value { return Untrusted{r.picture.functions}; }},
};

void append_row(TextBuffer& out, const Row& row) {
    constexpr Nanos kMicrosecond = 1000;
    constexpr Nanos kSecond = 1'000'000;
    std::string time = "-";
    if (const auto off = row.picture.off_cpu)
        time = fmt::format("{}.{:06}", *off / kMicrosecond / kSecond, *off / kMicrosecond % kSecond);
    fmt::format_to(std::back_inserter(out), "{:>16}  {} {:>7}  ", time, state_name(row.picture.task.state),
                   row.picture.task.pid);
    append_c_escaped(out, row.picture.task.command);
    append(out, "  ");
    row.text.append_what(out, row.picture);
}

constexpr RowForm<Row> kForm{kColumns, "#  off the CPU (s)  ST     PID  COMMAND  CALL; LOCK; STACK", append_row};

}  // namespace

std::vector<ColumnInfo> locks_columns() { return infos_of(kColumns); }

Result<KernelBody> locks_report(const KernelContext& context, SinkOutput& output) {
    auto threads = KernelThreads::open(context.kernel);
    if (!threads) return threads.error();
    if (!(*threads)->no_stacks().empty()) return Error{ErrorCode::NotFound, (*threads)->no_stacks()};
    CallObjects objects(context.kernel, (*threads)->tasks());
    ThreadText text(context.kernel.architecture(), **threads, &objects);
    Overview all;
    gather_tasks(all, text, context.cancel);
    RowWriter<Row> writer(kForm, output);
    KernelBody body;
    body.findings = (*threads)->findings();
    std::string scratch;
    const auto put = [&](const LockWaiter& waiter, bool deadlock) {
        const ThreadPicture* owner = waiter.wait.owner ? &all.pictures[*waiter.wait.owner] : nullptr;
        writer.put({text, all.pictures[waiter.task], owner, deadlock, scratch});
        ++body.rows;
    };
    std::size_t deadlocks = 0;
    for (const LockQueue& queue : all.queues) {
        deadlocks += queue.circle ? 1 : 0;
        if (output.takes_lines()) append(output.lines(), chain_text(all, queue) + '\n');
        for (const std::size_t i : queue.waiters) put(all.waiters[i], queue.circle);
    }
    bool first = true;
    for (const LockWaiter& waiter : all.waiters) {
        if (waiter.wait.lock.value != 0) continue;
        if (output.takes_lines() && std::exchange(first, false))
            append(output.lines(), "locks that are not to be found:\n");
        put(waiter, false);
    }
    body.summary = fmt::format("{} of {} tasks wait for {} locks", body.rows, all.tasks, all.queues.size());
    if (deadlocks > 0) body.summary += fmt::format("; {} of them in a deadlock", deadlocks);
    return body;
}

}  // namespace kstrax
