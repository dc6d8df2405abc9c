// SPDX-License-Identifier: GPL-2.0-or-later
// The overview of a dead machine: for people a screen, for machines a row for each thing that it says.
#include <fmt/core.h>

#include <algorithm>

#include "analyzer/sinks/optional_value.hpp"
#include "analyzer/sinks/row_writer.hpp"
#include "analyzer/views/kernel/overview/overview_text.hpp"
#include "analyzer/views/kernel/task_values.hpp"

namespace kstrax {

namespace {

struct Row {
    std::string_view section;
    ThreadText* text = nullptr;              // with `picture`
    const ThreadPicture* picture = nullptr;  // null: the row is of no task
    std::optional<Nanos> time = {};
    std::string_view bytes = {};  // from the dump
    std::optional<std::uint64_t> count = {};
    std::optional<Nanos> longest = {};
    bool deadlock = false;
};

Value of_task(const Row& row, Value (*get)(const ThreadPicture&)) {
    return row.picture != nullptr ? get(*row.picture) : Value(Absent{});
}
constexpr std::array kColumns{
    Column<Row>{"section", [](const Row& r) -> Value { return Name{r.section}; }, FieldKind::Word,
                "panic, cause, place, task, cpu, lock, blocked, call or log"},
    Column<Row>{"time_ns", [](const Row& r) { return number_or_absent(r.time); }},
    Column<Row>{"pid",
                [](const Row& r) {
                    return of_task(r, [](const ThreadPicture& p) -> Value { return std::uint64_t{p.task.pid}; });
                }},
    Column<Row>{"tgid",
                [](const Row& r) { return of_task(r, [](const ThreadPicture& p) { return tgid_value(p.task); }); }},
    Column<Row>{"task_state",
                [](const Row& r) { return of_task(r, [](const ThreadPicture& p) { return state_value(p.task); }); }},
    Column<Row>{"running_on",
                [](const Row& r) {
                    return of_task(r, [](const ThreadPicture& p) { return number_or_absent(p.task.running_on); });
                }},
    Column<Row>{"command",
                [](const Row& r) { return of_task(r, [](const ThreadPicture& p) { return command_value(p.task); }); }},
    Column<Row>{
        "off_cpu_ns",
        [](const Row& r) { return of_task(r, [](const ThreadPicture& p) { return number_or_absent(p.off_cpu); }); }},
    Column<Row>{"name",
                [](const Row& r) -> Value {
                    return r.picture != nullptr ? r.text->call_name(r.picture->call) : Value(Absent{});
                }},
    Column<Row>{"args",
                [](const Row& r) -> Value {
                    return r.picture != nullptr ? r.text->arguments(r.picture->call) : Value(Absent{});
                }},
    Column<Row>{"stack",
                [](const Row& r) {
                    return of_task(r, [](const ThreadPicture& p) -> Value { return Untrusted{p.functions}; });
                }},
    Column<Row>{"waiting", [](const Row& r) { return number_or_absent(r.count); }, FieldKind::Number,
                "how many tasks wait there, or for that lock"},
    Column<Row>{"longest_ns", [](const Row& r) { return number_or_absent(r.longest); }, FieldKind::Number,
                "nanoseconds for which the first of them has been off the CPU"},
    Column<Row>{"deadlock",
                [](const Row& r) -> Value { return r.count ? Value(std::uint64_t{r.deadlock}) : Value(Absent{}); },
                FieldKind::Number, "1: the lock's owner waits for a lock, whose owner waits, back to this one"},
    Column<Row>{"text", [](const Row& r) -> Value { return r.bytes.empty() ? Value(Absent{}) : Untrusted{r.bytes}; },
                FieldKind::Text, "a line of the log; a lock and who waits for whom; where tasks wait; a call"},
};

constexpr RowForm<Row> kForm{kColumns, "", nullptr};  // text is written whole

/// The recorder stamps who panicked: of a kernel whose symbols do not tell.
std::optional<std::size_t> stamped(const Overview& all, const Recording& recording) {
    if (recording.end.time_ns == 0) return std::nullopt;
    const auto found = std::ranges::find(all.running, std::uint32_t{recording.end.pid},
                                         [&](std::size_t i) { return all.pictures[i].task.pid; });
    return found == all.running.end() ? std::nullopt : std::optional(*found);
}

class Rows {
  public:
    Rows(SinkOutput& output, ThreadText* text) : writer_(kForm, output), text_(text) {}

    void write(const Overview& all, const RecordedEnd& recorded) {
        if (all.words.panic) put_line("panic", *all.words.panic);
        if (all.words.cause) put_line("cause", *all.words.cause);
        if (!all.words.place.empty()) put({.section = "place", .bytes = all.words.place});
        if (all.panicked) put_task("task", all.pictures[*all.panicked]);
        for (const std::size_t i : all.running) put_task("cpu", all.pictures[i]);
        for (const LockQueue& queue : all.queues) {
            const std::string chain = chain_text(all, queue);
            put({.section = "lock",
                 .text = text_,
                 .picture = queue.owner ? &all.pictures[*queue.owner] : nullptr,
                 .bytes = chain,
                 .count = queue.waiters.size(),
                 .longest = queue.longest,
                 .deadlock = queue.circle});
        }
        for (const BlockedGroup& group : all.elsewhere) {
            const ThreadPicture& first = all.pictures[group.pictures.front()];
            put({.section = "blocked",
                 .text = text_,
                 .picture = &first,
                 .bytes = group.what.empty() ? std::string_view(group.where) : group.what,
                 .count = group.pictures.size(),
                 .longest = first.off_cpu});
        }
        for (const std::string& call : recorded.calls) put({.section = "call", .bytes = call});
        for (const LogLine& line : all.words.last) put_line("log", line);
    }
    [[nodiscard]] std::uint64_t count() const { return count_; }

  private:
    void put(const Row& row) {
        writer_.put(row);
        ++count_;
    }
    void put_line(std::string_view section, const LogLine& line) {
        put({.section = section, .time = line.time, .bytes = line.text});
    }
    void put_task(std::string_view section, const ThreadPicture& picture) {
        put({.section = section, .text = text_, .picture = &picture});
    }

    RowWriter<Row> writer_;
    ThreadText* text_;
    std::uint64_t count_ = 0;
};

}  // namespace

std::vector<ColumnInfo> overview_columns() { return infos_of(kColumns); }

Result<KernelBody> overview_report(const KernelContext& context, SinkOutput& output) {
    auto threads = KernelThreads::open(context.kernel);
    std::optional<CallObjects> objects;
    std::optional<ThreadText> text;
    if (threads) {
        objects.emplace(context.kernel, (*threads)->tasks());
        text.emplace(context.kernel.architecture(), **threads, &*objects);
        text->show_meanings(context.meanings);
    }
    ThreadText* words = text ? &*text : nullptr;
    Overview overview = gather_overview(context, threads ? threads->get() : nullptr, words);
    if (!threads) {
        overview.no_tasks = threads.error().message;
        overview.findings.append(context.kernel.damage());
    }
    overview.findings.append(context.kernel.missing_pages());
    if (!overview.panicked && context.recording != nullptr) overview.panicked = stamped(overview, *context.recording);
    if (!threads && !overview.no_log.empty()) return threads.error();
    const RecordedEnd recorded =
        read_recorded_end(context, overview.panicked ? overview.pictures[*overview.panicked].task.pid : 0);
    KernelBody body;
    body.findings = overview.findings;  // which the text tells of, too
    body.findings.append(recorded.findings);
    Rows rows(output, words);
    if (output.takes_lines()) append_overview(output.lines(), context, overview, words, recorded);
    else rows.write(overview, recorded);
    body.rows = rows.count();
    return body;
}

}  // namespace kstrax
