// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/files/user_memory.hpp"

#include <algorithm>

#include "analyzer/kernel/tasks.hpp"

namespace kstrax {

namespace {

enum TaskMember : std::size_t { kSpace, kFlags };
enum SpaceMember : std::size_t { kDirectory, kArgStart, kArgEnd, kEnvStart, kEnvEnd };

}  // namespace

UserMemory::UserMemory(const MemorySource& source, KernelSpace& space, const FindMember& member)
    : source_(source),
      kernel_(space),
      memory_(space),
      task_(member, "task_struct", {"mm", "flags"}, memory_.word_size()),
      space_(member, "mm_struct", {"pgd", "arg_start", "arg_end", "env_start", "env_end"}, memory_.word_size()) {}

Result<UserMemory> UserMemory::open(const MemorySource& source, KernelSpace& space, const FindMember& member,
                                    std::uint64_t task) {
    UserMemory user(source, space, member);
    if (!user.task_.knows(kSpace) || !user.space_.knows_all())
        return Error{ErrorCode::NotFound, "no member mm in task_struct, or pgd and arg_start in mm_struct"};
    if (!user.leads_back(task))
        return Error{ErrorCode::Corrupt, "a task's page tables do not lead back to its own mm_struct"};
    return user;
}

/// A task's tables map the kernel's memory, too, and that as the kernel's own do. Where they do not, they map its
/// arguments.
bool UserMemory::leads_back(std::uint64_t task) {
    if (!task_.read(memory_, task) || !space_.read(memory_, task_[kSpace])) return false;
    const auto phys = kernel_.translate({task_[kSpace]}).phys;
    if (!phys || !enter(space_[kDirectory])) return false;
    if (kernel_.tables().form->lower_half != nullptr) return walker_->walk(space_[kArgStart]).end == WalkEnd::Mapped;
    const Walk walk = walker_->walk(task_[kSpace]);
    return walk.end == WalkEnd::Mapped && walk.phys == *phys;
}

bool UserMemory::enter(std::uint64_t directory) {
    if (walker_ && directory == directory_) return true;
    walker_.reset();
    const auto root = kernel_.translate({directory}).phys;
    if (!root) return false;
    PageTables tables = kernel_.tables();
    tables.root = *root;
    if (tables.form->lower_half != nullptr) tables.form = tables.form->lower_half;
    walker_.emplace(source_, tables);
    directory_ = directory;
    return true;
}

std::size_t UserMemory::read_space(std::uint64_t directory, std::uint64_t at, MutableBytes out) {
    if (!enter(directory)) return 0;
    std::size_t done = 0;
    while (done < out.size()) {
        const Walk walk = walker_->walk(at + done);
        if (walk.end != WalkEnd::Mapped) break;
        const std::uint64_t left = kSmallestPage - walk.phys.value % kSmallestPage;
        const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(left, out.size() - done));
        if (!source_.read(walk.phys, out.subspan(done, part))) break;
        done += part;
    }
    return done;
}

std::size_t UserMemory::read(std::uint64_t task, std::uint64_t at, MutableBytes out) {
    if (!task_.read(memory_, task) || !space_.read(memory_, task_[kSpace])) return 0;
    return read_space(space_[kDirectory], at, out);
}

UserText UserMemory::text(std::uint64_t task, std::uint64_t at, std::size_t most) {
    UserText found{.text = std::string(most, '\0')};
    const std::size_t there = read(task, at, std::as_writable_bytes(std::span(found.text)));
    const std::size_t end = std::min(found.text.find('\0'), there);
    found.whole = end < there;
    found.missing = !found.whole && there < most;
    found.text.resize(end);
    return found;
}

std::optional<UserText> UserMemory::command_line(std::uint64_t task, std::size_t most) {
    if (!task_.read(memory_, task) || (task_[kFlags] & kKernelThread) != 0) return std::nullopt;
    if (!space_.read(memory_, task_[kSpace])) return std::nullopt;
    const std::uint64_t start = space_[kArgStart];
    const std::uint64_t end = space_[kArgEnd];
    if (start == 0 || end <= start) return UserText{.text = {}, .whole = true};
    // A program that has written a longer title over its arguments goes on in its environment, and one that has
    // written over the last NUL ends at the next: get_mm_cmdline() in fs/proc/base.c.
    std::byte last{};
    const bool title = read_space(space_[kDirectory], end - 1, std::span(&last, 1)) == 1 && last != std::byte{0};
    const bool goes_on = title && space_[kEnvStart] == end && space_[kEnvEnd] > end;
    const std::uint64_t size = (goes_on ? space_[kEnvEnd] : end) - start;
    UserText found{.text = std::string(static_cast<std::size_t>(std::min<std::uint64_t>(size, most)), '\0')};
    const std::size_t there = read_space(space_[kDirectory], start, std::as_writable_bytes(std::span(found.text)));
    found.missing = there < found.text.size();
    found.whole = !found.missing && found.text.size() == size;
    found.text.resize(there);
    if (title) {
        const std::size_t stop = found.text.find('\0');
        if (stop != found.text.npos) {
            found.text.resize(stop);
            found.whole = true;
            found.missing = false;
        }
    }
    return found;
}

}  // namespace kstrax
