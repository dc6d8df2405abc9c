// SPDX-License-Identifier: GPL-2.0-or-later
// A row of the layout table from a text file, for recorders with other offsets:
//
//     # what stands behind a # is for the reader
//     arch x86_64         whose system calls they are: an architecture's name
//     size 72             bytes of a slot
//     serial 0 4          offset and bytes of a field
//     time 4 8            nanoseconds
//     pid 12 4            the thread
//     nr_kind 16 2        number in the low 12 bits, kind in the 4 above
//     abi 18 2            may be missing, as may tgid
//     tgid 20 4
//     args 24 8 6         offset, bytes of each, how many
#pragma once

#include <string>
#include <string_view>

#include "analyzer/base/result.hpp"
#include "formats/layout.hpp"

namespace kstrax {

struct LayoutFile {
    Layout row;                ///< its id is none of the ABI's; its name is to be set
    std::string architecture;  ///< as written
};

/// Fails with Usage, naming the line.
[[nodiscard]] Result<LayoutFile> parse_layout(std::string_view text);

}  // namespace kstrax
