// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/wording/meanwhile.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace kstrax {

std::optional<Meanwhile> meanwhile_of(const Recording& recording, std::span<const CpuTrust> cpus) {
    std::optional<Meanwhile> sum;
    for (const CpuTrack& track : recording.cpus) {
        const auto now = track.slots ? track.slots->written_now() : std::nullopt;
        const auto trust = std::ranges::find(cpus, track.cpu, &CpuTrust::cpu);
        if (!now || trust == cpus.end()) continue;
        if (!sum) sum.emplace();
        sum->written += *now - std::min(*now, track.head);
        // What was gone before, the ring had wrapped over.
        const std::uint64_t before = track.head - std::min<std::uint64_t>(track.head, recording.facts.entries_per_cpu);
        sum->overwritten += trust->overwritten - std::min(trust->overwritten, before);
    }
    return sum;
}

std::string meanwhile_sentence(const Meanwhile& meanwhile) {
    return fmt::format("while it was read, {} records were written and {} overwritten", meanwhile.written,
                       meanwhile.overwritten);
}

}  // namespace kstrax
