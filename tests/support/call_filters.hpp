// SPDX-License-Identifier: GPL-2.0-or-later
// For tests that filter system calls: of an emulated machine (qemu-user), the kernel cannot.
#pragma once

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>

namespace kstrax::test {

/// A precondition, which leaves a test out.
inline boost::test_tools::assertion_result kernel_filters_calls(boost::unit_test::test_unit_id /*test*/) {
    const std::uint32_t action = SECCOMP_RET_KILL_PROCESS;
    boost::test_tools::assertion_result takes(::syscall(__NR_seccomp, SECCOMP_GET_ACTION_AVAIL, 0U, &action) == 0);
    takes.message() << "the kernel takes no filters of system calls (SECCOMP_GET_ACTION_AVAIL)";
    return takes;
}

}  // namespace kstrax::test
