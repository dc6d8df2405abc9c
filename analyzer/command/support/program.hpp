// SPDX-License-Identifier: GPL-2.0-or-later
// A command as a process of its own, whose descriptors and signals are ours.
#pragma once

#include <functional>
#include <string_view>

#include "analyzer/command/support/exit_status.hpp"

namespace kstrax {

/// For main() only: run_command(), from a sound beginning to an end that is told.
/// - Descriptors 0 to 2 are taken, so no file that is opened later becomes standard output or standard error.
///   One that was closed stays of no use: reading from it and writing to it fail.
/// - A limit on the size of files (SIGXFSZ) is an error of the write, as a full disk is.
/// - What ends the process (SIGINT, SIGTERM, SIGHUP, SIGQUIT) leaves no temporary file of an output.
/// - What was printed is out at the end, or it is kFailed.
int run_program(std::string_view tool, const std::function<ExitStatus()>& command);

}  // namespace kstrax
