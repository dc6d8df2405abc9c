// SPDX-License-Identifier: GPL-2.0-or-later
// The pages of one CPU in a trace.dat file, expanded where they are compressed.
#pragma once

#include <memory>

#include "analyzer/base/mapped_file.hpp"
#include "analyzer/importers/trace_dat/trace_file.hpp"

namespace kstrax {

struct TraceDataPlace {
    std::shared_ptr<const MappedFile> file;
    TraceFileCpu cpu;
    RingPageForm form;
    std::uint32_t page_size = 0;  ///< bytes, > 0
    TraceCompression compression = TraceCompression::None;

    /// This must outlive them. Where the file ends too early, or a part does not expand, one page that cannot be read is
    /// the last.
    [[nodiscard]] std::unique_ptr<TracePages> open() const;
};

}  // namespace kstrax
