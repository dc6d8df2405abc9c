// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/kernel_text.hpp"

#include <algorithm>

namespace kstrax {

std::vector<std::string> vmcoreinfo_in_memory(const MemorySource& source, const PageScan& scan) {
    std::vector<std::string> texts;
    for (const PhysAddr at : scan.vmcoreinfo) {
        std::vector<std::byte> page(kSmallestPage);
        if (!source.read(at, page)) continue;
        const std::string_view text = bounded_text(as_text(page));
        // A log or a script may begin with the same word: demand a line that only VMCOREINFO has.
        if (text.find("\nPAGESIZE=") != text.npos) texts.emplace_back(text);
    }
    // What a kernel appends as it crashes: a capture kernel that runs beside it has not.
    std::stable_partition(texts.begin(), texts.end(),
                          [](const std::string& text) { return text.find("\nCRASHTIME=") != text.npos; });
    return texts;
}

Result<KernelSpace> find_kernel_space(const MemorySource& source, const PageScan* scan, const Architecture* known) {
    std::optional<Error> first;
    const auto open = [&](std::string_view text) {
        auto space = KernelSpace::open(source, text, known);
        if (!space && !first) first = space.error();
        return space;
    };
    if (!source.vmcoreinfo().empty())
        if (auto space = open(source.vmcoreinfo())) return space;
    // A text of the source's own may be cut off, or another kernel's.
    const PageScan own = scan == nullptr ? scan_pages(source) : PageScan{};
    for (const std::string& text : vmcoreinfo_in_memory(source, scan == nullptr ? own : *scan))
        if (auto space = open(text)) return space;
    if (auto space = open({})) return space;
    return *first;
}

}  // namespace kstrax
