// SPDX-License-Identifier: GPL-2.0-or-later
// kstrax-dump on a machine that runs: --live, --every and --new.
#pragma once

#include <chrono>

#include "analyzer/command/actions/dump_command.hpp"

namespace kstrax {

struct WatchOptions {
    bool live = false;                               ///< the image is a running machine's memory
    std::optional<std::chrono::milliseconds> every;  ///< look again so often
    GuestReading guest = GuestReading::None;         ///< SOURCE is the QMP socket of one
    bool only_new = false;                           ///< nothing of what is there already
};

void add_watch_options(boost::program_options::options_description& description);
/// Fails with Usage also where the other options ask for what cannot go on.
[[nodiscard]] Result<WatchOptions> watch_options(const boost::program_options::variables_map& values,
                                                 const DumpOptions& options);

/// Reports until a signal comes, the file named goes or the recording ends: of records and calls,
/// what is new each time; of other kinds, a whole report each time.
ExitStatus watch(std::string_view tool, Session& session, const DumpOptions& options, const WatchOptions& how,
                 Output& standard);

}  // namespace kstrax
