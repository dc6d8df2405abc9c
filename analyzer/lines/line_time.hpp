// SPDX-License-Identifier: GPL-2.0-or-later
// Times in text reports, in all the forms that reports have, and what the reports'
// first lines say of them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace kstrax {

/// A time as a line shows it.
struct LineTime {
    enum class Form : std::uint8_t {
        OfDay,       ///< 22:13:20.000200000
        Seconds,     ///< 101.000200000
        Difference,  ///< +0.000200000: nothing but the line before tells from when
    };
    Form form = Form::OfDay;
    std::uint64_t nanos = 0;  ///< since midnight, or since the zero of the seconds
    unsigned digits = 0;      ///< behind the point
};

/// None if the word is not wholly a time.
[[nodiscard]] std::optional<LineTime> parse_line_time(std::string_view word);

/// What a report's times are: what its first line says.
struct LineClock {
    std::optional<std::uint64_t> zero_monotonic;  ///< where the zero of seconds lies on the monotonic clock
    std::optional<std::uint64_t> zero_of_day;     ///< and on the wall, in nanoseconds since midnight
    /// The clock was set: from when on, by the monotonic clock, and how far a time of day then is from what it was.
    struct Step {
        std::uint64_t from;
        std::uint64_t by;  ///< nanoseconds, within a day
    };
    std::vector<Step> steps;

    /// How far seconds of the monotonic clock lie behind zero_of_day at that moment, within a day.
    [[nodiscard]] std::uint64_t stepped_by(std::uint64_t monotonic) const;
};
/// Of a line that begins a report: "# kstrax paired report of …".
[[nodiscard]] LineClock parse_heading(std::string_view line);
/// A line behind that one which says that the clock was set; none if it is another.
[[nodiscard]] std::optional<LineClock::Step> parse_clock_step(std::string_view line);

/// The parts of a second that a time with so many digits cannot tell apart, in nanoseconds.
[[nodiscard]] std::int64_t unit_of(unsigned digits);

/// Which of the fields of a time are known from such a time: those for the wall, and for the monotonic clock. With fewer
/// than all digits a clock other than that shown is not known: the zero does not lie on a unit.
struct KnownClocks {
    bool wall;
    bool monotonic;
};
[[nodiscard]] KnownClocks known_clocks(const LineTime& time, const LineClock& clock);

}  // namespace kstrax
