// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/files/user_memory.hpp"

#include <algorithm>

#include "analyzer/kernel/tasks.hpp"

namespace kstrax {

namespace {

enum TaskMember : std::size_t { kSpace, kFlags };
enum SpaceMember : std::size_t { kDirectory, kArgStart, kArgEnd, kEnvStart, kEnvEnd };

constexpr std::uint64_t kNumberSize = 8;

}  // namespace

/// Physical memory as the kernel maps all of it. Only its reading is asked for.
class UserMemory::Physical final : public MemorySource {
  public:
    Physical(const KernelReader& memory, std::uint64_t base) : memory_(memory), base_(base) {}

    [[nodiscard]] std::uint64_t base() const { return base_; }
    [[nodiscard]] std::string_view format() const override { return "the kernel's map of memory"; }
    [[nodiscard]] std::uint64_t page_size() const override { return kSmallestPage; }
    [[nodiscard]] std::uint64_t memory_size() const override { return 0; }
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override {
        if (!memory_.read(base_ + at.value, out))
            return Error{ErrorCode::NotFound, "not there in the kernel's map of memory", at.value};
        return {};
    }
    std::uint64_t scan(const PageVisitor&) const override { return 0; }

  private:
    mutable KernelReader memory_;
    std::uint64_t base_;
};

UserMemory::UserMemory(const KernelReader& memory, const FindMember& member)
    : memory_(memory),
      task_(member, "task_struct", {"mm", "flags"}, memory.word_size()),
      space_(member, "mm_struct", {"pgd", "arg_start", "arg_end", "env_start", "env_end"}, memory.word_size()) {}

/// The one whose tables map the mm_struct, which lies in the kernel's map of memory, to its own place there.
bool UserMemory::choose_form(std::uint64_t task) {
    if (!task_.read(memory_, task) || !space_.read(memory_, task_[kSpace])) return false;
    const std::uint64_t space = task_[kSpace];
    const std::uint64_t base = physical_->base();
    for (const TableForm& form : memory_.architecture().forms) {
        PageWalker walker(*physical_, {&form, {space_[kDirectory] - base}, ignored_});
        const Walk walk = walker.walk(space);
        if (walk.end != WalkEnd::Mapped || walk.phys.value != space - base) continue;
        form_ = &form;
        return true;
    }
    return false;
}

Result<UserMemory> UserMemory::open(const KernelReader& memory, const FindMember& member, const FindSymbol& find,
                                    std::uint64_t task) {
    UserMemory user(memory, member);
    if (!user.task_.knows(kSpace) || !user.space_.knows_all())
        return Error{ErrorCode::NotFound, "no member mm in task_struct, or pgd and arg_start in mm_struct"};
    const auto symbol = find("page_offset_base");
    const auto base = symbol ? user.memory_.number(symbol->value, kNumberSize) : std::nullopt;
    if (!base) return Error{ErrorCode::NotFound, "the kernel does not tell where it maps memory (page_offset_base)"};
    user.physical_ = std::make_shared<const Physical>(memory, *base);
    if (const auto mask = find("sme_me_mask"))
        user.ignored_ = user.memory_.number(mask->value, kNumberSize).value_or(0);
    if (!user.choose_form(task))
        return Error{ErrorCode::Corrupt, "a task's page tables do not lead back to its own mm_struct"};
    return user;
}

std::size_t UserMemory::read_space(std::uint64_t directory, std::uint64_t at, MutableBytes out) {
    if (!walker_ || directory != directory_) {
        walker_.emplace(*physical_, PageTables{form_, {directory - physical_->base()}, ignored_});
        directory_ = directory;
    }
    std::size_t done = 0;
    while (done < out.size()) {
        const Walk walk = walker_->walk(at + done);
        if (walk.end != WalkEnd::Mapped) break;
        const std::uint64_t left = kSmallestPage - walk.phys.value % kSmallestPage;
        const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(left, out.size() - done));
        if (!physical_->read(walk.phys, out.subspan(done, part))) break;
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
