// SPDX-License-Identifier: GPL-2.0-or-later
// --find and --instance; --ring, --ring-table, --layout and --symbols: which recording in memory, and how it is found.
#pragma once

#include <boost/program_options.hpp>

#include "analyzer/session/session.hpp"

namespace kstrax {

void add_find_options(boost::program_options::options_description& description);
[[nodiscard]] Result<FindOptions> find_options(const boost::program_options::variables_map& values);

}  // namespace kstrax
