// SPDX-License-Identifier: GPL-2.0-or-later
// A guest's memory where QEMU keeps it in a file that others can read, too.
#pragma once

#include <string>
#include <vector>

#include "analyzer/memory/formats.hpp"
#include "analyzer/memory/qmp/memory_map.hpp"
#include "analyzer/memory/qmp/qmp_connection.hpp"

namespace kstrax {

struct GuestFile {
    MappedFilePtr file;
    std::vector<GuestRange> ranges;  ///< of memory that lies in it
};

/// The file that all of the guest's memory lies in. Fails where there is none, where it is QEMU's alone, or where we
/// cannot open it, with that as the reason; and if QEMU does not say where in the machine it lies.
[[nodiscard]] Result<GuestFile> find_guest_file(QmpConnection& connection);

}  // namespace kstrax
