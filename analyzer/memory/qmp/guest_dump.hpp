// SPDX-License-Identifier: GPL-2.0-or-later
// Dumps that QEMU writes into files of ours which have no name.
#pragma once

#include "analyzer/memory/formats.hpp"
#include "analyzer/memory/qmp/memory_map.hpp"
#include "analyzer/memory/qmp/qmp_connection.hpp"

namespace kstrax {

/// An ELF core of that part of memory alone, with the registers of all processors.
[[nodiscard]] Result<MappedFilePtr> dump_part(QmpConnection& connection, PhysAddr start, std::uint64_t size);

/// An ELF core of all memory, in TMPDIR. `told`: how large it will be, in which folder.
[[nodiscard]] Result<MappedFilePtr> dump_whole(QmpConnection& connection,
                                               const std::function<void(const std::string&)>& told);

}  // namespace kstrax
