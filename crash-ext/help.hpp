// SPDX-License-Identifier: GPL-2.0-or-later
// The command's page in crash's help.
#pragma once

#include <boost/program_options.hpp>

namespace kstrax {

/// As crash wants it: name, purpose, synopsis, then lines, NULL at the end. Lives as long as the extension.
[[nodiscard]] const char** help_page(const boost::program_options::options_description& options);

}  // namespace kstrax
