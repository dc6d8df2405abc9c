// SPDX-License-Identifier: GPL-2.0-or-later
// Expressions: what they mean, and what is said of those that mean nothing.
#include "analyzer/query/expression.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "analyzer/base/suggest.hpp"
#include "analyzer/fields/all_fields.hpp"
#include "analyzer/query/glob.hpp"
#include "analyzer/query/when.hpp"
#include "tests/support/memory.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using test::Random;

namespace {

constexpr std::int64_t kHour = 3'600'000'000'000;

/// openat of /etc/passwd by thread 1234, at 03:21:29.5, that failed after 12 ms.
QueryRow failed_open() {
    QueryRow row;
    row.set(field_id("pid"), std::int64_t{1234});
    for (const char* name : {"call", "name"}) row.set(field_id(name), std::string_view("openat"));
    row.set(field_id("abi"), std::string_view("native"));
    row.set(field_id("state"), std::string_view("complete"));
    row.set(field_id("path"), std::string_view("/etc/passwd"));
    row.set(field_id("ret"), std::int64_t{-2});
    row.set(field_id("error"), std::int64_t{2});
    const std::int64_t start = 3 * kHour + 21 * kHour / 60 + 29'500'000'000;
    row.set(field_id("start"), start);
    row.set(field_id("time"), start);
    row.set(field_id("end"), start + 12'000'000);
    row.set(field_id("start_ns"), std::int64_t{77'000});
    for (const char* name : {"duration", "duration_ns"}) row.set(field_id(name), std::int64_t{12'000'000});
    return row;
}

/// read by thread 7, in flight.
QueryRow open_read() {
    QueryRow row;
    row.set(field_id("pid"), std::int64_t{7});
    row.set(field_id("call"), std::string_view("read"));
    row.set(field_id("state"), std::string_view("in_flight"));
    return row;
}

bool holds(const std::string& text, const QueryRow& row) {
    const auto expression = Expression::parse(text);
    BOOST_TEST_REQUIRE(expression.ok(), text << ": " << (expression ? "" : expression.error().message));
    return expression->matches(row);
}

/// "COLUMN: message", columns from 1.
std::string mistake_in(std::string_view text) {
    const auto expression = Expression::parse(text);
    if (expression) return "none";
    BOOST_TEST((expression.error().code == ErrorCode::Usage));
    if (!expression.error().quote) return expression.error().message;
    BOOST_TEST(expression.error().quote->text == text);
    return std::to_string(expression.error().quote->at + 1) + ": " + expression.error().message;
}

const char* const kTrue[] = {
    R"(pid==1234 && call in FILE && duration>10ms && error==ENOENT && path~"/etc/*")",
    "pid==0x4d2",
    "pid in (1, 1234)",
    "pid>1233 && pid<1235",
    "pid>=1234 && pid<=1234",
    "pid!=7",
    "pid not in (7, 8)",
    "call==openat",
    "name==openat",
    "call in (read, FILE)",
    "call==file",
    "call~\"open*\"",
    "call!~open?",
    "call != NETWORK",
    "duration==12ms",
    "duration>=0.012s",
    "duration<12000.001us",
    "duration_ns==12000000",
    "duration_ns>11ms",
    "duration>0",
    "error==2",
    "error in (EACCES, enoent)",
    "error",
    "ret<0",
    "ret==-2",
    "time>=03:21",
    "time==03:21",
    "time==03:21:29",
    "time==03:21:29.5",
    "time!=03:21:29.6",
    "start<03:22",
    "start<=03:21",
    "start>03:20",
    "end>03:21:29.500000000",
    "start==03",
    "start_ns==77us",
    "path==/etc/passwd",
    "path==\"\\57etc/\\x70asswd\"",
    "path",
    "!cpu",
    "not cpu",
    "cpu!=3",  // is not 3, being unknown
    "state==complete",
    "abi==native",
    "pid==7 || pid==8 || pid==1234",
    "pid==7 && pid==8 || pid==1234",
    "pid==1234 or pid==7 and pid==8",
    "!(pid==7 && pid==1234)",
    "!!(pid==1234)",
    "  pid  ==  1234  ",
};
const char* const kFalse[] = {
    "pid==7",
    "cpu==3",
    "cpu",
    "cpu<3",
    "pid>1234",
    "call in NETWORK",
    "call~pen*",
    "duration>12ms",
    "duration<12ms",
    "error==EACCES",
    "error!=ENOENT",
    "ret>=0",
    "time==03:21:28",
    "time>03:21",
    "time<03:21",
    "start==04",
    "path~\"/etc\"",
    "path==\"/etc/passw\"",
    "!path",
    "state in (in_flight, exit_lost)",
    "(pid==1234 || pid==7) && pid==8",
};

}  // namespace

BOOST_AUTO_TEST_SUITE(expression)

BOOST_DATA_TEST_CASE(holds_of_a_call, bdata::make(kTrue), text) { BOOST_TEST(holds(text, failed_open())); }

BOOST_DATA_TEST_CASE(does_not_hold_of_a_call, bdata::make(kFalse), text) { BOOST_TEST(!holds(text, failed_open())); }

BOOST_AUTO_TEST_CASE(what_a_call_does_not_have_is_like_nothing_and_unlike_everything) {
    for (const char* test : {"end", "duration>0", "error==ENOENT", "path~\"*\"", "ret<0", "start<23:00"}) {
        BOOST_TEST(!holds(test, open_read()), test);
        BOOST_TEST(holds(std::string("!(") + test + ")", open_read()), test);
    }
    BOOST_TEST(holds("error!=ENOENT && path!~\"*\" && !end", open_read()));
}

BOOST_AUTO_TEST_CASE(a_mistake_is_pointed_at) {
    BOOST_TEST(mistake_in("") == "1: expected a field (pid, call, duration, error, path, …), ! or (");
    BOOST_TEST(mistake_in("pid==") == "6: expected a value for pid");
    BOOST_TEST(mistake_in("pid==1 &&") == "10: expected a field (pid, call, duration, error, path, …), ! or (");
    BOOST_TEST(mistake_in("pid==1 call==read") == "8: expected &&, || or the end");
    BOOST_TEST(mistake_in("(pid==1") == "8: expected &&, || or )");
    BOOST_TEST(mistake_in("pid==1)") == "7: expected a ( before this )");
    BOOST_TEST(mistake_in("pid=1") == "4: write == to compare");
    BOOST_TEST(mistake_in("pid==1 & cpu==2") == "8: write && or and");
    BOOST_TEST(mistake_in("pid 1") == "5: expected an operator (==, !=, <, <=, >, >=, ~, in), &&, || or the end");
    BOOST_TEST(mistake_in("pid==x") == "6: pid is compared with a number, not 'x'");
    BOOST_TEST(mistake_in("pid in (1, x)") == "12: pid is compared with a number, not 'x'");
    BOOST_TEST(mistake_in("pid in (1") == "10: expected , or )");
    BOOST_TEST(mistake_in("duration>10") ==
               "10: duration is compared with a number with ns, us, ms or s, as 10ms, not '10'");
    BOOST_TEST(mistake_in("time>25:00") ==
               "6: time is compared with a time of day or its beginning, as 03:21:29.5 or 03:2, not '25:00'");
    BOOST_TEST(mistake_in("path~\"/etc") == "6: this string has no end: expected another \"");
    BOOST_TEST(mistake_in("path~'/etc\"") == "6: this string has no end: expected another '");
    BOOST_TEST(mistake_in("path==\"\\q\"").starts_with("7: in a string, expected "));
    BOOST_TEST(mistake_in("path<a") == "6: path goes with ==, !=, ~, !~ and in only");
    BOOST_TEST(mistake_in("error>ENOENT") == "7: error goes with ==, != and in only");
    BOOST_TEST(mistake_in("pid~1") == "5: pid goes with ==, !=, <, <=, >, >= and in only");
    BOOST_TEST(mistake_in("pid==1 $") == "8: expected a field, a value or an operator");
    BOOST_TEST(mistake_in(std::string(70000, ' ')) == "an expression of 70000 bytes; 65536 are the most");
}

BOOST_AUTO_TEST_CASE(what_is_unknown_suggests_the_nearest) {
    BOOST_TEST(mistake_in("pdi==1") == "1: no field 'pdi'; did you mean 'pid'?");
    BOOST_TEST(mistake_in("durations>1s") == "1: no field 'durations'; did you mean 'duration'?");
    BOOST_TEST(mistake_in("xyzzyx==1").starts_with("1: no field 'xyzzyx'; fields are pid, tgid, "));
    BOOST_TEST(mistake_in("pid==1 && call==opennat") ==
               "17: no system call or class 'opennat'; did you mean 'openat'?");
    BOOST_TEST(mistake_in("call in FLIE") == "9: no system call or class 'FLIE'; did you mean 'FILE'?");
    BOOST_TEST(mistake_in("call==qqqqqqqq") ==
               "7: no system call or class 'qqqqqqqq'; classes are FILE, NETWORK, IPC, PROCESS, SIGNAL");
    BOOST_TEST(mistake_in("error==ENOETN") ==
               "8: error is compared with an errno, as ENOENT, not 'ENOETN'; did you mean 'ENOENT'?");
    BOOST_TEST(mistake_in("state==inflight") == "8: state is never 'inflight'; did you mean 'in_flight'?");
    BOOST_TEST(mistake_in("abi==arm") == "6: abi is never 'arm'; it is one of native, compat, x32, unknown");
}

BOOST_AUTO_TEST_CASE(depth_is_bounded) {
    const auto nested = [](std::size_t depth) { return std::string(depth, '(') + "pid==1" + std::string(depth, ')'); };
    BOOST_TEST(mistake_in(nested(99)) == "none");
    BOOST_TEST(mistake_in(nested(100)) == "101: nested deeper than 100 levels");
    BOOST_TEST(mistake_in(nested(30000)) == "101: nested deeper than 100 levels");
    BOOST_TEST(mistake_in(std::string(60000, '!') + "pid") == "101: nested deeper than 100 levels");
    // Long is not deep.
    std::string row = "pid==1";
    while (row.size() < 65000) row += "||pid==1";
    BOOST_TEST(mistake_in(row) == "none");
}

// Any text is an expression or a mistake with a place in the text; and no row upsets it.
BOOST_AUTO_TEST_CASE(hostile_texts_are_mistakes) {
    const std::string_view pieces[] = {"pid",
                                       "call",
                                       "path",
                                       "time",
                                       "duration",
                                       "error",
                                       "state",
                                       "==",
                                       "!=",
                                       "<",
                                       "<=",
                                       ">",
                                       ">=",
                                       "~",
                                       "!~",
                                       "&&",
                                       "||",
                                       "!",
                                       "(",
                                       ")",
                                       ",",
                                       " in ",
                                       " not ",
                                       "\"",
                                       "\\",
                                       "1",
                                       "-1",
                                       "10ms",
                                       "03:21",
                                       "FILE",
                                       "openat",
                                       "ENOENT",
                                       "*",
                                       "[a-",
                                       "]",
                                       " ",
                                       "\n",
                                       "\xff",
                                       "=",
                                       "99999999999999999999",
                                       "9223372036854775807",
                                       "0x",
                                       ".",
                                       "s",
                                       "complete"};
    Random random(11);
    std::size_t valid = 0;
    for (int round = 0; round < 200000; ++round) {
        std::string text;
        for (std::uint64_t i = random.below(9); i > 0; --i) text += pieces[random.below(std::size(pieces))];
        // An expression at times, with something put into it.
        if (random.below(4) == 0) text = "pid==1 && call in (FILE, read) || !path~\"/*\"";
        if (random.below(2) == 0) text.insert(random.below(text.size() + 1), pieces[random.below(std::size(pieces))]);
        const auto expression = Expression::parse(text);
        if (expression) {
            ++valid;
            (void)expression->matches(failed_open());
            (void)expression->matches(open_read());
            (void)expression->matches({});
        } else if (!expression.error().quote || expression.error().quote->at > text.size()) {
            BOOST_ERROR("no place in: " << text);
        }
    }
    BOOST_TEST(valid > 1000U);
}

BOOST_AUTO_TEST_CASE(globs) {
    BOOST_TEST(glob_matches("", ""));
    BOOST_TEST(!glob_matches("", "a"));
    BOOST_TEST(glob_matches("*", ""));
    BOOST_TEST(glob_matches("/etc/*", "/etc/a/b"));
    BOOST_TEST(glob_matches("*/[a-c]?.tx[!x]", "/usr/b1.txt"));
    BOOST_TEST(!glob_matches("*/[a-c]?.tx[!t]", "/usr/b1.txt"));
    BOOST_TEST(glob_matches("a*b*c", "a1b2b3c"));
    BOOST_TEST(!glob_matches("a*b*c", "a1b2b3"));
    BOOST_TEST(glob_matches("\\*[]]", "*]"));
    BOOST_TEST(glob_matches("[a", "[a"));
    BOOST_TEST(!glob_matches("[a", "a"));
    // The usual trap of patterns: no more than a product of lengths.
    BOOST_TEST(!glob_matches("*a*a*a*a*a*a*a*a*a*a*b", std::string(4096, 'a')));
}

BOOST_AUTO_TEST_CASE(distances_between_words) {
    BOOST_TEST(edit_distance("", "abc") == 3U);
    BOOST_TEST(edit_distance("read", "read") == 0U);
    BOOST_TEST(edit_distance("raed", "read") == 1U);  // neighbours swapped
    BOOST_TEST(edit_distance("opnat", "openat") == 1U);
    BOOST_TEST(edit_distance("enoent", "ENOENT") == 0U);
    BOOST_TEST(edit_distance("kitten", "sitting") == 3U);
}

BOOST_AUTO_TEST_CASE(moments_that_a_recording_places) {
    const auto range = [](const char* text) {
        const auto when = parse_when(text);
        return when ? when->range : Range{1, 0};
    };
    constexpr std::int64_t kDay = 20779 * kNanosPerDay;  // date -d 2026-11-22 +%s, by 86400
    BOOST_TEST((range("2026-11-22") == Range{kDay, kDay + kNanosPerDay - 1}));
    BOOST_TEST((range("2026-11-22 03:2") == Range{kDay + 3 * kHour + kHour / 3, kDay + 3 * kHour + kHour / 2 - 1}));
    BOOST_TEST((range("2026-11-22T03") == Range{kDay + 3 * kHour, kDay + 4 * kHour - 1}));
    BOOST_TEST((range("1969-12-31") == Range{-kNanosPerDay, -1}));
    BOOST_TEST((range("-5s") == Range{-5'000'000'000, -5'000'000'000}));
    for (const char* text : {"", "-", "-5", "03:21", "2026", "2026-13-01", "2026-02-29", "2026-11-22 ", "2026-11-22x03",
                             "2026-11-22 24", "0000-01-01", "9999-01-01", "2026-+1-22", "2026-11-2", "-9223372037s"})
        BOOST_TEST(!parse_when(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(values_as_users_write_them) {
    BOOST_TEST((parse_time_of_day("03:21") == Range{3 * kHour + 21 * kHour / 60, 3 * kHour + 22 * kHour / 60 - 1}));
    BOOST_TEST((parse_time_of_day("23:59:59.999999999") == Range{kNanosPerDay - 1, kNanosPerDay - 1}));
    // Any beginning of a time is all that begins so.
    constexpr std::int64_t kMinute = kHour / 60;
    BOOST_TEST((parse_time_of_day("06:3") == Range{6 * kHour + 30 * kMinute, 6 * kHour + 40 * kMinute - 1}));
    BOOST_TEST((parse_time_of_day("06:30:1") ==
                Range{6 * kHour + 30 * kMinute + kMinute / 6, 6 * kHour + 30 * kMinute + kMinute / 3 - 1}));
    BOOST_TEST((parse_time_of_day("1") == Range{10 * kHour, 20 * kHour - 1}));
    BOOST_TEST((parse_time_of_day("2") == Range{20 * kHour, 24 * kHour - 1}));
    BOOST_TEST((parse_time_of_day("6:03:") == Range{6 * kHour + 3 * kMinute, 6 * kHour + 4 * kMinute - 1}));
    BOOST_TEST((parse_time_of_day("06:03:01.") == parse_time_of_day("06:03:01")));
    for (const char* text : {"", ":", "3", "06:7", "06:00:6", "24", "1:60", "1:2:60", "1:2:3.0123456789", "1.5",
                             "1:2.5", "-1", "+1", "1:2:3:4", "003"})
        BOOST_TEST(!parse_time_of_day(text).has_value(), text);
    BOOST_TEST(*parse_duration("1.5us") == 1500);
    BOOST_TEST(*parse_duration("9223372036854775807ns") == 9223372036854775807);
    for (const char* text : {"", "s", "1", "1.s", ".5s", "1.5ns", "1m", "-1s", "1e3s", "9223372037s", "1.2.3s", "1 s"})
        BOOST_TEST(!parse_duration(text).has_value(), text);
    BOOST_TEST(*parse_integer("0xffffffffffffffff") == -1);
    for (const char* text : {"", "-", "0x", "0x-1", "1x", "99999999999999999999", "+1"})
        BOOST_TEST(!parse_integer(text).has_value(), text);
    BOOST_TEST(*parse_error_number("EWOULDBLOCK") == 11);
    BOOST_TEST(*parse_error_number("ERESTARTSYS") == 512);
    BOOST_TEST(!parse_error_number("0").has_value());
    BOOST_TEST(!parse_error_number("4096").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
