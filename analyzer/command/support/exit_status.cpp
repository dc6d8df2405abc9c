// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/exit_status.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <new>
#include <string>

namespace kstrax {

void complain(std::string_view tool, std::string_view level, std::string_view message) {
    std::string line(tool);
    line.append(": ").append(level).append(": ").append(message);
    for (char& c : line)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
    line.push_back('\n');
    std::fwrite(line.data(), 1, line.size(), stderr);
}

ExitStatus fail(std::string_view tool, const Error& error) {
    if (!error.message.empty()) complain(tool, "error", error.message);
    return error.code == ErrorCode::Usage ? kUsage : kFailed;
}

namespace {

/// Inputs are mapped: a page that is cut off while we read it is a signal, not an error code.
extern "C" void input_shrank(int) {
    constexpr std::string_view kText = "kstrax: error: the input was cut off while it was read; is it still being copied?\n";
    (void)!::write(STDERR_FILENO, kText.data(), kText.size());
    ::_exit(kFailed);
}

}  // namespace

int run_command(std::string_view tool, const std::function<ExitStatus()>& command) {
    try {
        return command();
    } catch (const std::bad_alloc&) {
        complain(tool, "error", "out of memory");
    } catch (const std::exception& error) {
        complain(tool, "error", error.what());
    }
    return kFailed;
}

int run_program(std::string_view tool, const std::function<ExitStatus()>& command) {
    std::signal(SIGBUS, input_shrank);
    return run_command(tool, command);
}

}  // namespace kstrax
