// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/recording/flaws.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "formats/syscalls.hpp"

namespace kstrax {

namespace {

constexpr std::array<std::string_view, kFlaws> kTexts{"",
                                                      "of no kind of record",
                                                      "of no kind of call",
                                                      "of a thread that cannot be",
                                                      "that return more than a word",
                                                      "of a file name without its call",
                                                      "whose time does not fit"};

constexpr std::uint32_t kMostThreads64 = 1U << 22;  // PID_MAX_LIMIT
constexpr std::uint32_t kMostThreads32 = 1U << 15;

/// The other CPUs go on for a moment when one panics: the kernel waits up to a second for them to stop.
constexpr Nanos kLateness = 1'000'000'000;
/// So many in a row are right, and what was taken before them was not.
constexpr unsigned kMostMisfits = 8;

/// The last ABI that has a table on this machine.
std::uint16_t most_abi_of(const Recording& recording) {
    if (recording.layout->abi.size == 0) return kAbiNative;
    const std::uint32_t arch = recording.facts.audit_arch;
    const bool known = syscall_table(arch, kAbiNative) != nullptr;
    return known && syscall_table(arch, kAbiX32) == nullptr ? kAbiCompat : kAbiX32;
}

}  // namespace

std::string describe_flaws(const FlawCounts& counts) {
    std::string text;
    for (std::size_t i = 1; i < counts.size(); ++i)
        if (counts[i] > 0) text += fmt::format("{}{} {}", text.empty() ? "" : ", ", counts[i], kTexts[i]);
    return text;
}

SlotRules::SlotRules(const Recording& recording)
    : own_(recording.described()),
      most_abi_(most_abi_of(recording)),
      most_threads_(recording.facts.word_size == sizeof(std::uint32_t) ? kMostThreads32 : kMostThreads64),
      arg_count_(recording.layout->arg_count) {}

RecordTimes::RecordTimes(const Recording& recording) {
    if (recording.described() && recording.facts.start_monotonic_ns > 0)
        first_ = static_cast<Nanos>(recording.facts.start_monotonic_ns);
    if (recording.end.time_ns > 0 && recording.end.time_ns <= last_ - kLateness)
        last_ = recording.end.time_ns + kLateness;
    first_ -= std::min(first_, kTolerance);
}

/// The time leads ahead of most of what follows. Where as many say the one as the other, what was before decides: if
/// that and the next agree, it is the time between them that is wrong.
bool RecordTimes::is_ahead(Nanos time, std::span<const Nanos> following) const {
    const auto earlier = std::ranges::count_if(following, [&](Nanos one) { return well_before(one, time); });
    const std::size_t twice = 2 * static_cast<std::size_t>(earlier);
    if (following.size() > 1 && twice != following.size()) return twice > following.size();
    return !following.empty() && well_before(following.front(), time) && !well_before(following.front(), newest_);
}

bool RecordTimes::fit(Nanos time, std::span<const Nanos> following) {
    const bool outside = time < first_ || time > last_;
    const bool early = well_before(time, newest_);
    const bool ahead = is_ahead(time, following);
    if (outside || early || ahead) {
        misfits_ = misfits_ > 0 && last_misfit_ <= time ? misfits_ + 1 : 1;
        last_misfit_ = time;
        if (ahead || time < first_ || misfits_ < kMostMisfits) return false;
        newest_ = 0;
        // No checksum covers the time of a panic, which is stamped last.
        if (outside) last_ = ~Nanos{0};
    }
    newest_ = std::max(time, newest_);
    misfits_ = 0;
    return true;
}

}  // namespace kstrax
