// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/run_queues.hpp"

#include <algorithm>

namespace kstrax {

namespace {

constexpr std::uint64_t kIntSize = 4;

/// The kernel's per-CPU areas, as offsets to a per-CPU symbol; of one CPU where it has no such table.
std::vector<std::uint64_t> per_cpu_offsets(KernelReader& memory, const FindSymbol& find) {
    const auto table = find("__per_cpu_offset");
    if (!table) return {0};
    const auto ids = find("nr_cpu_ids");  // no symbol if it is a constant: then up to the first missing area
    const auto count = ids ? memory.number(ids->value, kIntSize) : std::optional<std::uint64_t>(kMostCpus);
    std::vector<std::uint64_t> offsets;
    for (std::uint64_t cpu = 0; cpu < std::min<std::uint64_t>(count.value_or(0), kMostCpus); ++cpu) {
        const auto offset = memory.pointer(table->value + cpu * memory.word_size());
        if (!offset) break;
        offsets.push_back(*offset);
    }
    return offsets;
}

/// The per-CPU symbol of the run queues where no symbol names it: init_task has always been in the first CPU's, which
/// says its CPU's number.
std::optional<VirtAddr> queues_by_init_task(KernelReader& memory, const FindMember& member, const FindSymbol& find) {
    const auto init = find("init_task");
    const auto of_task = member("task_struct", "se.cfs_rq");
    const auto queue_of = member("cfs_rq", "rq");
    const auto number = member("rq", "cpu");
    if (!init || !of_task || !queue_of || !number) return std::nullopt;
    const auto fair = memory.pointer(init->value + of_task->offset);
    const auto queue = fair ? memory.pointer(*fair + queue_of->offset) : std::nullopt;
    const auto cpu = queue ? memory.number(*queue + number->offset, kIntSize) : std::nullopt;
    const auto offsets = per_cpu_offsets(memory, find);
    if (!cpu || *cpu >= offsets.size()) return std::nullopt;
    return VirtAddr{*queue - offsets[static_cast<std::size_t>(*cpu)]};
}

/// Of kernels that do not tell of their run queues; without idle tasks that do not run.
std::vector<RunQueue> current_tasks(KernelReader& memory, const FindSymbol& find) {
    const auto init = find("init_task");
    // A per-CPU variable, or the first member of one (from e57ef2ed97c1 in 6.2 until 6.14).
    const auto one = find("current_task");
    const auto current = one ? one : find("pcpu_hot");
    std::vector<RunQueue> found;
    if (!init || !current) return found;
    CpuId cpu = 0;
    for (const std::uint64_t offset : per_cpu_offsets(memory, find)) {
        const CpuId own = cpu++;
        const auto running = memory.pointer(current->value + offset);
        // Of a CPU that was never up, init_task is said, which only the first one runs.
        if (!running || *running == 0 || (own != 0 && *running == init->value)) continue;
        found.push_back({own, *running, 0, offset});
    }
    return found;
}

}  // namespace

Result<std::vector<RunQueue>> read_run_queues(KernelReader memory, const FindMember& member, const FindSymbol& find) {
    auto queues = find("runqueues");
    if (!queues) queues = queues_by_init_task(memory, member, find);
    if (!queues || !member("rq", "curr")) {
        auto found = current_tasks(memory, find);
        if (!found.empty()) return found;
    }
    if (!queues) return Error{ErrorCode::NotFound, "the kernel's symbols have no runqueues"};
    const auto current = member("rq", "curr");
    const auto idle = member("rq", "idle");
    const auto number = member("rq", "cpu");  // where there may be several
    if (!current || !idle) return Error{ErrorCode::NotFound, "no member curr or idle in rq"};
    std::vector<RunQueue> found;
    CpuId cpu = 0;
    for (const std::uint64_t offset : per_cpu_offsets(memory, find)) {
        const std::uint64_t queue = queues->value + offset;
        const CpuId own = cpu++;
        // An impossible CPU has no area of its own: its offset leads to the area used while booting.
        if (number && memory.number(queue + number->offset, kIntSize) != own) continue;
        const auto running = memory.pointer(queue + current->offset);
        if (running && *running != 0)
            found.push_back({own, *running, memory.pointer(queue + idle->offset).value_or(0), offset, queue});
    }
    return found;
}

std::optional<CpuId> panicked_cpu(KernelReader memory, const FindSymbol& find) {
    // Set by panic() and crash_kexec() alike, since 1717f2096b54 (4.5); -1 before.
    const auto at = find("panic_cpu");
    if (!at) return std::nullopt;
    const auto cpu = memory.number(at->value, kIntSize);
    if (!cpu || *cpu >= kMostCpus) return std::nullopt;
    return static_cast<CpuId>(*cpu);
}

}  // namespace kstrax
