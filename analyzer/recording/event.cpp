// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/recording/event.hpp"

#include <array>

namespace kstrax {

const EventType& type_of(const Record& record) {
    static constexpr std::array<EventType, 3> kCallTypes{{
        {.name = "entry", .role = EventRole::Begin, .family = kSyscalls, .fields = {}},
        {.name = "exit", .role = EventRole::End, .family = kSyscalls, .fields = {}},
        {.name = "path", .role = EventRole::Continuation, .family = kSyscalls, .fields = {}},
    }};
    return record.entry.kind == kKindOther ? *record.type : kCallTypes[record.entry.kind - kKindEntry];
}

}  // namespace kstrax
