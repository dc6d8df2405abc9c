// SPDX-License-Identifier: GPL-2.0-or-later
// Lines of strace, each form that it prints.
#include "analyzer/importers/strace_text/strace_line.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "formats/argument_text.hpp"

using namespace kstrax;

namespace {

/// "KIND THREAD TIME NAME TEXT = RESULT DURATION", "-" for what is not told.
std::string told(std::string_view text) {
    constexpr std::string_view kKinds[]{"call", "unfinished", "resumed", "signal",
                                        "end",  "attached",   "remark",  "other"};
    const StraceLine line = parse_strace_line(text);
    const auto number = [](const auto& value) { return value ? std::to_string(*value) : std::string("-"); };
    std::string all(kKinds[static_cast<std::size_t>(line.kind)]);
    all += " " + number(line.thread) + (line.command.empty() ? "" : "<" + std::string(line.command) + ">");
    all += " " + (line.clock == StraceClock::None ? "-" : std::to_string(line.time));
    all += " " + std::string(line.name) + " [" + std::string(line.text) + "]";
    const std::string result = line.result ? std::to_string(static_cast<std::int64_t>(*line.result)) : "-";
    return all + " = " + result + " " + number(line.duration);
}

std::string result_of(const std::string& text) {
    const StraceLine line = parse_strace_line("1 1700000000.5 f() = " + text);
    BOOST_TEST((line.kind == StraceKind::Call));
    return line.result ? std::to_string(static_cast<std::int64_t>(*line.result)) : "-";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(strace_line)

BOOST_AUTO_TEST_CASE(a_whole_call) {
    BOOST_TEST(told("12 1700000000.000100 read(3, \"x\", 1)    = 1 <0.000012>") ==
               "call 12 1700000000000100000 read [3, \"x\", 1] = 1 12000");
    BOOST_TEST(told("[pid    12] 23:59:59.5 close(1) = 0 <1.5>") == "call 12 86399500000000 close [1] = 0 1500000000");
    BOOST_TEST(told("1700000000 getpid() = 9") == "call - 1700000000000000000 getpid [] = 9 -");
    BOOST_TEST(told("getpid() = 9") == "call - - getpid [] = 9 -");
    BOOST_TEST(told("12<sh> 1700000000.5 getpid() = 9") == "call 12<sh> 1700000000500000000 getpid [] = 9 -");
    BOOST_TEST(told("[pid 12<a b>] 1700000000.5 getpid() = 9") == "call 12<a b> 1700000000500000000 getpid [] = 9 -");
}

BOOST_AUTO_TEST_CASE(what_options_add_before_a_call_is_passed_over) {
    BOOST_TEST(told("12 1700000000.000100 (+     0.000020) [  39] [00007f3a5c0b2aa7] getpid() = 9 <0.000001>") ==
               "call 12 1700000000000100000 getpid [] = 9 1000");
    BOOST_TEST((parse_strace_line("12      0.000020 getpid() = 9").clock == StraceClock::Relative));
}

BOOST_AUTO_TEST_CASE(text_that_looks_like_an_end_is_none) {
    BOOST_TEST(told("1 1700000000.5 write(1, \") = 7 <0.1>\", 10) = 10 <0.2>") ==
               "call 1 1700000000500000000 write [1, \") = 7 <0.1>\", 10] = 10 200000000");
    BOOST_TEST(told("1 1700000000.5 poll([{fd=3}], 1, 0) = 1 ([{fd=3, revents=POLLIN}]) <0.2>") ==
               "call 1 1700000000500000000 poll [[{fd=3}], 1, 0] = 1 200000000");
}

BOOST_AUTO_TEST_CASE(a_call_in_two_parts) {
    BOOST_TEST(told("1 1700000000.5 read(3,  <unfinished ...>") == "unfinished 1 1700000000500000000 read [3, ] = - -");
    BOOST_TEST(told("1 1700000000.5 close(4 <unfinished ...>") == "unfinished 1 1700000000500000000 close [4] = - -");
    BOOST_TEST(told("1 1700000000.5 pause( <detached ...>") == "unfinished 1 1700000000500000000 pause [] = - -");
    BOOST_TEST(told("1 1700000000.6 <... read resumed>\"x\", 1) = 1 <0.1>") ==
               "resumed 1 1700000000600000000 read [\"x\", 1] = 1 100000000");
    BOOST_TEST(told("1 1700000000.6 <... read resumed> <unfinished ...>) = ?") ==
               "resumed 1 1700000000600000000 read [] = - -");
}

BOOST_AUTO_TEST_CASE(results) {
    BOOST_TEST(result_of("0x7f00") == "32512");
    BOOST_TEST(result_of("022") == "18");
    BOOST_TEST(result_of("3</tmp/file>") == "3");
    BOOST_TEST(result_of("-1 ENOENT (No such file or directory) <0.1>") == "-2");
    BOOST_TEST(result_of("-1 (errno 530)") == "-530");
    BOOST_TEST(result_of("-1") == "-1");
    BOOST_TEST(result_of("? ERESTARTSYS (To be restarted if SA_RESTART is set)") == "-512");
    BOOST_TEST(result_of("?") == "-");
    BOOST_TEST(result_of("0 (Timeout)") == "0");
}

BOOST_AUTO_TEST_CASE(what_is_no_call) {
    BOOST_TEST(told("1 1700000000.5 --- SIGCHLD {si_signo=SIGCHLD} ---") ==
               "signal 1 1700000000500000000  [SIGCHLD {si_signo=SIGCHLD}] = - -");
    BOOST_TEST(told("1 1700000000.5 +++ killed by SIGKILL +++") ==
               "end 1 1700000000500000000  [killed by SIGKILL] = - -");
    BOOST_TEST(told("strace: Process 12 attached") == "attached 12 -  [] = - -");
    BOOST_TEST(told("Process 12 detached") == "remark 12 -  [] = - -");
    BOOST_TEST(told("") == "remark - -  [] = - -");
    BOOST_TEST(parse_strace_line("strace: [ Process PID=12 runs in 32 bit mode. ]").compat);
    BOOST_TEST(!parse_strace_line("[ Process PID=12 runs in 64 bit mode. ]").compat);
    for (const std::string_view line :
         {"hello", "read(3", "12", "1 1700000000.5 read(3) 1", "Read(1) = 1", "(1) = 1", "+++ x",
          "1 1700000000.5 <... read", "--- a", "99999999999999999999 close(1) = 0"})
        BOOST_TEST((parse_strace_line(line).kind == StraceKind::Other), line);
}

BOOST_AUTO_TEST_CASE(the_text_of_an_argument) {
    const auto first = quoted_argument("AT_FDCWD, \"/a\\\"b\"..., 0", 1);
    BOOST_REQUIRE(first.has_value());
    BOOST_TEST(first->escaped == "/a\\\"b");
    BOOST_TEST(first->cut);
    BOOST_TEST(!quoted_argument("AT_FDCWD, 0x7f00, \"x\"", 1).has_value());
    BOOST_TEST(!quoted_argument("[\"sh\", \"x\"], \"y\"", 0).has_value());
    BOOST_TEST(quoted_argument("[\"sh\", \"x\"], \"y\"", 1)->escaped == "y");
    BOOST_TEST(!quoted_argument("\"open", 0).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
