// SPDX-License-Identifier: GPL-2.0-or-later
// What the words of a task's live kernel stack lead to: the file name that a call was given, and the files that it
// uses. `words`: from where the task stopped up to its saved registers.
#pragma once

#include <span>

#include "analyzer/kernel/files/open_files.hpp"

namespace kstrax {

/// File names as the kernel copied them from its callers (struct filename), where the callers' own memory is not
/// in the dump.
class StackNames {
  public:
    StackNames(const KernelReader& memory, const FindMember& member);

    /// The name that the call got as `argument`, an address in its caller's memory: of the struct filename on the
    /// stack that came from there. Where the kernel does not note that (since 7.0), of the only one on the stack.
    /// None if there is none, or several. Bytes from the dump: anything.
    [[nodiscard]] std::optional<std::string> name(std::span<const std::uint64_t> words, std::uint64_t argument);

  private:
    [[nodiscard]] std::optional<std::string> text();

    KernelReader memory_;
    KernelStruct filename_;
};

/// Whether a call really uses the file that its descriptor leads to now: the descriptor may have been closed or
/// reused since. True if the file, its inode or its socket is among the words; else it is not known.
[[nodiscard]] bool uses(std::span<const std::uint64_t> words, const KernelFile& file);

}  // namespace kstrax
