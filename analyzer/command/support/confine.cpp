// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/confine.hpp"

#include "analyzer/command/support/exit_status.hpp"

namespace po = boost::program_options;

namespace kstrax {

namespace {

constexpr const char* kOption = "no-sandbox";

}  // namespace

void add_sandbox_option(po::options_description& description) {
    description.add_options()(kOption, po::bool_switch(),
                              "do not give up what reading the input does not need (the default, with Landlock and "
                              "seccomp as far as the kernel has them)");
}

bool wants_sandbox(const po::variables_map& values) { return !values[kOption].as<bool>(); }

void confine(std::string_view tool, const po::variables_map& values, const SandboxNeeds& needs, bool verbose) {
    const std::string holds = wants_sandbox(values) ? enter_sandbox(needs) : "none: --no-sandbox";
    if (verbose) complain(tool, "note", "sandbox         " + holds);
}

}  // namespace kstrax
