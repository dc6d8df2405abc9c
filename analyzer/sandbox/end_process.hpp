// SPDX-License-Identifier: GPL-2.0-or-later
/// How a child that was forked ends.
#pragma once

#include <unistd.h>

#ifdef KSTRAX_COVERAGE
extern "C" void __gcov_dump(void);
#endif

namespace kstrax {

/// Ends this process, and neither flushes nor removes what is its parent's. Nor do counts of lines that ran write
/// themselves down, where the compiler has put some in: they are asked to.
[[noreturn]] inline void end_process(int status) {
#ifdef KSTRAX_COVERAGE
    __gcov_dump();
#endif
    ::_exit(status);
}

}  // namespace kstrax
