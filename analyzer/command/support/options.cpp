// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/options.hpp"

#include <fmt/format.h>

#include <iostream>

namespace po = boost::program_options;

namespace kstrax {

namespace {

struct KindOption {
    const char* name;    // as boost wants it: long,short
    const char* letter;  // as it is stored and shown
    ReportKind kind;
    const char* help;
};

constexpr std::array kKindOptions{
    KindOption{"paired,t", "paired", ReportKind::Paired, "paired report: one line a call"},
    KindOption{"raw,r", "raw", ReportKind::Raw, "raw report: one line an entry"},
    KindOption{"statistics,c", "statistics", ReportKind::Statistics, "statistics: one line a system call"},
    KindOption{"in-flight,i", "in-flight", ReportKind::InFlight, "calls in flight at the end of the recording"},
};

std::string format_names() {
    std::string names;
    for (const FormatInfo& format : kFormats) names.append(names.empty() ? "" : ", ").append(format.name);
    return names;
}

}  // namespace

void add_common_options(po::options_description& description) {
    for (const KindOption& option : kKindOptions) description.add_options()(option.name, po::bool_switch(), option.help);
    const std::string format_help = "how to print it: " + format_names();
    description.add_options()("format", po::value<std::string>()->value_name("FORMAT"), format_help.c_str());
    description.add_options()("output,o", po::value<std::string>()->value_name("FILE"), "write to FILE; - is standard output");
    description.add_options()("help,h", po::bool_switch(), "print this and end");
    description.add_options()("version,v", po::bool_switch(), "print the version and end");
}

Result<po::variables_map> parse_options(int argc, char** argv, const po::options_description& description) {
    po::options_description all;
    all.add(description).add_options()("source", po::value<std::vector<std::string>>());
    po::positional_options_description positional;
    positional.add("source", -1);
    namespace style = po::command_line_style;
    try {
        po::variables_map values;
        po::store(po::command_line_parser(argc, argv)
                      .options(all)
                      .positional(positional)
                      .style(style::unix_style & ~style::allow_guessing)
                      .run(),
                  values);
        po::notify(values);
        return values;
    } catch (const po::error& error) {
        return Error{ErrorCode::Usage, std::string(error.what()) + " (-h lists the options)"};
    }
}

Result<CommonOptions> common_options(const po::variables_map& values) {
    CommonOptions options;
    options.help = values["help"].as<bool>();
    options.version = values["version"].as<bool>();
    for (const KindOption& option : kKindOptions) {
        if (!values[option.letter].as<bool>()) continue;
        if (options.kind) return Error{ErrorCode::Usage, "more than one report asked for; choose one of -t, -r, -c, -i"};
        options.kind = option.kind;
    }
    if (values.count("format") > 0) {
        const auto& name = values["format"].as<std::string>();
        bool known = false;
        for (const FormatInfo& format : kFormats) {
            if (format.name != name) continue;
            options.format = format.format;
            known = true;
        }
        if (!known)
            return Error{ErrorCode::Usage, fmt::format("no format '{}'; choose one of {}", name, format_names())};
    }
    if (values.count("output") > 0) options.output = values["output"].as<std::string>();
    if (values.count("source") > 0) {
        const auto& sources = values["source"].as<std::vector<std::string>>();
        if (sources.size() > 1)
            return Error{ErrorCode::Usage, fmt::format("one source at a time; '{}' is one too many", sources[1])};
        options.source = sources[0];
    }
    return options;
}

void print_help(std::string_view usage, const po::options_description& description) {
    std::cout << usage << '\n' << description;
}

void print_version(std::string_view tool) { fmt::print("{} {}\n", tool, KSTRAX_VERSION); }

}  // namespace kstrax
