// SPDX-License-Identifier: GPL-2.0-or-later
// The command line that kstrax and kstrax-dump share.
#pragma once

#include <boost/program_options.hpp>
#include <optional>
#include <string>

#include "analyzer/base/result.hpp"
#include "analyzer/report/report.hpp"

namespace kstrax {

struct CommonOptions {
    std::optional<ReportKind> kind;  ///< the report asked for, if one was
    Format format = Format::Text;
    std::optional<std::string> output;  ///< of -o; "-" is standard output
    std::string source;                 ///< empty: none was named
    bool help = false;
    bool version = false;
};

/// -t -r -c -i, --format, -o, -h, -v.
void add_common_options(boost::program_options::options_description& description);

/// Parses what `description` allows, and one source name. Errors are Usage and one line.
[[nodiscard]] Result<boost::program_options::variables_map> parse_options(
    int argc, char** argv, const boost::program_options::options_description& description);

[[nodiscard]] Result<CommonOptions> common_options(const boost::program_options::variables_map& values);

/// The usage text for -h: its first line and the options.
void print_help(std::string_view usage, const boost::program_options::options_description& description);
void print_version(std::string_view tool);

}  // namespace kstrax
