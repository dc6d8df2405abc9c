// SPDX-License-Identifier: GPL-2.0-or-later
// gnuplot as a child process.
#pragma once

#include <string>

#include "analyzer/base/output.hpp"

namespace kstrax {

/// Runs a script, and writes what it draws to `output`; no file name reaches
/// gnuplot. Fails with one line: gnuplot is not there, or what it complained of.
[[nodiscard]] Result<void> draw_to(const std::string& script, Output& output);

/// Runs a script that opens a window, which stays.
[[nodiscard]] Result<void> draw_window(const std::string& script);

}  // namespace kstrax
