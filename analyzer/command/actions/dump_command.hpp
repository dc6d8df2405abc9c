// SPDX-License-Identifier: GPL-2.0-or-later
// What kstrax-dump does with an opened session, in crash as well: reports, buffer files, excerpts.
#pragma once

#include <boost/program_options.hpp>
#include <functional>
#include <string>

#include "analyzer/base/output.hpp"
#include "analyzer/command/support/exit_status.hpp"
#include "analyzer/command/support/options.hpp"
#include "analyzer/report/kernel_report.hpp"
#include "analyzer/session/session.hpp"

namespace kstrax {

struct DumpOptions {
    CommonOptions common;
    Filter filter;
    bool buffers = false;
    std::optional<std::string> excerpt = {};    ///< the file to write it to
    std::optional<std::string> trace_dat = {};  ///< the same
    bool summary = false;                       ///< the recording's
    bool wide = false;                          ///< the overview may be
    bool hex = false;                           ///< the overview's arguments
    FindOptions find = {};
    const KernelReport* kernel = nullptr;    ///< a report of the kernel itself, in common.times; null: none
    bool with_log = false;                   ///< the kernel's log between the calls of the paired report
    TaskChoice choice = {};                  ///< of tasks, for that
    std::vector<Condition> conditions = {};  ///< on its rows

    /// How many of -b, --excerpt and --trace-dat are asked for.
    [[nodiscard]] int files() const { return int{buffers} + int{excerpt.has_value()} + int{trace_dat.has_value()}; }
};

/// The common options, those of filters and of finding, -b, --excerpt and --trace-dat.
void add_dump_options(boost::program_options::options_description& description,
                      const char* version_help = kVersionHelp);
[[nodiscard]] Result<DumpOptions> dump_options(const boost::program_options::variables_map& values,
                                               const TaskParser& parse_task = parse_pid);

/// Where dump() makes files by these options; empty: nowhere.
[[nodiscard]] std::vector<std::string> output_folders(const DumpOptions& options);

/// Nothing is asked for by name, and the memory is of a kernel: then the text is the overview.
[[nodiscard]] bool wants_overview(Session& session, const DumpOptions& options);

/// Does what the options ask for; prints through `standard`, which writes to the descriptor
/// `standard_fd` in the end, and on standard error what is wrong.
ExitStatus dump(std::string_view tool, Session& session, const DumpOptions& options, Output& standard,
                int standard_fd = 1);

}  // namespace kstrax
