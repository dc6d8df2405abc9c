// SPDX-License-Identifier: GPL-2.0-or-later
// What every task of a kernel in memory was in: its call, where in the kernel it waits, and for whom.
#include <fmt/format.h>

#include <algorithm>

#include "analyzer/kernel/open/kernel_threads.hpp"
#include "analyzer/sinks/line_column.hpp"
#include "analyzer/sinks/row_writer.hpp"
#include "analyzer/views/kernel/kernel_view.hpp"
#include "analyzer/views/kernel/thread_text.hpp"

namespace kstrax {

namespace {

struct Row {
    ThreadText& text;
    const ThreadPicture& picture;
    std::string& scratch;

    [[nodiscard]] const KernelTask& task() const { return picture.task; }
    [[nodiscard]] const KernelTask* owner() const {
        return picture.wait && picture.wait->owner ? &text.threads().tasks()[*picture.wait->owner] : nullptr;
    }
};

template <typename T>
Value number_or_absent(const std::optional<T>& number) {
    return number ? Value(std::uint64_t{*number}) : Value(Absent{});
}

constexpr std::array kPlaces{std::string_view(""), std::string_view("no"), std::string_view("inside"),
                             std::string_view("behind")};

constexpr std::array kColumns{
    LineColumn<Row>{{"panicked", [](const Row& r) -> Value { return std::uint64_t{r.task().panicked}; },
                     FieldKind::Number, "1: the task that panicked"},
                    {.heading = " ",
                     .width = 1,
                     .before = "",
                     .append =
                         [](TextBuffer& out, const Row& r) {
                             append(out, r.task().panicked ? "*" : r.task().running_on ? ">" : " ");
                         }}},
    LineColumn<Row>{{"pid", [](const Row& r) -> Value { return std::uint64_t{r.task().pid}; }},
                    {.heading = "PID", .width = 7}},
    LineColumn<Row>{{"tgid", [](const Row& r) -> Value { return std::uint64_t{r.task().tgid}; }},
                    {.heading = "TGID", .width = 7}},
    LineColumn<Row>{{"nspid", [](const Row& r) { return number_or_absent(r.task().nspid); }}},
    LineColumn<Row>{{"task_state", [](const Row& r) -> Value { return Name{state_name(r.task().state)}; }},
                    {.heading = "ST", .width = 2, .side = Side::Left, .before = "  "}},
    LineColumn<Row>{{"running_on", [](const Row& r) { return number_or_absent(r.task().running_on); },
                     FieldKind::Number, "the CPU that ran it at the end"},
                    {.heading = "CPU", .width = 3}},
    LineColumn<Row>{{"off_cpu_ns", [](const Row& r) { return number_or_absent(r.picture.off_cpu); }, FieldKind::Number,
                     "nanoseconds since it last ran: at least so long it has waited"},
                    {.heading = "OFF CPU s",
                     .width = 12,
                     .append =
                         [](TextBuffer& out, const Row& r) {
                             constexpr Nanos kMicrosecond = 1000;
                             const auto off = r.picture.off_cpu;
                             if (!off) return append(out, "-");
                             const Nanos microseconds = *off / kMicrosecond;
                             fmt::format_to(std::back_inserter(out), "{}.{:06}", microseconds / 1000000,
                                            microseconds % 1000000);
                         }}},
    LineColumn<Row>{{"command", [](const Row& r) -> Value { return Untrusted{r.task().command}; }},
                    {.heading = "COMMAND", .width = 15, .side = Side::Left, .before = "  "}},
    LineColumn<Row>{{"in_call",
                     [](const Row& r) -> Value {
                         if (!r.picture.call.known()) return Absent{};
                         return Name{kPlaces[static_cast<std::size_t>(r.picture.call.place)]};
                     },
                     FieldKind::Word, "whether it is in a system call: inside, behind (it has its result), or no"}},
    LineColumn<Row>{{"abi",
                     [](const Row& r) -> Value {
                         return r.picture.call.has_number() ? Value(Name{abi_name(r.picture.call.abi)}) : Absent{};
                     }}},
    LineColumn<Row>{{"nr",
                     [](const Row& r) -> Value {
                         return r.picture.call.has_number() ? Value(std::uint64_t{r.picture.call.nr}) : Absent{};
                     }}},
    LineColumn<Row>{{"name", [](const Row& r) -> Value { return r.text.call_name(r.picture.call); }}},
    LineColumn<Row>{{"args", [](const Row& r) -> Value { return r.text.arguments(r.picture.call); }}},
    LineColumn<Row>{{"waits_for",
                     [](const Row& r) -> Value {
                         return r.picture.wait ? Value(Name{lock_kind_name(r.picture.wait->kind)}) : Absent{};
                     },
                     FieldKind::Word, "the kind of lock that it waits for"}},
    LineColumn<Row>{{"lock",
                     [](const Row& r) -> Value {
                         if (!r.picture.wait || r.picture.wait->lock.value == 0) return Absent{};
                         r.scratch = fmt::format("{:#x}", r.picture.wait->lock.value);
                         return Name{r.scratch};
                     },
                     FieldKind::Address, "where that lock lies"}},
    LineColumn<Row>{
        {"owner_pid",
         [](const Row& r) -> Value { return r.owner() != nullptr ? Value(std::uint64_t{r.owner()->pid}) : Absent{}; },
         FieldKind::Number, "the task that holds it"}},
    LineColumn<Row>{
        {"owner_command",
         [](const Row& r) -> Value { return r.owner() != nullptr ? Value(Untrusted{r.owner()->command}) : Absent{}; },
         FieldKind::Text, "its command"}},
    LineColumn<Row>{{"stack", [](const Row& r) -> Value { return Untrusted{r.picture.functions}; }, FieldKind::Text,
                     "the functions of its kernel stack, innermost first, without the scheduler's"}},
    LineColumn<Row>{{"stack_end", [](const Row& r) -> Value { return Name{stack_end_text(r.picture.stack.end)}; },
                     FieldKind::Text, "where the stack ends, or why there is none"},
                    {.heading = "CALL; LOCK; STACK",
                     .side = Side::Left,
                     .before = "  ",
                     .append = [](TextBuffer& out, const Row& r) { r.text.append_what(out, r.picture); }}},
};
constexpr auto kValues = columns_of(kColumns);

void append_row(TextBuffer& out, const Row& row) { append_cells<Row>(out, kColumns, row); }

}  // namespace

std::vector<ColumnInfo> tasks_columns() { return infos_of(kValues); }

Result<KernelBody> tasks_report(const KernelContext& context, SinkOutput& output) {
    auto threads = KernelThreads::open(context.kernel);
    if (!threads) return threads.error();
    CallObjects objects(context.kernel, (*threads)->tasks());
    ThreadText text(context.kernel.architecture(), **threads, &objects);
    const std::string heading = heading_of<Row>(kColumns);
    const RowForm<Row> form{kValues, heading, append_row};
    RowWriter<Row> writer(form, output);
    KernelBody body;
    body.findings = (*threads)->findings();
    std::uint64_t doubtful = 0;
    std::string scratch;
    for (std::size_t place = 0; place < (*threads)->tasks().size() && !cancelled(context.cancel); ++place) {
        const ThreadPicture picture = text.picture(place);
        doubtful += picture.stack.doubtful() ? 1 : 0;
        writer.put({text, picture, scratch});
        ++body.rows;
    }
    body.summary = fmt::format("{} tasks", body.rows);
    for (const std::string* why : {&(*threads)->no_calls(), &(*threads)->no_stacks()})
        if (!why->empty()) body.summary += "; " + *why;
    if (doubtful > 0) body.summary += fmt::format("; {} stacks break off", doubtful);
    return body;
}

}  // namespace kstrax
