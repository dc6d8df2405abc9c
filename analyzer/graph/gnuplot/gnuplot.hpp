// SPDX-License-Identifier: GPL-2.0-or-later
// gnuplot as a child process.
#pragma once

#include <string>

#include "analyzer/base/output.hpp"

namespace kstrax {

/// Runs a script and returns the drawing; no file name reaches gnuplot.
/// Fails with one line: gnuplot is not installed, or gnuplot's complaint.
[[nodiscard]] Result<std::string> run_gnuplot(const std::string& script);

/// Runs a script that opens a window, which stays.
[[nodiscard]] Result<void> draw_window(const std::string& script);

}  // namespace kstrax
