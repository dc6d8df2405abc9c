// SPDX-License-Identifier: GPL-2.0-or-later
// Whole lines of text reports by every clock, and with arguments by name.
#include <boost/test/unit_test.hpp>

#include "tests/support/reports.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

/// Two threads on two CPUs; the second's call begins within the first's and returns after it.
constexpr std::string_view kScript = R"(layout x86_64
cpus 2
entries 16
start 5000000000 1700000000000000000
0 5000001000 tid=10 openat args=-100,0x1000,0x241,0x1a4 path="/tmp/a"
1 5000001500 tid=11 read args=3,0x2000,10
0 5000003000 tid=10 openat = 3
1 5000004250 tid=11 read = -11
0 5000009000 tid=10 kill args=11,15
)";

std::string report(ReportKind kind, TimeStyle times, bool meanings = false) {
    const RingImage image(kScript);
    const SearchedMemory searched(image.memory);
    StringOutput output;
    const auto outcome = write_report(searched.recording(),
                                      {.kind = kind,
                                       .tool = "test",
                                       .source = "image",
                                       .source_format = "test",
                                       .times = times,
                                       .meanings = meanings},
                                      output);
    BOOST_REQUIRE(outcome.ok());
    std::string text = output.text();
    return text.substr(text.find('\n') + 1);  // the first line is of the clock's tests
}

}  // namespace

BOOST_AUTO_TEST_SUITE(report_times)

BOOST_AUTO_TEST_CASE(paired_with_names_and_six_digits) {
    BOOST_TEST(
        report(ReportKind::Paired, {TimeForm::Wall, false, 6}, true) ==
        "#   pid  start            end              call\n"
        "     10  22:13:20.000001  22:13:20.000003  openat(AT_FDCWD, \"/tmp/a\", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 3\n"
        "     11  22:13:20.000001  22:13:20.000004  read(3, 0x2000, 10) = -1 EAGAIN (Resource temporarily "
        "unavailable)\n"
        "     10  22:13:20.000009  -                kill(11, SIGTERM) = ? <in flight>\n"
        "# lost: 0 records of 0 calls\n");
}

// A line's start since the start of the line above, its end since its own start.
BOOST_AUTO_TEST_CASE(differences_between_calls) {
    BOOST_TEST(
        report(ReportKind::Paired, {TimeForm::Delta, false, 9}) ==
        "#   pid  since               for                 call\n"
        "     10        +0.000000000        +0.000002000  openat(0xffffffffffffff9c, \"/tmp/a\", 0x241, 0x1a4) = 0x3\n"
        "     11        +0.000000500        +0.000002750  read(0x3, 0x2000, 0xa) = -1 EAGAIN (Resource temporarily "
        "unavailable)\n"
        "     10        +0.000007500  -                   kill(0xb, 0xf) = ? <in flight>\n"
        "# lost: 0 records of 0 calls\n");
}

BOOST_AUTO_TEST_CASE(differences_between_entries) {
    BOOST_TEST(report(ReportKind::Raw, {TimeForm::Delta, false, 9}, true) ==
               "# serial  cpu     pid  since                 nr  call\n"
               "       1    0      10        +0.000000000   257  openat(AT_FDCWD, \"/tmp/a\", "
               "O_WRONLY|O_CREAT|O_TRUNC, 0644)\n"
               "       1    1      11        +0.000000500     0  read(3, 0x2000, 10)\n"
               "       3    0      10        +0.000001500   257  openat = 3\n"
               "       2    1      11        +0.000001250     0  read = -1 EAGAIN (Resource temporarily unavailable)\n"
               "       4    0      10        +0.000004750    62  kill(11, SIGTERM)\n"
               "# lost: 0 records of 0 calls\n");
}

BOOST_AUTO_TEST_CASE(since_the_first_record) {
    BOOST_TEST(report(ReportKind::InFlight, {TimeForm::Relative, false, 6}, true) ==
               "#   cpu     pid    tgid  since               for (s)  source  call\n"
               "      0      10      10         0.000008     0.000000  ring    kill(11, SIGTERM)\n"
               "# lost: 0 records of 0 calls\n");
    BOOST_TEST(report(ReportKind::Raw, {TimeForm::Relative, false, 9})
                   .find("\n       1    1      11         0.000000500     0  read") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_monotonic_clock) {
    BOOST_TEST(report(ReportKind::Paired, {TimeForm::Monotonic, false, 6})
                   .find("\n     10         5.000001         5.000003  openat") != std::string::npos);
    BOOST_TEST(report(ReportKind::Summary, {TimeForm::Monotonic, false, 6})
                   .find("recorded   5.000001 to 5.000009 seconds of its monotonic clock, ") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
