// SPDX-License-Identifier: GPL-2.0-or-later
// The parts of the sandbox, each in a process of its own; what programs do in it is tried by
// tests/cli/inputs/sandbox_test.sh.
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <csignal>
#include <functional>

#include "analyzer/arch/own_audit.hpp"
#include "analyzer/sandbox/landlock.hpp"
#include "analyzer/sandbox/seccomp.hpp"
#include "tests/support/call_filters.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr int kNotEntered = 255;

/// What a process answers that has entered it: at most 254; or -1 - the signal that ended it.
int in_process(const std::function<bool()>& enter, const std::function<int()>& act) {
    const pid_t child = ::fork();
    if (child == 0) {
        const bool entered = ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && enter();
        // Not _exit(): before that, sanitizers make calls of their own.
        ::syscall(__NR_exit_group, entered ? act() : kNotEntered);
    }
    int status = 0;
    BOOST_REQUIRE(::waitpid(child, &status, 0) == child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1 - WTERMSIG(status);
}

constexpr AllowedArgument one_of(std::uint32_t index, std::uint32_t mask, std::uint32_t first, std::uint32_t second) {
    return {index, mask, {first, second}, 2};
}
constexpr AllowedCall kSome[] = {
    {__NR_exit_group}, {__NR_getppid}, {__NR_fcntl, one_of(1, ~0U, F_GETFD, F_GETFL)}, {__NR_dup3, one_of(2, 1, 0, 0)}};

/// errno of a call under a filter that allows these alone; 0: it was let through.
int call(long number, long first = 0, long second = 0, long third = 0) {
    return in_process([] { return filter_calls(call_filter(kSome)); },
                      [&] { return ::syscall(number, first, second, third) < 0 ? errno : 0; });
}

boost::test_tools::assertion_result calls_can_be_filtered(boost::unit_test::test_unit_id test) {
    if (kOwnAudit != 0) return kernel_filters_calls(test);
    boost::test_tools::assertion_result unknown(false);
    unknown.message() << "there is no filter for this architecture";
    return unknown;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sandbox)

BOOST_AUTO_TEST_CASE(a_call_is_allowed_or_refused_or_the_end, *boost::unit_test::precondition(calls_can_be_filtered)) {
    BOOST_TEST(call(__NR_getppid) == 0);
    BOOST_TEST(call(__NR_getuid) == EPERM);
    BOOST_TEST(call(__NR_openat, AT_FDCWD, 0, 0) == EPERM);
    BOOST_TEST(call(__NR_clone3) == ENOSYS);
    BOOST_TEST(call(__NR_execve) == -1 - SIGSYS);
    BOOST_TEST(call(__NR_socket) == -1 - SIGSYS);
    // The same call by another table of the same architecture.
    BOOST_TEST(call(0x40000000 | __NR_getppid) == -1 - SIGSYS);
}

BOOST_AUTO_TEST_CASE(an_argument_is_one_of_the_values, *boost::unit_test::precondition(calls_can_be_filtered)) {
    BOOST_TEST(call(__NR_fcntl, 0, F_GETFD) == 0);
    BOOST_TEST(call(__NR_fcntl, 0, F_GETFL) == 0);
    BOOST_TEST(call(__NR_fcntl, 0, F_SETFD) == EPERM);
    BOOST_TEST(call(__NR_fcntl, 0, 0x100 | F_GETFD) == EPERM);
    // Under a mask of one bit, let through to a kernel that does not like the others.
    BOOST_TEST(call(__NR_dup3, 0, 1, 2) == EINVAL);
    BOOST_TEST(call(__NR_dup3, 0, 1, 3) == EPERM);
}

BOOST_AUTO_TEST_CASE(a_rule_that_asks_for_an_argument_has_values) {
    for (const auto& calls : {calls_to_analyse(), calls_for_outputs(), calls_for_helpers(), calls_for_readers()})
        for (const AllowedCall& call : calls) {
            BOOST_TEST(call.argument.count <= call.argument.values.size());
            BOOST_TEST((call.argument.mask == 0) == (call.argument.count == 0));
        }
}

BOOST_AUTO_TEST_CASE(files_are_made_where_a_rule_says_so, *boost::unit_test::precondition([](auto) {
                         return boost::test_tools::assertion_result(landlock_abi() > 0);
                     })) {
    const TempFolder ours, others;
    const std::string there = others.write("there", "content");
    const auto attempt = [&](const std::function<int()>& act) {
        const FileRule rules[] = {{ours.path("."), FileAccess::Make}, {"/nowhere", FileAccess::Read}};
        return in_process([&] { return restrict_files(landlock_abi(), rules); }, act);
    };
    const auto open = [](const std::string& path, int flags) {
        return ::open(path.c_str(), flags | O_CLOEXEC, 0600) < 0 ? errno : 0;
    };
    BOOST_TEST(attempt([&] { return open(ours.path("new"), O_RDWR | O_CREAT | O_EXCL); }) == 0);
    BOOST_TEST(attempt([&] { return open(others.path("new"), O_RDWR | O_CREAT | O_EXCL); }) == EACCES);
    BOOST_TEST(attempt([&] { return open(there, O_RDONLY); }) == EACCES);
    BOOST_TEST(attempt([&] {
                   return ::rename(ours.path("new").c_str(), ours.path("renamed").c_str()) != 0 ? errno : 0;
               }) == 0);
    BOOST_TEST(attempt([&] { return ::unlink(there.c_str()) != 0 ? errno : 0; }) == EACCES);
}

BOOST_AUTO_TEST_SUITE_END()
