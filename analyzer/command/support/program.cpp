// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/program.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>

#include "analyzer/base/output_file.hpp"

namespace kstrax {

namespace {

constexpr std::array kEndingSignals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

std::string_view program;  // for the signal: nothing else is safe to ask then

/// Inputs are mapped: a page that is cut off while we read it is a signal, not an error code.
extern "C" void input_shrank(int) {
    constexpr std::string_view kText = ": error: the input was cut off while it was read; is it still being copied?\n";
    (void)!::write(STDERR_FILENO, program.data(), program.size());
    (void)!::write(STDERR_FILENO, kText.data(), kText.size());
    OutputFile::remove_temporaries();
    ::_exit(kFailed);
}

/// Ends as the signal would have ended the process: whoever waits for it sees which one it was.
extern "C" void end_without_temporaries(int signal) {
    OutputFile::remove_temporaries();
    std::signal(signal, SIG_DFL);
    ::raise(signal);
}

void set_signals() {
    std::signal(SIGBUS, input_shrank);
    std::signal(SIGXFSZ, SIG_IGN);
    struct sigaction action {};
    action.sa_handler = end_without_temporaries;
    sigemptyset(&action.sa_mask);
    for (const int signal : kEndingSignals) sigaddset(&action.sa_mask, signal);
    for (const int signal : kEndingSignals) {
        struct sigaction before {};
        // nohup and a shell's & ignore some of them: that stays so.
        if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_DFL)
            ::sigaction(signal, &action, nullptr);
    }
}

/// A new descriptor is the lowest that is free. One with O_PATH fails as a closed one does (EBADF), and needs no device.
void take_standard_descriptors() {
    for (const int standard : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
        if (::fcntl(standard, F_GETFD) < 0 && ::open("/", O_PATH) != standard) ::_exit(kFailed);
}

}  // namespace

int run_program(std::string_view tool, const std::function<ExitStatus()>& command) {
    program = tool;
    take_standard_descriptors();
    set_signals();
    const int status = run_command(tool, command);
    // What was printed is out, or it is said that it is not; a reader that went away knows.
    errno = 0;
    if ((std::fflush(stdout) == 0 && std::ferror(stdout) == 0) || errno == EPIPE) return status;
    complain(
        tool, "error",
        std::string("standard output: cannot write") + (errno != 0 ? std::string(": ") + std::strerror(errno) : ""));
    return kFailed;
}

}  // namespace kstrax
