// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/query/field.hpp"

#include <array>

#include "analyzer/trace/call_names.hpp"
#include "analyzer/trace/pair.hpp"
#include "analyzer/trace/record_reader.hpp"

namespace kstrax {

namespace {

constexpr std::array kInfos{
    FieldInfo{"pid", QueryField::Pid, FieldKind::Number, "the thread"},
    FieldInfo{"tgid", QueryField::Tgid, FieldKind::Number, "its process"},
    FieldInfo{"nspid", QueryField::Nspid, FieldKind::Number,
              "the thread, as its container numbers it; dumps with the kernel's pages only"},
    FieldInfo{"cpu", QueryField::Cpu, FieldKind::Number, "the CPU that it entered on"},
    FieldInfo{"call", QueryField::Call, FieldKind::Call, "the system call's name, or a class of calls"},
    FieldInfo{"name", QueryField::Call, FieldKind::Call, "the system call's name"},
    FieldInfo{"nr", QueryField::Nr, FieldKind::Number, "its number"},
    FieldInfo{"abi", QueryField::Abi, FieldKind::Word, "the table that the number is of"},
    FieldInfo{"path", QueryField::Path, FieldKind::Text, "the file name given to open and its like"},
    FieldInfo{"ret", QueryField::Ret, FieldKind::Number, "what it returned; errors are negative"},
    FieldInfo{"error", QueryField::Error, FieldKind::ErrorNumber, "the errno that it failed with"},
    FieldInfo{"time", QueryField::Time, FieldKind::TimeOfDay, "when the call was issued, or the entry recorded"},
    FieldInfo{"start", QueryField::Start, FieldKind::TimeOfDay, "when the call was issued"},
    FieldInfo{"end", QueryField::End, FieldKind::TimeOfDay, "when it returned"},
    FieldInfo{"duration", QueryField::Duration, FieldKind::Duration, "how long it took, or has taken when in flight"},
    FieldInfo{"duration_ns", QueryField::Duration, FieldKind::Nanoseconds, "duration as a plain number"},
    FieldInfo{"time_ns", QueryField::TimeNs, FieldKind::Nanoseconds, "time by CLOCK_MONOTONIC"},
    FieldInfo{"start_ns", QueryField::StartNs, FieldKind::Nanoseconds, "start by CLOCK_MONOTONIC"},
    FieldInfo{"end_ns", QueryField::EndNs, FieldKind::Nanoseconds, "end by CLOCK_MONOTONIC"},
    FieldInfo{"state", QueryField::State, FieldKind::Word, "what became of the call"},
    FieldInfo{"serial", QueryField::Serial, FieldKind::Number, "the entry's serial in its ring"},
    FieldInfo{"kind", QueryField::Kind, FieldKind::Word, "the sort of entry"},
};

}  // namespace

std::span<const FieldInfo> field_infos() { return kInfos; }

const FieldInfo* find_field(std::string_view name) {
    for (const FieldInfo& info : kInfos)
        if (info.name == name) return &info;
    return nullptr;
}

std::vector<std::string_view> words_of(QueryField field) {
    std::vector<std::string_view> words;
    if (field == QueryField::State)
        for (const CallStateInfo& state : call_states()) words.push_back(state.name);
    if (field == QueryField::Kind) words.assign(std::next(kKindNames.begin()), kKindNames.end());
    if (field == QueryField::Abi)
        for (std::uint16_t abi = 0; abi <= kAbis; ++abi) words.push_back(abi_name(abi));
    return words;
}

}  // namespace kstrax
