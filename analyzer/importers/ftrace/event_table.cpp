// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/ftrace/event_table.hpp"

#include <algorithm>
#include <cstring>

#include "analyzer/importers/ftrace/trace_recording.hpp"
#include "analyzer/recording/machine_number.hpp"
#include "formats/call_numbers.hpp"
#include "formats/syscalls.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kCallArgs = 6;  // of sys_enter, whatever the architecture
constexpr std::string_view kNumberField = "number";
constexpr std::array<std::string_view, 1> kUnknownFields{kNumberField};

/// What begins and what ends a span. "*" stands for its name.
struct SpanRow {
    std::string_view system, begin, end, key, level;
};
constexpr SpanRow kSpans[]{{"ftrace", "funcgraph_entry", "funcgraph_exit", "func", "depth"},
                           {"ftrace", "fgraph_retaddr_entry", "funcgraph_exit", "func", "depth"},
                           {"irq", "irq_handler_entry", "irq_handler_exit", "irq", ""},
                           {"irq", "softirq_entry", "softirq_exit", "vec", ""},
                           {"irq", "tasklet_entry", "tasklet_exit", "tasklet", ""},
                           {"irq_vectors", "*_entry", "*_exit", "vector", ""},
                           {"workqueue", "workqueue_execute_start", "workqueue_execute_end", "work", ""},
                           {"timer", "timer_expire_entry", "timer_expire_exit", "timer", ""},
                           {"timer", "hrtimer_expire_entry", "hrtimer_expire_exit", "hrtimer", ""}};

bool fits(std::string_view pattern, std::string_view name) {
    return pattern.starts_with('*') ? name.ends_with(pattern.substr(1)) : name == pattern;
}

/// Of a begin's name, without what makes it one.
std::string_view span_name(const SpanRow& row, std::string_view name) {
    if (row.level == "depth") return "function";
    return name.substr(0, name.rfind('_'));
}

/// Which of its arguments are texts that the kernel reads, a bit each; by the kernel's own name for the call.
std::uint8_t text_arguments(std::string_view name) {
    for (const SyscallTable* table : syscall_tables())
        if (const Syscall* call = table->find(name)) return call->string_args;
    // "newstat" took the place of an older "stat".
    constexpr std::string_view kNewer = "new";
    return name.starts_with(kNewer) ? text_arguments(name.substr(kNewer.size())) : std::uint8_t{0};
}

/// `where`: from the event's begin in its lower half, bytes in its upper one. The kernel writes "..." behind what it has cut,
/// at 63 bytes if nobody has told it another number.
void take_text(Bytes data, std::uint64_t where, Record& record) {
    constexpr std::string_view kCut = "...";
    constexpr std::size_t kMost = 63;
    const auto bytes = slice(data, where & 0xffff, where >> 16);
    if (!bytes || bytes->empty()) return;
    std::string_view text = bounded_text(as_text(*bytes));
    record.has_path = true;
    record.path_cut = text.size() >= kMost + kCut.size() && text.ends_with(kCut);
    if (record.path_cut) text.remove_suffix(kCut.size());
    record.path = text;
}

std::int8_t place_of(const std::vector<std::string>& fields, std::string_view name) {
    const auto found = std::ranges::find(fields, name);
    return found == fields.end() || name.empty() ? std::int8_t{-1} : static_cast<std::int8_t>(found - fields.begin());
}

}  // namespace

EventTable::EventTable(const std::vector<TraceEventType>& types, const EventCommon& common) : common_(common) {
    for (const TraceEventType& type : types) add(type);
    unknown_.type = {.name = "unknown", .role = EventRole::Instant, .family = "unknown", .fields = kUnknownFields};
    unknown_.places = {{.offset = common.type_offset, .size = sizeof(std::uint16_t)}};
}

void EventTable::add(const TraceEventType& type) {
    if (rows_.size() <= type.id) rows_.resize(std::size_t{type.id} + 1);
    if (rows_[type.id]) return;
    auto row = std::make_unique<Row>();
    row->name = printable(type.name);
    row->family = printable(type.system);
    row->data_fields = type.fields;
    if (type.system == kCallSystem) add_call(type, *row);
    if (type.system == kNamedCallSystem) add_named_call(type, *row);
    for (const TraceField& field : type.fields) {
        if (!field.is_number() || row->places.size() == kMostArgs) continue;
        row->fields.push_back(printable(field.name));
        row->places.push_back({field.offset, field.size, field.is_signed});
    }
    row->field_names.assign(row->fields.begin(), row->fields.end());
    row->type = {.name = row->name,
                 .role = EventRole::Instant,
                 .family = row->family,
                 .fields = row->field_names,
                 .data_fields = row->data_fields,
                 .order = common_.order};
    add_role(*row);
    rows_[type.id] = std::move(row);
}

void EventTable::add_role(Row& row) {
    const auto* span = std::ranges::find_if(kSpans, [&](const SpanRow& one) {
        return one.system == row.family && (fits(one.begin, row.name) || fits(one.end, row.name));
    });
    if (span == std::end(kSpans)) return;
    row.span = span_name(*span, row.name);
    row.type.span = row.span;
    row.type.role = fits(span->end, row.name) ? EventRole::End : EventRole::Begin;
    row.type.key = place_of(row.fields, span->key);
    row.type.level = place_of(row.fields, span->level);
    if (row.type.role == EventRole::Begin) return;
    row.type.from = place_of(row.fields, "calltime");
    row.type.to = place_of(row.fields, "rettime");
}

void EventTable::add_call(const TraceEventType& type, Row& row) {
    const TraceField* id = type.field("id");
    const TraceField* args = type.field("args");
    const TraceField* ret = type.field("ret");
    const std::uint32_t word = common_.word_size;
    if (id == nullptr || id->size != word) return;
    row.call.push_back({id->offset, word, true});
    const TraceField* abi = type.field("abi");
    const TraceField* tgid = type.field("tgid");
    if (abi != nullptr && tgid != nullptr && abi->size == sizeof(std::uint16_t) &&
        tgid->size == sizeof(std::uint32_t)) {
        tells_abi_ = true;
        row.abi = {abi->offset, abi->size};
        row.tgid = {tgid->offset, tgid->size};
    }
    if (args != nullptr && args->size == kCallArgs * word) {
        row.meaning = Meaning::Enter;
        for (std::uint32_t i = 0; i < kCallArgs; ++i) row.call.push_back({args->offset + i * word, word, false});
    } else if (ret != nullptr && ret->size == word) {
        row.meaning = Meaning::Exit;
        row.call.push_back({ret->offset, word, false});
    }
}

/// Its arguments are fields, in their order, and since 7.0 the texts that some point to are fields, too.
void EventTable::add_named_call(const TraceEventType& type, Row& row) {
    const TraceField* number = type.field("__syscall_nr");
    if (number == nullptr || !is_number_size(number->size)) return;
    std::string_view name = type.name;
    const bool exit = name.starts_with("sys_exit_");
    if (!exit && !name.starts_with("sys_enter_")) return;
    name.remove_prefix(std::string_view(exit ? "sys_exit_" : "sys_enter_").size());
    const Place id{number->offset, number->size, true};
    if (exit) {
        const TraceField* ret = type.field("ret");
        if (ret == nullptr || !is_number_size(ret->size)) return;
        row.named = Meaning::Exit;
        row.call = {id, {ret->offset, ret->size, true}};
        return;
    }
    const std::uint8_t texts = text_arguments(name);
    row.named = Meaning::Enter;
    row.call = {id};
    for (const TraceField& field : type.fields) {
        if (&field == number || !field.is_number() || row.call.size() > kCallArgs) continue;
        const std::size_t place = row.call.size() - 1;
        row.call.push_back({field.offset, field.size, false});
        const TraceField* text = type.field("__" + field.name + "_val");
        if (row.text.size == 0 && text != nullptr && text->size == sizeof(std::uint32_t) && (texts >> place & 1) != 0)
            row.text = {text->offset, text->size, false};
    }
}

/// What lies outside of the event is 0: fields that a record has no room for say nothing.
std::uint64_t EventTable::number(Bytes data, const Place& place) const {
    if (place.offset > data.size() || place.size > data.size() - place.offset) return 0;
    const std::uint64_t value = load_number(data.data() + place.offset, place.size, common_.order);
    return place.is_signed ? static_cast<std::uint64_t>(with_sign(value, place.size)) : value;
}

bool EventTable::decode(Bytes data, std::uint64_t time, Record& record) const {
    const Place type{common_.type_offset, sizeof(std::uint16_t), false};
    const Place pid{common_.pid_offset, sizeof(std::uint32_t), false};
    if (!slice(data, type.offset, type.size) || !slice(data, pid.offset, pid.size)) return false;
    const auto id = static_cast<std::size_t>(number(data, type));
    const bool known = id < rows_.size() && rows_[id] != nullptr;
    const Row& row = known ? *rows_[id] : unknown_;
    record.entry = {};
    record.type = nullptr;
    record.has_path = record.path_cut = false;
    record.entry.time = time;
    record.entry.pid = static_cast<Tid>(number(data, pid));
    const Meaning meaning = named_calls_ ? row.named : row.meaning;
    if (meaning != Meaning::Event) return decode_call(row, meaning, data, record);
    record.mark_other(row.type);
    for (std::size_t i = 0; i < row.places.size(); ++i) record.entry.args[i] = number(data, row.places[i]);
    return true;
}

bool EventTable::decode_call(const Row& row, Meaning meaning, Bytes data, Record& record) const {
    const Place& last = row.call.back();
    if (!slice(data, last.offset, last.size)) return false;
    Entry& entry = record.entry;
    entry.kind = meaning == Meaning::Enter ? kKindEntry : kKindExit;
    const auto nr = static_cast<std::int64_t>(number(data, row.call.front()));
    const auto of_table = static_cast<std::uint64_t>(nr) & ~common_.other_table;
    entry.abi = nr > 0 && of_table != static_cast<std::uint64_t>(nr) ? kAbiX32 : kAbiNative;
    entry.nr = nr == -1 ? kNrNone : stored_number(of_table);
    if (row.abi.size > 0) {
        entry.abi = static_cast<std::uint16_t>(std::min<std::uint64_t>(number(data, row.abi), kAbis - 1));
        entry.tgid = static_cast<Tid>(number(data, row.tgid));
    }
    for (std::size_t i = 1; i < row.call.size(); ++i) entry.args[i - 1] = number(data, row.call[i]);
    if (row.text.size > 0) take_text(data, number(data, row.text), record);
    return true;
}

}  // namespace kstrax
