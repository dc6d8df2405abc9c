// SPDX-License-Identifier: GPL-2.0-or-later
// Independent pieces of work on every processor.
#pragma once

#include <cstddef>
#include <functional>

namespace kstrax {

/// How many processors there are, at least 1. Asked once: the answer lies in files that cannot be opened in a sandbox.
[[nodiscard]] unsigned processors();

/// Calls work(i) once for each i below count, on as many threads as there are
/// processors (the caller's among them), and returns when all are done.
/// If work throws, the rest may be left out, and one of the exceptions is thrown here.
void parallel_for(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace kstrax
