// SPDX-License-Identifier: GPL-2.0-or-later
// gnuplot as a child process.
#pragma once

#include <sys/types.h>

#include <memory>
#include <string>

#include "analyzer/base/output.hpp"

namespace kstrax {

/// A helper that runs gnuplot when it is asked to. It is started before any input is open, so gnuplot gets nothing of an
/// input but the script; whoever reads the input needs no right to run programs.
class Gnuplot {
  public:
    enum class Confined : bool { No, Yes };
    /// `confined`: gnuplot changes no file and has no network, so it opens no window either.
    [[nodiscard]] static Result<std::unique_ptr<Gnuplot>> start(Confined confined);

    Gnuplot(const Gnuplot&) = delete;
    Gnuplot& operator=(const Gnuplot&) = delete;
    ~Gnuplot();

    /// Runs a script and returns the drawing; no file name reaches gnuplot.
    /// Fails with one line: gnuplot is not installed, or gnuplot's complaint.
    [[nodiscard]] Result<std::string> draw(const std::string& script);
    /// Runs a script that opens a window, which stays.
    [[nodiscard]] Result<void> draw_window(const std::string& script);

  private:
    struct Files;
    struct Outcome;
    Gnuplot();
    [[nodiscard]] Result<Outcome> run(const std::string& script);

    std::unique_ptr<Files> files_;
    pid_t helper_ = -1;
    int socket_ = -1;
};

}  // namespace kstrax
