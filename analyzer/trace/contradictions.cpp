// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/trace/contradictions.hpp"

#include <fmt/core.h>

#include <array>
#include <string_view>

namespace kstrax {

namespace {

// In the order of the enum.
constexpr std::array<std::string_view, 4> kTexts{
    "is of another process than before", "enters a call while it is in one", "leaves another call than it has entered",
    "leaves a call that it has not entered"};

}  // namespace

void Contradictions::add(Contradiction found, const Record& record) {
    if (records++ > 0) return;
    kind = found;
    tid = record.entry.pid;
    cpu = record.cpu;
    serial = record.position + 1;
}

std::string Contradictions::describe() const {
    return fmt::format(
        "{}, though none between is lost; first CPU {}, serial {}: thread {} {}; bits have changed since, or a tracer "
        "changed calls",
        records == 1 ? "1 record does not fit the others of its thread"
                     : fmt::format("{} records do not fit the others of their threads", records),
        cpu, serial, tid, kTexts[static_cast<std::size_t>(kind)]);
}

Comparable comparable(const Recording& recording) {
    if (!recording.described() || !recording.only || !recording.only->never_changed()) return Comparable::No;
    return recording.end.time_ns != 0 ? Comparable::All : Comparable::UntilARingEnds;
}

}  // namespace kstrax
