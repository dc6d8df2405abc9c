// SPDX-License-Identifier: GPL-2.0-or-later
// --no-sandbox, and the moment at which a command gives up what it does not need: its inputs are open, and nothing was
// looked at of what they hold.
#pragma once

#include <boost/program_options.hpp>
#include <string_view>

#include "analyzer/sandbox/sandbox.hpp"

namespace kstrax {

void add_sandbox_option(boost::program_options::options_description& description);
[[nodiscard]] bool wants_sandbox(const boost::program_options::variables_map& values);

/// Enters the sandbox, unless the user does not want it. `verbose`: says on standard error what holds.
void confine(std::string_view tool, const boost::program_options::variables_map& values, const SandboxNeeds& needs,
             bool verbose = false);

}  // namespace kstrax
