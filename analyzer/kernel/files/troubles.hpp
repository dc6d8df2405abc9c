// SPDX-License-Identifier: GPL-2.0-or-later
// What a reader of the kernel's files has met that cannot be: counted, so that no part stops the others.
#pragma once

#include <cstdint>

namespace kstrax {

struct FileTroubles {
    std::uint64_t descriptors = 0;  ///< whose table or struct file is not there, or beyond all bounds
    std::uint64_t paths = 0;        ///< that break off, lead in a circle or have no end
    std::uint64_t sockets = 0;      ///< whose ends are not there

    [[nodiscard]] bool any() const { return descriptors + paths + sockets > 0; }
    bool operator==(const FileTroubles&) const = default;
};

}  // namespace kstrax
