// SPDX-License-Identifier: GPL-2.0-or-later
// What stands for a recording where a report is of a kernel's tasks alone.
#pragma once

#include <string>

#include "analyzer/kernel/open/dumped_kernel.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

/// Without records; with the facts that the kernel itself tells.
[[nodiscard]] inline Recording no_recording(const DumpedKernel& kernel) {
    const Architecture& architecture = kernel.architecture();
    Recording recording;
    recording.facts.audit_arch = architecture.audit_arch;
    recording.facts.word_size = architecture.word_size;
    recording.facts.kernel_release = kernel.vmcoreinfo().value("OSRELEASE").value_or("");
    const Layout* own = layout_named(architecture.layout);
    recording.layout = own != nullptr ? own : layouts().data();
    recording.provenance.emplace_back("no recording: by the tasks of the kernel alone");
    return recording;
}

}  // namespace kstrax
