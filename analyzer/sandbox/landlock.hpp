// SPDX-License-Identifier: GPL-2.0-or-later
// Landlock: what a process may do to files, by their place. Source: Documentation/userspace-api/landlock.rst of Linux.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace kstrax {

enum class FileAccess : std::uint8_t {
    Read,   ///< and run programs
    Make,   ///< make files, write to them, rename and remove them
    Write,  ///< to the file itself
};

struct FileRule {
    std::string path;  ///< a folder with all below it, or a file; one that is not there is left out
    FileAccess access;
};

/// The version of the interface that this kernel has; 0: it has none, or it is switched off.
[[nodiscard]] int landlock_abi();

/// From now on this thread, and those that it starts, may do to files what the rules say and nothing else. What is open stays
/// as it is. As far as the kernel's version goes, also: no TCP, no abstract sockets and no signals to others.
/// Answers whether that holds; otherwise errno says why. Precondition: no new privileges (PR_SET_NO_NEW_PRIVS).
[[nodiscard]] bool restrict_files(int abi, std::span<const FileRule> rules);

}  // namespace kstrax
