// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/stack/cpu_registers.hpp"

#include <elf.h>

#include <algorithm>
#include <array>

namespace kstrax {

namespace {

constexpr std::uint32_t kMostDescriptor = 4096;
constexpr std::uint32_t kLongestName = 16;
constexpr std::size_t kMostRecords = 256;  // from an interrupt's stack to the task's

/// A note at an address of the kernel's; none where there is none of the name and type.
std::optional<std::vector<std::byte>> note_at(KernelReader& memory, std::uint64_t at, const RegisterNote& form) {
    std::array<std::byte, sizeof(Elf64_Nhdr)> bytes{};
    if (!memory.read(at, bytes)) return std::nullopt;
    const auto head = *copy_record<Elf64_Nhdr>(bytes);
    if (head.n_type != form.type || head.n_namesz == 0 || head.n_namesz > kLongestName ||
        head.n_descsz > kMostDescriptor)
        return std::nullopt;
    const std::uint64_t padded = (std::uint64_t{head.n_namesz} + 3) / 4 * 4;
    std::vector<std::byte> rest(static_cast<std::size_t>(padded) + head.n_descsz);
    if (!memory.read(at + sizeof head, rest) || bounded_text(as_text(Bytes(rest).first(head.n_namesz))) != form.name)
        return std::nullopt;
    rest.erase(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(padded));
    return rest;
}

struct CpuStack {
    CpuId cpu = 0;
    std::uint64_t begin = 0;
};

/// Of the task that each CPU ran.
std::vector<CpuStack> stacks_of_cpus(KernelReader& memory, const FindMember& member, std::span<const RunQueue> queues) {
    const auto stack = member("task_struct", "stack");
    std::vector<CpuStack> all;
    for (const RunQueue& queue : queues)
        if (const auto begin = stack ? memory.pointer(queue.current + stack->offset) : std::nullopt)
            all.push_back({queue.cpu, *begin});
    return all;
}

/// The stack that begins next before an address, if the address is not behind its end. Larger ones than the smallest
/// begin at multiples of twice their size: CONFIG_VMAP_STACK.
std::optional<CpuId> cpu_of_stack(std::uint64_t at, std::span<const CpuStack> stacks,
                                  std::span<const std::uint64_t> sizes) {
    const CpuStack* own = nullptr;
    for (const CpuStack& stack : stacks)
        if (stack.begin != 0 && stack.begin < at && (own == nullptr || stack.begin > own->begin)) own = &stack;
    const auto holds = [&](std::uint64_t size) {
        return at - own->begin <= size && (size == sizes.front() || own->begin % (2 * size) == 0);
    };
    if (own == nullptr || std::ranges::none_of(sizes, holds)) return std::nullopt;
    return own->cpu;
}

/// By the stack pointer, or, of an interrupt's stack, by the records that lead from there to the task's.
std::optional<CpuId> cpu_by_stack(KernelReader& memory, const CpuRegisters& registers,
                                  std::span<const CpuStack> stacks) {
    if (registers.user_mode) return std::nullopt;
    const std::span<const std::uint64_t> sizes = memory.architecture().call_registers->stack_sizes;
    if (const auto cpu = cpu_of_stack(registers.sp, stacks, sizes)) return cpu;
    auto record = std::optional(registers.bp);
    for (std::size_t i = 0; record && i < kMostRecords; ++i) {
        if (const auto cpu = cpu_of_stack(*record, stacks, sizes)) return cpu;
        record = memory.pointer(*record);
    }
    return std::nullopt;
}

/// Of user mode, no stack tells; but where only such notes are left, each CPU that is left was there.
void add_by_stacks(std::map<CpuId, CpuRegisters>& found, KernelReader& memory, std::span<const CpuStack> stacks,
                   std::span<const CpuRegisters> all) {
    const Architecture& architecture = memory.architecture();
    if (architecture.frame_records == nullptr || architecture.call_registers == nullptr) return;
    std::size_t in_user_mode = 0, lost = 0;
    for (const CpuRegisters& registers : all) {
        if (const auto cpu = cpu_by_stack(memory, registers, stacks)) found.try_emplace(*cpu, registers);
        else ++(registers.user_mode ? in_user_mode : lost);
    }
    if (lost > 0 || found.size() + in_user_mode < stacks.size()) return;
    for (const CpuStack& stack : stacks) found.try_emplace(stack.cpu, CpuRegisters{.user_mode = true});
}

std::optional<CpuId> cpu_by_area(const CpuRegisters& registers, std::span<const RunQueue> queues) {
    for (const std::uint64_t area : registers.areas)
        for (const RunQueue& queue : queues)
            if (area != 0 && area == queue.area) return queue.cpu;
    return std::nullopt;
}

}  // namespace

std::map<CpuId, CpuRegisters> read_cpu_registers(KernelReader memory, const FindMember& member, const FindSymbol& find,
                                                 std::span<const RunQueue> queues, std::span<const Note> notes) {
    std::map<CpuId, CpuRegisters> found;
    const auto at = find("crash_notes");
    const auto buffers = at ? memory.pointer(at->value) : std::nullopt;
    for (const RegisterNote& form : memory.architecture().register_notes) {
        for (const RunQueue& queue : queues) {
            if (!buffers || *buffers == 0) break;
            const auto note = note_at(memory, *buffers + queue.area, form);
            const auto registers = note ? registers_of_note(form, *note) : std::nullopt;
            if (registers) found.try_emplace(queue.cpu, *registers);
        }
    }
    std::vector<CpuRegisters> others;
    for (const RegisterNote& form : memory.architecture().register_notes) {
        for (const Note& note : notes) {
            if (note.name != form.name || note.type != form.type) continue;
            const auto registers = registers_of_note(form, note.descriptor);
            if (!registers) continue;
            if (const auto cpu = cpu_by_area(*registers, queues)) found.try_emplace(*cpu, *registers);
            else others.push_back(*registers);
        }
    }
    add_by_stacks(found, memory, stacks_of_cpus(memory, member, queues), others);
    return found;
}

}  // namespace kstrax
