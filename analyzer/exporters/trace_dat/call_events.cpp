// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/exporters/trace_dat/call_events.hpp"

#include <algorithm>
#include <cstring>

#include "analyzer/arch/architecture.hpp"

namespace kstrax {

namespace {

// Numbers of events, which the file explains.
constexpr std::uint16_t kEnter = 1;
constexpr std::uint16_t kExit = 2;
constexpr std::uint16_t kPath = 3;

constexpr std::uint32_t kArgs = 6;         // of sys_enter
constexpr std::uint32_t kPageSize = 8192;  // a file name of any length fits it

std::vector<TraceField> common_fields() {
    return {{"common_type", "unsigned short", 0, 2, false},
            {"common_flags", "unsigned char", 2, 1, false},
            {"common_preempt_count", "unsigned char", 3, 1, false},
            {"common_pid", "int", 4, 4, true}};
}

TraceEventType of_calls(std::uint16_t id, std::string name, std::uint32_t word, TraceField what, std::string format) {
    TraceEventType type{.id = id, .system = "raw_syscalls", .name = std::move(name), .fields = {}};
    const std::uint32_t behind = what.offset + what.size;
    type.fields = {{"id", "long", 8, word, true},
                   std::move(what),
                   {"abi", "unsigned short", behind, 2, false},
                   {"tgid", "int", behind + 4, 4, true}};
    type.print_format = std::move(format);
    return type;
}

std::vector<TraceEventType> event_types(std::uint32_t word) {
    TraceEventType path{.id = kPath, .system = "kstrax", .name = "path", .fields = {}};
    path.fields = {{"path", "__data_loc char[]", 8, 4, false}};
    path.print_format = "\"%s\", __get_str(path)";
    return {
        of_calls(kEnter, "sys_enter", word, {"args", "unsigned long[6]", 8 + word, kArgs * word, false},
                 "\"NR %ld (%lx, %lx, %lx, %lx, %lx, %lx)\", REC->id, REC->args[0], REC->args[1], REC->args[2], "
                 "REC->args[3], REC->args[4], REC->args[5]"),
        of_calls(kExit, "sys_exit", word, {"ret", "long", 8 + word, word, true}, "\"NR %ld = %ld\", REC->id, REC->ret"),
        path};
}

}  // namespace

CallEvents::CallEvents(const Recording& recording)
    : word_(recording.facts.word_size == 4 ? 4 : 8), arg_count_(recording.layout->arg_count) {
    description_.word_size = static_cast<std::uint8_t>(word_);
    description_.page_size = kPageSize;
    description_.common = common_fields();
    description_.types = event_types(static_cast<std::uint32_t>(word_));
    description_.clock = "mono";
    const Architecture* architecture = architecture_of_audit(recording.facts.audit_arch);
    if (architecture != nullptr && architecture->call_registers != nullptr)
        other_table_ = architecture->call_registers->other_table;
}

void CallEvents::put(std::uint64_t value, std::size_t size) {
    const std::size_t at = event_.size();
    event_.resize(at + size);
    std::memcpy(event_.data() + at, &value, size);
}

void CallEvents::begin(std::uint16_t id, const Record& record) {
    event_.clear();
    put(id, 4);
    put(record.entry.pid, 4);
}

Bytes CallEvents::call(const Record& record) {
    const Entry& entry = record.entry;
    const bool enters = entry.kind == kKindEntry;
    if (!enters && entry.kind != kKindExit) return {};
    begin(enters ? kEnter : kExit, record);
    const std::uint64_t table = entry.abi == kAbiX32 ? other_table_ : 0;
    put(entry.nr == kNrNone ? ~std::uint64_t{0} : entry.nr | table, word_);
    if (enters)
        for (std::size_t i = 0; i < kArgs; ++i) put(i < arg_count_ ? entry.args[i] : 0, word_);
    else put(entry.args[0], word_);
    put(entry.abi, 4);
    put(entry.tgid, 4);
    return event_;
}

Bytes CallEvents::path(const Record& record) {
    constexpr std::uint32_t kText = 12;  // where it begins
    if (!record.has_path) return {};
    begin(kPath, record);
    const auto length = static_cast<std::uint32_t>(record.path.size() + 1);
    put(kText | length << 16, 4);
    const Bytes text = as_bytes(record.path);
    event_.insert(event_.end(), text.begin(), text.end());
    event_.push_back({});
    return event_;
}

}  // namespace kstrax
