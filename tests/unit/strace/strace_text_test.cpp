// SPDX-License-Identifier: GPL-2.0-or-later
// What strace has printed as a recording: calls of threads, with what became of each.
#include <boost/test/unit_test.hpp>

#include "analyzer/session/session.hpp"
#include "analyzer/views/call_rows.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

struct Opened {
    TempFolder folder;
    std::unique_ptr<Session> session;
    Result<OpenedRecording> result = Error{ErrorCode::Io, "was not opened"};

    explicit Opened(const std::string& text, const std::string& name = "strace.txt") {
        auto made = Session::open({.names = {folder.write(name, text)}, .find = {}, .tell = {}});
        if (made) {
            session = std::move(*made);
            result = session->open_recording();
        } else {
            result = made.error();
        }
    }
    [[nodiscard]] const Recording& recording() const { return result->recording; }
    /// "THREAD NAME(TEXT) = RESULT STATE START+DURATION" of each call; times in microseconds of their second.
    [[nodiscard]] std::string calls() const {
        BOOST_REQUIRE(result.ok());
        ReportContext context(recording());
        std::string all, scratch;
        (void)pair_recording(context, [&](const Call& call) {
            const auto micro = [](Nanos time) { return std::to_string(time / 1000 % 1'000'000); };
            all += std::to_string(call.tid) + " " + std::string(context.names.name_of(call.abi, call.nr, scratch)) +
                   "(" + std::string(call.told) + std::string(call.told_at_exit) +
                   ") = " + (call.has_exit ? std::to_string(static_cast<std::int64_t>(call.ret)) : "?") + " " +
                   std::string(describe(call.state).name) + " " + micro(call.start) +
                   (call.has_exit ? "+" + micro(call.end - call.start) : "") + "\n";
        });
        return all;
    }
};

constexpr std::string_view kTwoThreads =
    "12 1700000000.000100 openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY) = 3 <0.000010>\n"
    "12 1700000000.000200 read(3,  <unfinished ...>\n"
    "13 1700000000.000210 close(9) = -1 EBADF (Bad file descriptor) <0.000005>\n"
    "12 1700000000.000300 <... read resumed>\"x\", 1) = 1 <0.000050>\n"
    "13 1700000000.000400 exit_group(0) = ?\n"
    "13 1700000000.000500 +++ exited with 0 +++\n"
    "12 1700000000.000600 pause( <detached ...>\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(strace_text)

BOOST_AUTO_TEST_CASE(calls_are_as_strace_tells_them) {
    const Opened opened{std::string(kTwoThreads)};
    BOOST_TEST(opened.calls() ==
               "12 openat(AT_FDCWD, \"/etc/passwd\", O_RDONLY) = 3 complete 100+10\n"
               "13 close(9) = -9 complete 210+5\n"
               "12 read(3, \"x\", 1) = 1 complete 200+50\n"
               "13 exit_group(0) = ? no_return 400\n"
               "12 pause() = ? in_flight 600\n");
    BOOST_TEST(opened.recording().facts.recorder == "strace");
    BOOST_TEST(opened.recording().cpus.front().head == 9U);
    BOOST_TEST(opened.recording().findings.size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_thread_that_dies_in_a_call_does_not_come_back) {
    const Opened opened{
        "12 1700000000.000100 getpid() = 12 <0.000001>\n"
        "12 1700000000.000200 read(0,  <unfinished ...>\n"
        "12 1700000000.000300 <... read resumed> <unfinished ...>) = ?\n"
        "12 1700000000.000400 +++ killed by SIGKILL +++\n"};
    BOOST_TEST(opened.calls() == "12 getpid() = 12 complete 100+1\n12 read(0, ) = ? exit_lost 200\n");
}

BOOST_AUTO_TEST_CASE(lines_without_a_thread_are_of_the_only_one) {
    const Opened opened{
        "1700000000.000100 vfork() = 13 <0.000001>\n"
        "strace: Process 13 attached\n"
        "[pid    13] 1700000000.000200 getpid() = 13 <0.000001>\n"
        "[pid    12] 1700000000.000300 getpid() = 12 <0.000001>\n"
        "[pid    13] 1700000000.000400 +++ exited with 0 +++\n"
        "1700000000.000500 getppid() = 1 <0.000001>\n"};
    BOOST_TEST(opened.calls() ==
               "12 vfork() = 13 complete 100+1\n13 getpid() = 13 complete 200+1\n12 getpid() = 12 complete 300+1\n"
               "12 getppid() = 1 complete 500+1\n");
    BOOST_TEST(Opened("1700000000.1 getpid() = 7 <0.1>\n", "out.7").calls() ==
               "7 getpid() = 7 complete 100000+100000\n");
}

BOOST_AUTO_TEST_CASE(calls_of_32_bit_programs_have_their_own_names) {
    const Opened opened{
        "12 1700000000.000100 rseq(0, 0) = 0 <0.000001>\n"
        "12 1700000000.000150 _llseek(1, 0, [0], SEEK_SET) = 0 <0.000001>\n"
        "strace: [ Process PID=12 runs in 32 bit mode. ]\n"
        "12 1700000000.000200 read(1, \"\", 0) = 0 <0.000001>\n"};
    ReportContext context(opened.recording());
    std::string numbers;
    (void)pair_recording(
        context, [&](const Call& call) { numbers += std::to_string(call.abi) + ":" + std::to_string(call.nr) + " "; });
    BOOST_TEST(numbers == "0:334 1:140 1:3 ");
}

BOOST_AUTO_TEST_CASE(a_day_may_end) {
    const Opened opened{"12 23:59:59.999999 getpid() = 12 <0.000001>\n12 00:00:00.000001 getpid() = 12 <0.000001>\n"};
    ReportContext context(opened.recording());
    std::vector<Nanos> starts;
    (void)pair_recording(context, [&](const Call& call) { starts.push_back(call.start); });
    BOOST_TEST_REQUIRE(starts.size() == 2U);
    BOOST_TEST(starts[1] - starts[0] == 2000U);
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_told) {
    const Opened opened{std::string(kTwoThreads) +
                        "what is this\n12 1700000000.000700 no_such_call() = 0 <0.000001>\n"};
    BOOST_TEST_REQUIRE(opened.recording().findings.size() == 3U);
    const auto& findings = opened.recording().findings;
    BOOST_TEST((findings.begin() + 1)->text ==
               "1 lines are none of strace's, the first is line 8: what they say is left out");
    BOOST_TEST((findings.begin() + 2)->text ==
               "1 names are of no call that x86-64 is known to have: such calls are shown without one");
}

BOOST_AUTO_TEST_CASE(text_that_does_not_tell_enough_is_refused) {
    BOOST_TEST(
        Opened("getpid() = 9\n")
            .result.error()
            .message.ends_with(": strace's text without times: strace -f -ttt -T -o FILE records what is needed"));
    BOOST_TEST(Opened("     0.000020 getpid() = 9\n").result.error().message.find("(-r tells differences)") !=
               std::string::npos);
    BOOST_TEST(Opened("1700000000.1 getpid() = 9\n").result.error().message.find("without durations of calls") !=
               std::string::npos);
    BOOST_TEST(Opened("some text\nof another kind\n").result.error().message.find("strace's text") ==
               std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
