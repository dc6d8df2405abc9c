// SPDX-License-Identifier: GPL-2.0-or-later
// What kstrax does with the running machine: -b, -e, -p and -S.
#pragma once

#include <boost/program_options.hpp>

#include "analyzer/command/support/exit_status.hpp"
#include "analyzer/command/support/options.hpp"

namespace kstrax {

/// -b -s -k -T -R -S, and the filters of reports, of which -e and -p say here what to record.
void add_live_options(boost::program_options::options_description& description);

/// Whether the user asked for any of it. `report`: asked for a report as well.
[[nodiscard]] bool wants_live(const boost::program_options::variables_map& values, bool report);

/// Does what was asked for: first says what to record, then prints the state, then copies.
[[nodiscard]] ExitStatus run_live(std::string_view tool, const boost::program_options::variables_map& values,
                                  const CommonOptions& options);

}  // namespace kstrax
