// SPDX-License-Identifier: GPL-2.0-or-later
// gnuplot as a child process.
#pragma once

#include <string>

#include "analyzer/base/output.hpp"

namespace kstrax {

/// Runs a script, and answers what it draws; no file name reaches gnuplot.
/// Fails with one line: gnuplot is not there, or what it complained of.
[[nodiscard]] Result<std::string> run_gnuplot(const std::string& script);

/// Runs a script that opens a window, which stays.
[[nodiscard]] Result<void> draw_window(const std::string& script);

}  // namespace kstrax
