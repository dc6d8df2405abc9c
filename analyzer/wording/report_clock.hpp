// SPDX-License-Identifier: GPL-2.0-or-later
// Recorded times in a form for people. The default is the machine's wall clock in UTC, so
// that a report does not depend on the place where it is made. If nothing relates the
// monotonic clock to the wall clock, it is seconds of the monotonic clock.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "analyzer/recording/wall_clock.hpp"
#include "analyzer/sinks/escape.hpp"

namespace kstrax {

enum class TimeForm : std::uint8_t {
    Wall,       ///< hh:mm:ss.nnnnnnnnn
    Monotonic,  ///< seconds of the machine's monotonic clock, comparable with dmesg
    Relative,   ///< seconds since the first record that is there
    Delta,      ///< seconds since the line before; for a call's end, since its start
};

struct TimeFormInfo {
    TimeForm form;
    std::string_view name;  ///< of --time
};
inline constexpr std::array<TimeFormInfo, 4> kTimeForms{{
    {TimeForm::Wall, "wall"},
    {TimeForm::Monotonic, "monotonic"},
    {TimeForm::Relative, "relative"},
    {TimeForm::Delta, "delta"},
}};

inline constexpr unsigned kMostDigits = 9;

/// How a text report shows times.
struct TimeStyle {
    TimeForm form = TimeForm::Wall;
    bool local = false;             ///< wall times in the zone of TZ, not in UTC
    unsigned digits = kMostDigits;  ///< behind the point, 1 to 9; further digits are cut off
};

/// Not safe for two threads at once.
class ReportClock {
  public:
    /// `first`: the time of the first record; needed for Relative only. The recording must outlive it.
    explicit ReportClock(const Recording& recording, TimeStyle style = {}, Nanos first = 0);

    /// The usual width of the output of append() and append_absent(), in columns.
    [[nodiscard]] std::size_t width() const;
    /// Appends a moment. Not for Delta, which has differences only.
    void append(TextBuffer& out, Nanos time) const;
    void append_absent(TextBuffer& out) const;
    /// Appends a moment to the second, with its date; without a wall clock, in the form of append().
    void append_date(TextBuffer& out, Nanos time) const;
    /// Appends the time from one moment to another, with a sign: +0.000005540
    void append_difference(TextBuffer& out, Nanos from, Nanos to) const;
    /// Appends a duration in seconds: 0.000005540
    void append_duration(TextBuffer& out, Nanos duration) const;

    [[nodiscard]] bool differences() const { return style_.form == TimeForm::Delta; }
    /// The name of the clock: "UTC".
    [[nodiscard]] std::string name() const;
    /// The name of the clock and the place of its zero, for the first line of a report.
    [[nodiscard]] std::string description() const;

  private:
    void append_seconds(TextBuffer& out, Nanos time, std::size_t width) const;
    void append_exact_date(TextBuffer& out, Nanos time) const;
    void append_fraction(TextBuffer& out, std::uint64_t nanos) const;
    void look_at_second(Nanos time) const;

    const Recording* recording_;
    TimeStyle style_;
    Nanos zero_ = 0;  // of seconds
    WallClock wall_;
    // The second of the last time of day, or its part before the clock was set. The next time
    // mostly lies in the same second.
    mutable struct {
        Nanos start = 0;
        Nanos from = 0;
        Nanos length = 0;            // 0: there was none
        std::array<char, 8> text{};  // hh:mm:ss
    } second_;
};

/// Columns of append_time_of_day's output.
inline constexpr int kTimeOfDayWidth = 18;

/// hh:mm:ss.nnnnnnnnn in UTC, or ssssssss.nnnnnnnnn
void append_time_of_day(TextBuffer& out, const Recording& recording, Nanos time);

/// yyyy-mm-dd hh:mm:ss, in a zone that is `ahead_ns` ahead of UTC
void append_date_time(TextBuffer& out, std::int64_t wall_ns, std::int64_t ahead_ns = 0);

/// yyyy-mm-dd hh:mm:ss.nnnnnnnnn
void append_exact_date_time(TextBuffer& out, std::int64_t wall_ns);

/// Reports name these clocks instead of a date.
inline constexpr std::string_view kMonotonicTimes = "seconds of its monotonic clock";
inline constexpr std::string_view kRelativeTimes = "seconds since the first record";
inline constexpr std::string_view kDeltaTimes = "seconds since the line before, of ends since the start";
/// Introduces the place of the zero of these seconds; kstrax-filter reads it back.
inline constexpr std::string_view kZeroIs = "; 0 is ";
inline constexpr std::string_view kOfMonotonicClock = " of its monotonic clock";

}  // namespace kstrax
