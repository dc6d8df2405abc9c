// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/locate/kernel_text.hpp"

namespace kstrax {

std::vector<std::string> vmcoreinfo_in_memory(const MemorySource& source, const PageScan& scan) {
    std::vector<std::string> texts;
    for (const PhysAddr at : scan.vmcoreinfo) {
        std::vector<std::byte> page(4096);
        if (!source.read(at, page)) continue;
        const std::string_view text = bounded_text(as_text(page));
        // A log or a script may begin with the same word: demand a line that only VMCOREINFO has.
        if (text.find("\nPAGESIZE=") != text.npos) texts.emplace_back(text);
    }
    return texts;
}

Result<KernelSpace> find_kernel_space(const MemorySource& source, const PageScan* scan, const Architecture* known) {
    if (!source.vmcoreinfo().empty()) return KernelSpace::open(source, source.vmcoreinfo(), known);
    const PageScan own = scan == nullptr ? scan_pages(source) : PageScan{};
    std::optional<Error> first;
    for (const std::string& text : vmcoreinfo_in_memory(source, scan == nullptr ? own : *scan)) {
        auto space = KernelSpace::open(source, text, known);
        if (space) return space;
        if (!first) first = space.error();
    }
    auto space = KernelSpace::open(source, {}, known);
    if (!space && first) return *first;
    return space;
}

}  // namespace kstrax
