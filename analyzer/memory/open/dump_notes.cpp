// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/open/dump_notes.hpp"

#include "analyzer/memory/elf/elf_headers.hpp"
#include "analyzer/memory/kdump/kdump_header.hpp"

namespace kstrax {

std::vector<Note> notes_of_dump(const std::string& path) {
    auto mapped = MappedFile::open(path);
    if (!mapped) return {};
    auto file = LogicalFile::open(std::move(*mapped));
    if (!file) return {};
    if (auto kdump = read_kdump_header(*file)) return std::move(kdump->notes);
    std::vector<std::byte> scratch;
    const auto part = [&](std::uint64_t offset, std::uint64_t size) -> std::optional<Bytes> {
        const auto bytes = file->view(offset, size, scratch);
        return bytes ? std::optional(*bytes) : std::nullopt;
    };
    auto elf = read_elf_headers({file->size(), part});
    return elf ? std::move(elf->notes) : std::vector<Note>();
}

}  // namespace kstrax
