// SPDX-License-Identifier: GPL-2.0-or-later
// What a program gives up when its inputs are open, before it looks at what they hold: whatever a hostile input makes of
// it then, it can open nothing else, reach no network and run no program. See docs/trust.md.
#pragma once

#include <string>
#include <vector>

namespace kstrax {

/// What a program needs beside what it has open.
struct SandboxNeeds {
    std::vector<std::string> output_folders;  ///< where it makes files; empty: nowhere
    bool helpers = false;                     ///< it talks to processes that it has started before
    bool readers = false;                     ///< it starts processes that read a dump in its place
};

/// Gives up everything else, for this process and all that it starts. For its only thread. Says what holds, in words for the user:
/// "Landlock ABI 7, seccomp", and why something does not.
[[nodiscard]] std::string enter_sandbox(const SandboxNeeds& needs);

/// In a child that reads a dump: it gives up still more, if its parent was in the sandbox.
void enter_readers_sandbox();

/// In a child that runs other people's programs, which need their libraries and fonts: they may read files, but change
/// none, and have no network. Needs Landlock; without it nothing changes.
void enter_viewers_sandbox();

}  // namespace kstrax
