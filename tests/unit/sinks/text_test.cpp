// SPDX-License-Identifier: GPL-2.0-or-later
// Escapes and times: what a report is made of.
#include <boost/test/unit_test.hpp>
#include <limits>

#include "analyzer/sinks/color.hpp"
#include "analyzer/sinks/escape.hpp"
#include "analyzer/wording/report_clock.hpp"
#include "tests/support/time_zone.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

std::string made(auto append_to) {
    TextBuffer out;
    append_to(out);
    return {out.data(), out.size()};
}
std::string c(std::string_view bytes) {
    return made([&](TextBuffer& out) { append_c_escaped(out, bytes); });
}
std::string json(std::string_view bytes) {
    return made([&](TextBuffer& out) { append_json_string(out, bytes); });
}
std::string csv(std::string_view bytes) {
    return made([&](TextBuffer& out) { append_csv_field(out, bytes); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(c_escapes_are_straces) {
    BOOST_TEST(c("/etc/passwd") == "/etc/passwd");
    BOOST_TEST(c("\t\n\v\f\r\"\\") == R"(\t\n\v\f\r\"\\)");
    BOOST_TEST(c("\x1b[31m\x7f") == R"(\33[31m\177)");
    BOOST_TEST(c({"\0x\0"
                  "7\0"
                  "8",
                  6}) == R"(\0x\0007\08)");
    BOOST_TEST(c("\xc2\x9b\xe2\x80\xa8\xff") == R"(\302\233\342\200\250\377)");
}

BOOST_AUTO_TEST_CASE(every_byte_comes_out_printable_and_unambiguous) {
    for (int byte = 0; byte < 256; ++byte)
        for (const char* next : {"", "0", "7", "8", "a"}) {
            const std::string in = static_cast<char>(byte) + std::string(next);
            const std::string out = c(in);
            std::string back;
            for (std::size_t i = 0; i < out.size();) {
                BOOST_REQUIRE((out[i] >= 0x20 && out[i] < 0x7f));
                if (out[i] != '\\') {
                    back.push_back(out[i++]);
                    continue;
                }
                const std::string_view names = "tnvfr\"\\";
                if (const auto named = names.find(out[++i]); named != names.npos) {
                    back.push_back("\t\n\v\f\r\"\\"[named]);
                    ++i;
                    continue;
                }
                int value = 0;
                for (int digits = 0; digits < 3 && i < out.size() && out[i] >= '0' && out[i] <= '7'; ++digits)
                    value = value * 8 + (out[i++] - '0');
                back.push_back(static_cast<char>(value));
            }
            BOOST_TEST((back == in), "byte " << byte << " before '" << next << "' came out as " << out);
        }
}

BOOST_AUTO_TEST_CASE(json_is_ascii_whatever_comes_in) {
    BOOST_TEST(json("a\"b\\c/d") == R"("a\"b\\c/d")");
    BOOST_TEST(json("\n\x1b\x7f") == R"("\u000a\u001b\u007f")");
    BOOST_TEST(json(std::string_view("a\0b", 3)) == R"("a\u0000b")");
    BOOST_TEST(json("\xc3\xa9\xe2\x82\xac") == R"("\u00e9\u20ac")");
    BOOST_TEST(json("\xf0\x9f\x90\xa7") == R"("\ud83d\udc27")");
    BOOST_TEST(json("\xf4\x8f\xbf\xbf") == R"("\udbff\udfff")");
    BOOST_TEST(json("\xc2\x9b") == R"("\u009b")");      // CSI, as UTF-8
    BOOST_TEST(json("\xe2\x80\xa8") == R"("\u2028")");  // a line separator for JavaScript
    BOOST_TEST(json("\xef\xbf\xbe") == R"("\ufffe")");
}

BOOST_AUTO_TEST_CASE(what_is_not_utf_8_becomes_the_replacement_character) {
    BOOST_TEST(json("\x80") == R"("\ufffd")");
    BOOST_TEST(json("\xff\xfe") == R"("\ufffd\ufffd")");
    BOOST_TEST(json("\xc3") == R"("\ufffd")");
    BOOST_TEST(json("\xc3(") == R"("\ufffd(")");
    BOOST_TEST(json("\xc0\xaf") == R"("\ufffd\ufffd")");  // over-long
    BOOST_TEST(json("\xe0\x80\xaf") == R"("\ufffd\ufffd\ufffd")");
    BOOST_TEST(json("\xf0\x80\x80\xaf") == R"("\ufffd\ufffd\ufffd\ufffd")");
    BOOST_TEST(json("\xed\xa0\x80") == R"("\ufffd\ufffd\ufffd")");  // a surrogate
    BOOST_TEST(json("\xf4\x90\x80\x80") == R"("\ufffd\ufffd\ufffd\ufffd")");
    BOOST_TEST(json("\xe2\x82") == R"("\ufffd\ufffd")");
    BOOST_TEST(json("\xe2\x82\"") == R"("\ufffd\ufffd\"")");
}

BOOST_AUTO_TEST_CASE(csv_quotes_where_it_must) {
    BOOST_TEST(csv("plain text") == "plain text");
    BOOST_TEST(csv("") == "");
    BOOST_TEST(csv("a,b") == "\"a,b\"");
    BOOST_TEST(csv("a\"b") == "\"a\"\"b\"");
    BOOST_TEST(csv("a\nb\rc") == "\"a\nb\rc\"");
}

BOOST_AUTO_TEST_CASE(times_of_day_are_utc) {
    Recording recording;
    recording.facts.instance_id = 1;
    recording.facts.start_monotonic_ns = 1'000'000'000;
    recording.facts.start_realtime_ns = 1'700'000'000'000'000'000;  // 2023-11-14 22:13:20
    const auto shown = [&](Nanos time) {
        return made([&](TextBuffer& out) { append_time_of_day(out, recording, time); });
    };
    BOOST_TEST(shown(1'000'000'000) == "22:13:20.000000000");
    BOOST_TEST(shown(0) == "22:13:19.000000000");
    BOOST_TEST(shown(1'000'000'001) == "22:13:20.000000001");
    BOOST_TEST(shown(1'000'000'000 + 6400'000'000'000ULL) == "00:00:00.000000000");
    BOOST_TEST(shown(1'000'000'000).size() == std::size_t{kTimeOfDayWidth});
    for (const Nanos time : {Nanos{1} << 63, ~Nanos{0}, Nanos{0x7fffffffffffffff}})
        BOOST_TEST(shown(time).size() == std::size_t{kTimeOfDayWidth});
}

BOOST_AUTO_TEST_CASE(times_are_monotonic_where_no_anchor_joins_the_clocks) {
    const Recording recording;
    const auto shown = [&](Nanos time) {
        return made([&](TextBuffer& out) { append_time_of_day(out, recording, time); });
    };
    BOOST_TEST(shown(4'020'562'680) == "       4.020562680");
    BOOST_TEST(shown(4'020'562'680).size() == std::size_t{kTimeOfDayWidth});
    BOOST_TEST(shown(~Nanos{0}) == "18446744073.709551615");
}

namespace {

std::string colored(std::string_view line) {
    return made([&](TextBuffer& out) { append_colored(out, line); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(colours_are_few) {
    struct Case {
        const char* plain;
        const char* with;
    };
    const Case cases[] = {
        {"      1  -  -  read(0x1) = 0x0", "      1  -  -  read(0x1) = 0x0"},
        {"  open(\"/a\") = -1 ENOENT (No such file or directory)",
         "  open(\"/a\") = \x1b[31m-1 ENOENT (No such file or directory)\x1b[0m"},
        {"  read(0x0) = ? <in flight>", "  read(0x0) = ?\x1b[33m <in flight>\x1b[0m"},
        {"  read(0x0) = -1 EIO (Input/output error) <may be two calls>",
         "  read(0x0) = \x1b[31m-1 EIO (Input/output error)\x1b[0m\x1b[33m <may be two calls>\x1b[0m"},
        // What a file is named is nobody's error.
        {"  open(\"/ = -1 E \\\" = -1 <x>\", 0x0)", "  open(\"/ = -1 E \\\" = -1 <x>\", 0x0)"},
        {"  open \" = -1 E\" = 0x3", "  open \" = -1 E\" = 0x3"},
        {"*     1     148  write(0x1)", "\x1b[1m*\x1b[0m     1     148  write(0x1)"},
        // Comments have the colour that they were written in, whatever they say.
        {"# lost: 2 records (2 torn)", "# lost: 2 records (2 torn)"},
        {"\x1b[33m# not = -1 E\x1b[0m", "\x1b[33m# not = -1 E\x1b[0m"},
    };
    for (const Case& one : cases) {
        BOOST_TEST(colored(one.plain) == one.with);
        BOOST_TEST(without_colors(one.with) == without_colors(one.plain));
    }
    BOOST_TEST(without_colors("a\x1b[2Jb\x1b[") == "a\x1b[2Jb\x1b[");  // no colours
}

BOOST_AUTO_TEST_CASE(what_warns_is_known_to_whoever_writes_it) {
    for (const bool colored : {false, true}) {
        TextBuffer out;
        out.set_colored(colored);
        {
            const WarningLine line(out);
            append(out, "# the roof leaks");
        }
        append(out, "# all is well\n");
        BOOST_TEST(out.view() == (colored ? "\x1b[33m# the roof leaks\x1b[0m\n# all is well\n"
                                          : "# the roof leaks\n# all is well\n"));
    }
}

namespace {

/// A recording that began at 2023-11-14 22:13:20 UTC, a second after the monotonic clock.
Recording described_recording() {
    Recording recording;
    recording.facts.instance_id = 1;
    recording.facts.start_monotonic_ns = 1'000'000'000;
    recording.facts.start_realtime_ns = 1'700'000'000'000'000'000;
    return recording;
}

struct ClockCase {
    TimeStyle style;
    const char* time;  // 3.123456789 s of the monotonic clock
    const char* absent;
    const char* description;  // the first record being at 2 s
};
const ClockCase kClockCases[] = {
    {{TimeForm::Wall, false, 9}, "22:13:22.123456789", "-                 ", "UTC"},
    {{TimeForm::Wall, false, 6}, "22:13:22.123456", "-              ", "UTC"},
    {{TimeForm::Wall, false, 1}, "22:13:22.1", "-         ", "UTC"},
    {{TimeForm::Wall, true, 3}, "03:58:22.123", "-           ", "local, UTC+05:45"},
    {{TimeForm::Monotonic, false, 9},
     "       3.123456789",
     "-                 ",
     "seconds of its monotonic clock; 0 is 2023-11-14 22:13:19.000000000 UTC"},
    {{TimeForm::Monotonic, false, 6},
     "       3.123456",
     "-              ",
     "seconds of its monotonic clock; 0 is 2023-11-14 22:13:19.000000000 UTC"},
    {{TimeForm::Relative, false, 9},
     "       1.123456789",
     "-                 ",
     "seconds since the first record; 0 is 2023-11-14 22:13:21.000000000 UTC, 2.000000000 of its monotonic clock"},
};

}  // namespace

BOOST_AUTO_TEST_CASE(times_by_every_clock) {
    const TimeZone zone("XST-5:45");
    const Recording recording = described_recording();
    for (const ClockCase& one : kClockCases) {
        const ReportClock clock(recording, one.style, 2'000'000'000);
        BOOST_TEST(made([&](TextBuffer& out) { clock.append(out, 3'123'456'789); }) == one.time);
        BOOST_TEST(made([&](TextBuffer& out) { clock.append_absent(out); }) == one.absent);
        BOOST_TEST(clock.description() == one.description);
        BOOST_TEST(clock.width() == std::string_view(one.time).size());
    }
    const ReportClock delta(recording, {TimeForm::Delta, false, 6});
    BOOST_TEST(made([&](TextBuffer& out) { delta.append_difference(out, 1'000, 2'500'999'999); }) == "      +2.500998");
    BOOST_TEST(made([&](TextBuffer& out) { delta.append_difference(out, 2'000, 1'000); }) == "      -0.000001");
}

// The zone's own changes, at the moment that is shown.
BOOST_AUTO_TEST_CASE(local_times_know_summer) {
    const TimeZone zone("CET-1CEST,M3.5.0,M10.5.0/3");
    Recording recording = described_recording();
    recording.facts.start_monotonic_ns = 0;
    recording.facts.start_realtime_ns = 1'711'846'799'000'000'000;  // 2024-03-31 00:59:59 UTC
    const ReportClock clock(recording, {TimeForm::Wall, true, 1});
    const auto shown = [&](Nanos time) { return made([&](TextBuffer& out) { clock.append(out, time); }); };
    BOOST_TEST(shown(0) == "01:59:59.0");
    BOOST_TEST(shown(1'000'000'000) == "03:00:00.0");
    BOOST_TEST(shown(0) == "01:59:59.0");
    BOOST_TEST(made([&](TextBuffer& out) { clock.append_date(out, 1'000'000'000); }) == "2024-03-31 03:00:00");
    recording.facts.start_realtime_ns = std::numeric_limits<std::int64_t>::min();  // of a hostile dump
    BOOST_TEST(shown(0).size() == 10U);
}

BOOST_AUTO_TEST_CASE(dates_are_utc_and_never_overflow) {
    const auto shown = [](std::int64_t wall) { return made([&](TextBuffer& out) { append_date_time(out, wall); }); };
    BOOST_TEST(shown(0) == "1970-01-01 00:00:00");
    BOOST_TEST(shown(-1) == "1969-12-31 23:59:59");
    BOOST_TEST(shown(1'709'251'199'999'999'999) == "2024-02-29 23:59:59");
    BOOST_TEST(shown(std::numeric_limits<std::int64_t>::max()).size() == 19U);
    BOOST_TEST(shown(std::numeric_limits<std::int64_t>::min()).size() == 19U);
}

BOOST_AUTO_TEST_SUITE_END()
