// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/pid_table.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kSlots = 64;              // of a node: XA_CHUNK_SIZE, but for the smallest kernels
constexpr std::uint64_t kSlotBits = 6;            // of an index that a node takes
constexpr std::uint64_t kKind = 3;                // the lowest bits of an entry tell what it is
constexpr std::uint64_t kNode = 2;                // another node, at the entry less this
constexpr std::uint64_t kHighestShift = 30;       // ids have 22 bits at most
constexpr std::uint64_t kMostNodes = 1ULL << 17;  // 2^22 ids fill half as many

/// The nodes of the table's tree, and what leads from an entry to a task.
class PidTable {
  public:
    PidTable(KernelReader memory, const FindMember& member, std::uint64_t most)
        : memory_(std::move(memory)),
          most_(most),
          shift_(member("xa_node", "shift")),
          slots_(member("xa_node", "slots")),
          tasks_(member("pid", "tasks")),
          links_(member("task_struct", "pid_links")),
          pid_(member("task_struct", "pid")),
          own_(member("task_struct", "thread_pid")) {}

    [[nodiscard]] bool is_known() const { return shift_ && slots_ && tasks_ && links_ && pid_ && own_; }

    void walk(std::uint64_t entry, std::uint64_t first_index, std::uint64_t below) {
        if ((entry & kKind) != kNode) return take(entry, first_index);
        const std::uint64_t node = entry - kNode;
        const auto shift = memory_.number(node + shift_->offset, shift_->size);
        // Each node is of a lower level: so hostile ones lead to no circle.
        if (!shift || *shift >= below || *shift % kSlotBits != 0 || ++nodes_ > kMostNodes) return;
        for (std::uint64_t slot = 0; slot < kSlots && found_.size() < most_; ++slot) {
            const auto next = memory_.pointer(node + slots_->offset + slot * memory_.word_size());
            if (!next) return;
            const bool leads_on = (*next & kKind) == kNode;
            if (*next != 0 && leads_on == (*shift > 0)) walk(*next, first_index + (slot << *shift), *shift);
        }
    }

    [[nodiscard]] std::vector<NumberedTask> found() && { return std::move(found_); }

  private:
    /// The first of the tasks that use the id as their own: PIDTYPE_PID is the first of its lists.
    void take(std::uint64_t pid, std::uint64_t index) {
        if ((pid & kKind) != 0) return;
        const auto link = memory_.pointer(pid + tasks_->offset);
        if (!link || *link == 0) return;
        const std::uint64_t task = *link - links_->offset;
        // Where the task does not tell, its struct pid has to lead there alone.
        const auto number = memory_.number(task + pid_->offset, pid_->size);
        if (number ? *number == index : memory_.pointer(task + own_->offset).value_or(pid) == pid)
            found_.push_back({{task}, static_cast<Tid>(index)});
    }

    KernelReader memory_;
    std::uint64_t most_;
    std::uint64_t nodes_ = 0;
    std::optional<Member> shift_, slots_, tasks_, links_, pid_, own_;
    std::vector<NumberedTask> found_;
};

}  // namespace

std::vector<NumberedTask> read_pid_table(KernelReader memory, const FindMember& member, const FindSymbol& find,
                                         std::uint64_t most) {
    const auto space = find("init_pid_ns");
    const auto head = member("pid_namespace", "idr.idr_rt.xa_head");
    PidTable table(memory, member, most);
    if (!space || !head || !table.is_known()) return {};
    const auto entry = memory.pointer(space->value + head->offset);
    if (entry && *entry != 0) table.walk(*entry, 0, kHighestShift);
    return std::move(table).found();
}

}  // namespace kstrax
