// SPDX-License-Identifier: GPL-2.0-or-later
// What a recording says of the end: the last calls of the thread that panicked, and how far it is to be trusted.
#pragma once

#include <string>
#include <vector>

#include "analyzer/views/kernel/kernel_view.hpp"

namespace kstrax {

struct RecordedEnd {
    bool known = false;              ///< there is a recording
    std::string trust;               ///< one line: of how many CPUs, since when, what is lost
    std::vector<std::string> calls;  ///< the last of that thread: "-0.000005540 s  read(…) = 3", escaped
    std::optional<Nanos> in_call;    ///< how long it has been in the call that it is in
    Findings findings;               ///< of its rings
};

/// `thread`: that panicked; 0: nobody did.
[[nodiscard]] RecordedEnd read_recorded_end(const KernelContext& context, Tid thread);

}  // namespace kstrax
