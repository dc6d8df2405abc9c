// SPDX-License-Identifier: GPL-2.0-or-later
#include "crash-ext/help.hpp"

#include <sstream>
#include <string>
#include <vector>

#include "analyzer/command/support/options.hpp"

namespace kstrax {

namespace {

constexpr const char* kHead[] = {
    "kstrax-dump",
    "system calls that kstrax recorded",
    "[-t|-r|-c|-i|-b|--log|--tasks|--locks] [-C CPU] [-p [PID|task]] [-e CALL|CLASS]\n"
    "              [-l N] [-s SECONDS] [-x EXPRESSION] [--format FORMAT] [-o FILE]",
};

constexpr std::string_view kBefore = R"(  This command reports what the dump or live memory tells of the machine, and
  the system calls that the kernel module kstrax_buf recorded there. The reports
  equal those of the command kstrax-dump on the same dump, byte for byte. In -i,
  names and states of tasks are crash's own. Without -t, -r, -c, -i or -b, it
  prints an overview: why the machine died, who did what, who waits for whom.
  That, --log, --tasks and --locks need no recording.

)";

constexpr std::string_view kAfter = R"(
  -p without PID or task means the task of the current context (see "help
  set"). Separate several values of -C, -p and -e with commas.

  -i has a line for each call that had not returned when the recording ended.
  "*" marks the task that panicked, ">" another task that its CPU was running;
  ST and COMMAND are as in "help ps". "~" marks a call that is known from the
  registers on the task's stack, not from a record. Tasks that a CPU was
  running, or that were blocked, in no known call follow.

EXAMPLES
  What was every task doing when the machine died?

    crash> kstrax-dump -i

  The last five calls of the panicking task, which is the current context
  after crash has started:

    crash> kstrax-dump -t -p -l 5

  The 20 slowest calls, and the system calls that took most of the time:

    crash> kstrax-dump -t --sort duration -l 20
    crash> kstrax-dump -c

  The calls of CPU 1 on files and signals in the last half second:

    crash> kstrax-dump -t -C 1 -e FILE,SIGNAL -s 0.5

  The failed calls of process 1234, and all calls that failed with ENOENT:

    crash> kstrax-dump -t -p 1234 -x error
    crash> kstrax-dump -t -x error==ENOENT

  Statistics of all calls, for other programs:

    crash> kstrax-dump -c --format=csv > /tmp/calls.csv
)";

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line.empty() ? " " : line);
    return lines;
}

}  // namespace

const char** help_page(const boost::program_options::options_description& options) {
    static std::vector<std::string> lines;
    static std::vector<const char*> page;
    lines = lines_of(std::string(kBefore));
    for (const std::string& line : lines_of(help_table(options))) lines.push_back("  " + line);
    for (const std::string& line : lines_of(std::string(kAfter))) lines.push_back(line);
    page.assign(std::begin(kHead), std::end(kHead));
    for (const std::string& line : lines) page.push_back(line.c_str());
    page.push_back(nullptr);
    return page.data();
}

}  // namespace kstrax
