// SPDX-License-Identifier: GPL-2.0-or-later
// A filter of system calls, as the kernel takes it: a program of classic BPF. Source: Documentation/userspace-api/seccomp_filter.rst
// of Linux.
#pragma once

#include <linux/filter.h>

#include <vector>

#include "analyzer/sandbox/calls.hpp"

namespace kstrax {

/// A program that allows these calls, ends the process at deadly_calls() and at calls by another architecture's numbers, and
/// refuses all others (EPERM). Of rules for one call the first counts.
[[nodiscard]] std::vector<sock_filter> call_filter(std::span<const AllowedCall> allowed);

/// This thread, and those that it starts, make no other calls from now on. Answers whether that holds; otherwise errno says why.
/// Precondition: no new privileges (PR_SET_NO_NEW_PRIVS).
[[nodiscard]] bool filter_calls(std::span<const sock_filter> program);

}  // namespace kstrax
