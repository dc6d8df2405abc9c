// SPDX-License-Identifier: GPL-2.0-or-later
// The filters of reports, on a text report that is there already.
#pragma once

#include <cstdint>
#include <string>

#include "analyzer/base/output.hpp"
#include "analyzer/base/result.hpp"
#include "analyzer/query/filter.hpp"

namespace kstrax {

struct LineFilterOutcome {
    std::uint64_t shown = 0;
    std::uint64_t unknown = 0;        ///< lines that are none of a paired or raw report: left out
    std::uint64_t first_unknown = 0;  ///< the number of the first of them, from 1
    bool raw = false;                 ///< a line, at least, is of a raw report
};

/// Reads a paired or raw text report from the descriptor and writes its lines that the filter
/// lets pass, with what stands above and below them, as the report would have been made with
/// the same filter. CPUs, a window and the last ones are not asked for here. Memory does not
/// grow with the text. Fails with Usage where the filter asks for what these reports do not
/// show, and with Unsupported where the text is none of theirs. `colored`: marks what warns.
[[nodiscard]] Result<LineFilterOutcome> filter_lines(int fd, const Filter& filter, Output& output,
                                                     bool colored = false);

}  // namespace kstrax
