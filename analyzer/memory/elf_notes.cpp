// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/elf_notes.hpp"

#include <elf.h>

#include "analyzer/arch/vmcoreinfo.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kMostNotes = 1 << 16;  // a CPU has two or three

}  // namespace

std::vector<Note> parse_notes(Bytes segment) {
    const auto padded = [](std::uint64_t size) { return (size + 3) / 4 * 4; };
    std::vector<Note> notes;
    while (notes.size() < kMostNotes) {
        const auto header = copy_record<Elf64_Nhdr>(segment);
        if (!header) break;
        const auto name = slice(segment, sizeof *header, header->n_namesz);
        const auto descriptor = slice(segment, sizeof *header + padded(header->n_namesz), header->n_descsz);
        if (!name || !descriptor) break;
        notes.push_back({std::string(bounded_text(as_text(*name))), header->n_type,
                         std::vector<std::byte>(descriptor->begin(), descriptor->end())});
        const auto rest = sizeof *header + padded(header->n_namesz) + padded(header->n_descsz);
        if (rest >= segment.size()) break;
        segment = segment.subspan(static_cast<std::size_t>(rest));
    }
    return notes;
}

std::string_view vmcoreinfo_of(std::span<const Note> notes) {
    for (const Note& note : notes)
        if (note.name == "VMCOREINFO") return bounded_text(as_text(note.descriptor));
    return {};
}

std::uint64_t page_size_of(std::string_view vmcoreinfo) {
    const std::uint64_t said = Vmcoreinfo(vmcoreinfo).decimal("PAGESIZE").value_or(0);
    return is_page_size(said) ? said : kSmallestPage;
}

}  // namespace kstrax
