// SPDX-License-Identifier: GPL-2.0-or-later
// A session's recording as a trace.dat file.
#pragma once

#include <string>
#include <string_view>

#include "analyzer/base/output.hpp"
#include "analyzer/command/support/exit_status.hpp"
#include "analyzer/session/session.hpp"

namespace kstrax {

/// With the kernel's symbols and the commands of its tasks, where memory tells them. Says what it wrote through `standard`.
ExitStatus write_trace_file(std::string_view tool, Session& session, const OpenedRecording& opened,
                            const std::string& path, Output& standard);

}  // namespace kstrax
