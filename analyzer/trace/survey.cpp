// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/trace/survey.hpp"

#include <algorithm>

#include "analyzer/base/parallel.hpp"

namespace kstrax {

std::vector<CpuTrust> survey(const Recording& recording) {
    std::vector<CpuTrust> all(recording.cpus.size());
    parallel_for(all.size(), [&](std::size_t i) {
        RecordReader reader(recording, recording.cpus[i]);
        Record record;
        while (reader.next(record)) {
        }
        all[i] = reader.trust();
    });
    add_missing(all, recording.missing);
    return all;
}

Nanos Survey::first() {
    std::optional<Nanos> first;
    for (const CpuTrust& cpu : cpus())
        if (cpu.first_time && (!first || *cpu.first_time < *first)) first = cpu.first_time;
    return first.value_or(0);
}

Nanos Survey::end() {
    Nanos end = recording_.end.time_ns;
    if (end == 0)
        for (const CpuTrust& cpu : cpus()) end = std::max(end, cpu.last_time.value_or(0));
    return end;
}

}  // namespace kstrax
