// SPDX-License-Identifier: GPL-2.0-or-later
// kstrax-dump, wherever the memory comes from: the standalone command and
// crash's differ in how they open it and find the anchor, and in nothing else.
#pragma once

#include <boost/program_options.hpp>
#include <span>
#include <string>

#include "analyzer/base/mapped_file.hpp"
#include "analyzer/base/output.hpp"
#include "analyzer/command/support/exit_status.hpp"
#include "analyzer/command/support/options.hpp"
#include "analyzer/command/support/ring_options.hpp"
#include "analyzer/locate/locate.hpp"

namespace kstrax {

struct DumpOptions {
    CommonOptions common;
    Filter filter;
    bool buffers = false;
    std::optional<std::string> excerpt;   ///< the file to write it to
    std::optional<std::string> instance;  ///< which recording
    bool page_tables = false;             ///< find the rings' pages by the kernel's page tables alone
    bool carve = false;                   ///< put the rings together from their pages, whatever leads to them
    RingOptions rings;                    ///< where the user knows rings to be: no anchor is looked for
};

/// The common options, those of filters and given rings, -b, --excerpt, --instance and --no-frame-lists.
void add_dump_options(boost::program_options::options_description& description,
                      const char* version_help = kVersionHelp);
[[nodiscard]] Result<DumpOptions> dump_options(const boost::program_options::variables_map& values,
                                               const TaskParser& parse_task = parse_pid);

/// Memory that has been opened and searched.
struct DumpInput {
    std::string tool;
    std::string name;  ///< of the dump, as the user gave it
    const MemorySource& memory;
    const Located& located;               ///< not looked at where rings are given
    std::span<const FileIdentity> files;  ///< never replaced by an output
    const TaskNotes* notes = nullptr;
    const CancelFlag* cancel = nullptr;
    int standard_fd = 1;        ///< that reports are written to in the end
    bool may_carve = true;      ///< where no anchor is found: look at all of memory twice more
    SymbolLookup symbols = {};  ///< where the program that we are in knows some
};

/// The recording that `instance` names, or the newest.
[[nodiscard]] Result<const Anchor*> choose_anchor(const DumpInput& input, const std::optional<std::string>& instance);
/// Says which others the image holds.
void tell_other_recordings(const DumpInput& input, const Anchor& chosen);

/// The report that the options ask for, or buffer files. `anchor`: that led to the recording; null
/// where none did. `more`: as ReportRequest's.
ExitStatus write_report_or_buffers(const DumpInput& input, const DumpOptions& options, const Recording& recording,
                                   const Anchor* anchor, Output& standard, std::function<bool()> more = {});

/// Does what the options ask for; prints through `standard`, and on standard
/// error what is wrong.
ExitStatus dump(const DumpInput& input, const DumpOptions& options, Output& standard);

}  // namespace kstrax
