// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tests/fuzz/target.hpp"

namespace kstrax::fuzz {

extern const Target kElf, kKdump, kSet, kLime, kLkcd, kProbes, kRings, kCarve, kGivenRings, kWays, kBuffers,
    kVmcoreinfo, kPageWalk, kKallsyms, kBtf, kLog, kTasks, kStacks, kFrameRecords, kTraceRings, kTracePage, kTraceDat,
    kPerfData, kStraceText, kFiles, kExpression, kLayout, kSymbols, kLines, kSinks;

namespace {

const Target* const kTargets[] = {
    &kElf,        &kKdump,      &kSet,          &kLime,       &kLkcd,      &kProbes,   &kRings,    &kCarve,
    &kGivenRings, &kWays,       &kBuffers,      &kVmcoreinfo, &kPageWalk,  &kKallsyms, &kBtf,      &kLog,
    &kTasks,      &kStacks,     &kFrameRecords, &kTraceRings, &kTracePage, &kTraceDat, &kPerfData, &kStraceText,
    &kFiles,      &kExpression, &kLayout,       &kSymbols,    &kLines,     &kSinks,
};

}  // namespace

std::span<const Target* const> targets() { return kTargets; }

const Target* target_named(std::string_view name) {
    const auto found = std::ranges::find(targets(), name, &Target::name);
    return found == targets().end() ? nullptr : *found;
}

void require(bool holds, std::string_view what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %.*s\n", static_cast<int>(what.size()), what.data());
    std::abort();
}

}  // namespace kstrax::fuzz
