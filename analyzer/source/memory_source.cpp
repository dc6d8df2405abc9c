// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/source/memory_source.hpp"

#include <array>

#include "analyzer/source/formats.hpp"

namespace kstrax {

namespace {

constexpr std::array kProbes{open_elf_core, open_kdump, open_raw_image};

}  // namespace

Result<std::unique_ptr<MemorySource>> open_memory_source(const std::shared_ptr<const MappedFile>& file) {
    for (const auto probe : kProbes) {
        auto source = probe(file);
        if (source || source.error().code != ErrorCode::NotMine) {
            if (source) return source;
            return source.error().in(file->path());
        }
    }
    return Error{ErrorCode::Unsupported,
                 file->path() + ": not a memory image: expected an ELF core, a kdump-compressed dump "
                                "(makedumpfile, or QEMU's dump-guest-memory -z), or a raw image of physical memory"};
}

}  // namespace kstrax
