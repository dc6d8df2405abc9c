// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/wording/report_clock.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <iterator>

#include "analyzer/sinks/numbers.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::size_t kSecondsWidth = 8;  // before the point, as wide as hh:mm:ss

/// Times of day of a recording without a wall clock are seconds.
TimeForm form_for(const Recording& recording, TimeForm form) {
    return form == TimeForm::Wall && !recording.described() ? TimeForm::Monotonic : form;
}

}  // namespace

ReportClock::ReportClock(const Recording& recording, TimeStyle style, Nanos first)
    : recording_(&recording), style_(style), wall_(recording, style.local) {
    style_.form = form_for(recording, style.form);
    if (style_.form == TimeForm::Relative) zero_ = first;
}

std::size_t ReportClock::width() const { return kSecondsWidth + 1 + style_.digits; }

void ReportClock::append_fraction(TextBuffer& out, std::uint64_t nanos) const {
    char* text = out.room(1 + kMostDigits);
    text[0] = '.';
    write_zeros<kMostDigits>(text + 1, nanos);
    out.grow_by(1 + style_.digits);
}

void ReportClock::append_seconds(TextBuffer& out, Nanos time, std::size_t width) const {
    append_right(out, time / kSecond, width);
    append_fraction(out, time % kSecond);
}

void ReportClock::append(TextBuffer& out, Nanos time) const {
    if (style_.form != TimeForm::Wall) {
        append_seconds(out, time - zero_, kSecondsWidth);
        return;
    }
    if (time - second_.from >= second_.length) [[unlikely]]
        look_at_second(time);
    // In one piece: each line of a report has two of them.
    char* text = out.room(kSecondsWidth + 1 + kMostDigits);
    std::memcpy(text, second_.text.data(), kSecondsWidth);
    text[kSecondsWidth] = '.';
    write_zeros<kMostDigits>(text + kSecondsWidth + 1, time - second_.start);
    out.grow_by(width());
}

void ReportClock::look_at_second(Nanos time) const {
    const auto of_day = static_cast<std::uint64_t>(wall_.of_day(time));
    const std::uint64_t seconds = of_day / kSecond;
    second_.start = time - of_day % kSecond;
    second_.from = second_.start;
    const ClockStep* step = recording_->clock.at(time);
    // Modulo 2^64, as all of it: the clock's zero may lie within this second.
    if (step != nullptr && time - step->from < time - second_.start) second_.from = step->from;
    second_.length = kSecond - (second_.from - second_.start);
    const Nanos left = recording_->clock.next(time) - time;
    second_.length = std::min(second_.length, time - second_.from + std::min(left, kSecond));
    char* text = second_.text.data();
    write_zeros<2>(text, seconds / 3600);
    text[2] = text[5] = ':';
    write_zeros<2>(text + 3, seconds / 60 % 60);
    write_zeros<2>(text + 6, seconds % 60);
}

void ReportClock::append_absent(TextBuffer& out) const {
    fmt::format_to(std::back_inserter(out), "{:<{}}", "-", width());
}

void ReportClock::append_difference(TextBuffer& out, Nanos from, Nanos to) const {
    const Nanos apart = to >= from ? to - from : from - to;
    TextBuffer number;
    number.push_back(to >= from ? '+' : '-');
    append_seconds(number, apart, 0);
    fmt::format_to(std::back_inserter(out), "{:>{}}", std::string_view(number.data(), number.size()), width());
}

void ReportClock::append_duration(TextBuffer& out, Nanos duration) const { append_seconds(out, duration, 0); }

void ReportClock::append_date(TextBuffer& out, Nanos time) const {
    if (style_.form == TimeForm::Wall) append_date_time(out, recording_->wall_ns(time), wall_.ahead_ns(time));
    else append_seconds(out, time - zero_, 0);
}

std::string ReportClock::name() const {
    switch (style_.form) {
        case TimeForm::Wall:
            break;
        case TimeForm::Monotonic:
            return std::string(kMonotonicTimes);
        case TimeForm::Relative:
            return std::string(kRelativeTimes);
        case TimeForm::Delta:
            return std::string(kDeltaTimes);
    }
    if (!style_.local) return "UTC";
    const auto start = static_cast<Nanos>(recording_->facts.start_monotonic_ns);
    const std::int64_t minutes = wall_.ahead_ns(start) / static_cast<std::int64_t>(60 * kSecond);
    const std::int64_t apart = minutes < 0 ? -minutes : minutes;
    return fmt::format("local, UTC{}{:02}:{:02}", minutes < 0 ? '-' : '+', apart / 60, apart % 60);
}

/// To the nanosecond, in UTC.
void ReportClock::append_exact_date(TextBuffer& out, Nanos time) const {
    append_exact_date_time(out, recording_->wall_ns(time));
    kstrax::append(out, " UTC");
}

std::string ReportClock::description() const {
    TextBuffer out;
    kstrax::append(out, name());
    if (style_.form == TimeForm::Monotonic && recording_->described()) {
        kstrax::append(out, kZeroIs);
        append_exact_date(out, 0);
    }
    if (style_.form == TimeForm::Relative) {
        kstrax::append(out, kZeroIs);
        if (recording_->described()) {
            append_exact_date(out, zero_);
            kstrax::append(out, ", ");
        }
        fmt::format_to(std::back_inserter(out), "{}.{:09}{}", zero_ / kSecond, zero_ % kSecond, kOfMonotonicClock);
    }
    return {out.data(), out.size()};
}

void append_time_of_day(TextBuffer& out, const Recording& recording, Nanos time) {
    ReportClock(recording).append(out, time);
}

void append_exact_date_time(TextBuffer& out, std::int64_t wall_ns) {
    constexpr auto kNanos = static_cast<std::int64_t>(kSecond);
    append_date_time(out, wall_ns);
    fmt::format_to(std::back_inserter(out), ".{:09}", (wall_ns % kNanos + kNanos) % kNanos);
}

void append_date_time(TextBuffer& out, std::int64_t wall_ns, std::int64_t ahead_ns) {
    using namespace std::chrono;
    // Hostile values at the ends of the range must not overflow on the way to a day's start.
    constexpr std::int64_t kFarthest = std::int64_t{1} << 62;
    const sys_time<nanoseconds> moment{nanoseconds(std::clamp(wall_ns, -kFarthest, kFarthest) + ahead_ns)};
    const auto day = floor<days>(moment);
    const year_month_day date(day);
    const hh_mm_ss time(floor<seconds>(moment - day));
    fmt::format_to(std::back_inserter(out), "{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                   static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                   time.minutes().count(), time.seconds().count());
}

}  // namespace kstrax
