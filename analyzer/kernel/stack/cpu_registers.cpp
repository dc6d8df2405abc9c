// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/stack/cpu_registers.hpp"

#include <elf.h>

#include <algorithm>
#include <array>

namespace kstrax {

namespace {

constexpr std::uint32_t kMostDescriptor = 4096;
constexpr std::uint32_t kLongestName = 16;

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

std::optional<CpuId> cpu_of(const CpuRegisters& registers, std::span<const RunQueue> queues) {
    for (const std::uint64_t area : registers.areas)
        for (const RunQueue& queue : queues)
            if (area != 0 && area == queue.area) return queue.cpu;
    return std::nullopt;
}

}  // namespace

std::map<CpuId, CpuRegisters> read_cpu_registers(KernelReader memory, const FindSymbol& find,
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
    for (const RegisterNote& form : memory.architecture().register_notes) {
        for (const Note& note : notes) {
            if (note.name != form.name || note.type != form.type) continue;
            const auto registers = registers_of_note(form, note.descriptor);
            const auto cpu = registers ? cpu_of(*registers, queues) : std::nullopt;
            if (cpu) found.try_emplace(*cpu, *registers);
        }
    }
    return found;
}

}  // namespace kstrax
