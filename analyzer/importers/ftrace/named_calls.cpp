// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/ftrace/named_calls.hpp"

namespace kstrax {

void choose_calls(EventTable& types, const std::vector<CpuTrack>& cpus) {
    constexpr int kMostEvents = 2000;
    bool named = false;
    for (const CpuTrack& cpu : cpus) {
        const auto cursor = cpu.events->open();
        Record record;
        for (int i = 0; i < kMostEvents && cursor->next(record); ++i) {
            if (record.type == nullptr) return;
            named = named || record.type->family == kNamedCallSystem;
        }
    }
    if (named) types.take_named_calls();
}

}  // namespace kstrax
