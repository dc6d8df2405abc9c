// SPDX-License-Identifier: GPL-2.0-or-later
// A task of a kernel in memory as a line and as values, and what filters ask of it.
#pragma once

#include <fmt/core.h>

#include <array>

#include "analyzer/query/asked_table.hpp"
#include "analyzer/sinks/line_column.hpp"
#include "analyzer/sinks/optional_value.hpp"
#include "analyzer/views/kernel/task_values.hpp"
#include "analyzer/views/kernel/thread_text.hpp"

namespace kstrax {

/// A task in a line.
struct TaskRow {
    ThreadText& text;
    const ThreadPicture& picture;
    std::string& scratch;
    CallFile& file;  // for the file that its call is about

    [[nodiscard]] const KernelTask& task() const { return picture.task; }
    [[nodiscard]] const KernelTask* owner() const {
        return picture.wait && picture.wait->owner ? &text.threads().tasks()[*picture.wait->owner] : nullptr;
    }
};

namespace tasks_detail {

inline constexpr std::array kPlaces{std::string_view(""), std::string_view("no"), std::string_view("inside"),
                                    std::string_view("behind")};

}  // namespace tasks_detail

inline constexpr auto kTaskLine = [] {
    using namespace tasks_detail;
    return std::array{
        LineColumn<TaskRow>{{"panicked", [](const TaskRow& r) -> Value { return std::uint64_t{r.task().panicked}; },
                             FieldKind::Number, "1: the task that panicked"},
                            {.heading = " ",
                             .width = 1,
                             .before = "",
                             .append =
                                 [](TextBuffer& out, const TaskRow& r) {
                                     append(out, r.task().panicked         ? "*"
                                                 : r.task().running_on     ? ">"
                                                 : r.task().is_recovered() ? "~"
                                                                           : " ");
                                 }}},
        LineColumn<TaskRow>{{"pid", [](const TaskRow& r) -> Value { return std::uint64_t{r.task().pid}; }},
                            {.heading = "PID", .width = 7}},
        LineColumn<TaskRow>{{"tgid", [](const TaskRow& r) { return tgid_value(r.task()); }},
                            {.heading = "TGID", .width = 7}},
        LineColumn<TaskRow>{{"nspid", [](const TaskRow& r) { return number_or_absent(r.task().nspid); }}},
        LineColumn<TaskRow>{
            {"known_by", [](const TaskRow& r) -> Value { return Name{witness_name(r.task().known_by)}; },
             FieldKind::Text, "list, run queue; where the list is damaged: list backwards, pid table, relatives"}},
        LineColumn<TaskRow>{{"task_state", [](const TaskRow& r) { return state_value(r.task()); }},
                            {.heading = "ST", .width = 2, .side = Side::Left, .before = "  "}},
        LineColumn<TaskRow>{{"running_on", [](const TaskRow& r) { return number_or_absent(r.task().running_on); },
                             FieldKind::Number, "the CPU that ran it at the end"},
                            {.heading = "CPU", .width = 3}},
        LineColumn<TaskRow>{{"off_cpu_ns", [](const TaskRow& r) { return number_or_absent(r.picture.off_cpu); },
                             FieldKind::Nanoseconds, "nanoseconds since it last ran: at least so long it has waited"},
                            {.heading = "OFF CPU s",
                             .width = 12,
                             .append =
                                 [](TextBuffer& out, const TaskRow& r) {
                                     constexpr Nanos kMicrosecond = 1000;
                                     const auto off = r.picture.off_cpu;
                                     if (!off) return append(out, "-");
                                     const Nanos microseconds = *off / kMicrosecond;
                                     fmt::format_to(std::back_inserter(out), "{}.{:06}", microseconds / 1000000,
                                                    microseconds % 1000000);
                                 }}},
        LineColumn<TaskRow>{{"command", [](const TaskRow& r) { return command_value(r.task()); }},
                            {.heading = "COMMAND", .width = 15, .side = Side::Left, .before = "  "}},
        LineColumn<TaskRow>{{"in_call",
                             [](const TaskRow& r) -> Value {
                                 if (!r.picture.call.known()) return Absent{};
                                 return Name{kPlaces[static_cast<std::size_t>(r.picture.call.place)]};
                             },
                             FieldKind::Word,
                             "whether it is in a system call: inside, behind (it has its result), or no"}},
        LineColumn<TaskRow>{{"abi",
                             [](const TaskRow& r) -> Value {
                                 return r.picture.call.has_number() ? Value(Name{abi_name(r.picture.call.abi)})
                                                                    : Absent{};
                             }}},
        LineColumn<TaskRow>{{"nr",
                             [](const TaskRow& r) -> Value {
                                 return r.picture.call.has_number() ? Value(std::uint64_t{r.picture.call.nr})
                                                                    : Absent{};
                             }}},
        LineColumn<TaskRow>{{"name", [](const TaskRow& r) -> Value { return r.text.call_name(r.picture.call); }}},
        LineColumn<TaskRow>{{"args", [](const TaskRow& r) -> Value { return r.text.arguments(r.picture.call); }}},
        LineColumn<TaskRow>{{"waits_for",
                             [](const TaskRow& r) -> Value {
                                 return r.picture.wait ? Value(Name{lock_kind_name(r.picture.wait->kind)}) : Absent{};
                             },
                             FieldKind::Word, "the kind of lock that it waits for"}},
        LineColumn<TaskRow>{{"lock",
                             [](const TaskRow& r) -> Value {
                                 if (!r.picture.wait || r.picture.wait->lock.value == 0) return Absent{};
                                 r.scratch = fmt::format("{:#x}", r.picture.wait->lock.value);
                                 return Name{r.scratch};
                             },
                             FieldKind::Address, "where that lock lies"}},
        LineColumn<TaskRow>{{"lock_name",
                             [](const TaskRow& r) -> Value {
                                 if (!r.picture.wait || r.picture.wait->name.empty()) return Absent{};
                                 return Untrusted{r.picture.wait->name};
                             },
                             FieldKind::Text,
                             "the variable that it is, or the file system that it keeps writers out of"}},
        LineColumn<TaskRow>{{"owner_pid",
                             [](const TaskRow& r) -> Value {
                                 return r.owner() != nullptr ? Value(std::uint64_t{r.owner()->pid}) : Absent{};
                             },
                             FieldKind::Number, "the task that holds it"}},
        LineColumn<TaskRow>{
            {"owner_command",
             [](const TaskRow& r) -> Value { return r.owner() != nullptr ? command_value(*r.owner()) : Absent{}; },
             FieldKind::Text, "its command"}},
        LineColumn<TaskRow>{{"other_end", [](const TaskRow& r) -> Value { return r.text.other_end_names(r.picture); },
                             FieldKind::Text, "tasks at the other end of the pipe or unix socket that it waits at"}},
        LineColumn<TaskRow>{{"stack", [](const TaskRow& r) -> Value { return Untrusted{r.picture.functions}; },
                             FieldKind::Text,
                             "the functions of its kernel stack, innermost first, without the scheduler's"}},
        LineColumn<TaskRow>{
            {"stack_end", [](const TaskRow& r) -> Value { return Name{stack_end_text(r.picture.stack.end)}; },
             FieldKind::Text, "where the stack ends, or why there is none"},
            {.heading = "CALL; LOCK; STACK",
             .side = Side::Left,
             .before = "  ",
             .append = [](TextBuffer& out, const TaskRow& r) { r.text.append_what(out, r.picture); }}},
    };
}();

inline constexpr auto kTaskValues = columns_of(kTaskLine);

/// By the names that people use, and what takes longer to find out.
inline constexpr auto kMoreOfTasks = [] {
    using C = Column<TaskRow>;
    using R = const TaskRow&;
    using namespace tasks_detail;
    return std::array{
        C{"comm", [](R r) { return command_value(r.task()); }, FieldKind::Text, "as command"},
        C{"state", [](R r) { return state_value(r.task()); }, FieldKind::Text, "as task_state"},
        C{"cpu", [](R r) { return number_or_absent(r.task().running_on); }, FieldKind::Number, "as running_on"},
        C{"call", [](R r) -> Value { return r.text.call_name(r.picture.call); }, FieldKind::Call, "as name"},
        C{"off_cpu", [](R r) { return number_or_absent(r.picture.off_cpu); }, FieldKind::Duration, "as off_cpu_ns"},
        C{"fd", [](R r) { return number_or_absent(r.text.call_file(r.picture).descriptor); }, FieldKind::Number,
          "the descriptor that its call is about"},
        C{"path",
          [](R r) -> Value {
              r.file = r.text.call_file(r.picture);
              return r.file.path.empty() ? Value(Absent{}) : Value(Untrusted{r.file.path});
          },
          FieldKind::Text, "the file that its call is about"},
    };
}();

inline const auto kAskedOfTasks = asked_table<TaskRow, kTaskValues, kMoreOfTasks>();

}  // namespace kstrax
