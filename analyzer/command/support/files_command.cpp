// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/files_command.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "analyzer/base/output_file.hpp"
#include "analyzer/command/support/report_command.hpp"
#include "analyzer/files/buffer_files.hpp"
#include "analyzer/files/buffer_name.hpp"

namespace kstrax {

ExitStatus report_files(std::string_view tool, const std::string& name, ReportKind kind, const CommonOptions& options,
                        const Filter& filter, const std::optional<std::string>& output) {
    const std::string set_name = buffer_set_of(name).value_or(name);
    if (set_name != name)
        complain(tool, "note", fmt::format("{} is the file of one CPU: read with the others of {}", name, set_name));
    const auto set = open_buffer_files(set_name);
    if (!set) return fail(tool, set.error());
    std::vector<FileIdentity> inputs;
    for (const auto& file : set->files) inputs.push_back(file->identity());
    const auto standard = OutputFile::standard_output();
    return make_report(set->recording,
                       {.kind = kind,
                        .format = options.format,
                        .tool = std::string(tool),
                        .source = set_name,
                        .source_format = "buffer files",
                        .filter = filter,
                        .statistics = options.statistics,
                        .times = options.times,
                        .meanings = options.meanings},
                       output, inputs, *standard, options.color, STDOUT_FILENO);
}

}  // namespace kstrax
