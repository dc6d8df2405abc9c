// SPDX-License-Identifier: GPL-2.0-or-later
// What a command says to the shell, and how it says what went wrong.
#pragma once

#include <functional>
#include <string_view>

#include "analyzer/base/result.hpp"
#include "analyzer/sinks/color.hpp"

namespace kstrax {

enum ExitStatus : int {
    kDone = 0,
    kFailed = 1,
    kUsage = 2,
    kIncomplete = 3,  ///< the report is made, but the data is known to be incomplete or damaged
};

/// When messages are in colour; Auto until somebody says otherwise.
void set_message_color(ColorMode mode);

/// One line on standard error: "TOOL: LEVEL: message". The message may quote what the user typed, a file's name, or
/// bytes of a dump: it goes through plain_text(), as all messages do.
void complain(std::string_view tool, std::string_view level, std::string_view message);

/// Says the error, if it has a message, with a caret below its quote; answers the status that goes with it.
ExitStatus fail(std::string_view tool, const Error& error);

/// Runs a command; what it throws (memory that ran out, say) is one line and kFailed.
int run_command(std::string_view tool, const std::function<ExitStatus()>& command);

}  // namespace kstrax
