// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/kernel_text.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "analyzer/kernel/kallsyms_search.hpp"
#include "analyzer/kernel/kernel_reader.hpp"

namespace kstrax {

namespace {

/// An image with more is made to take time.
constexpr std::size_t kMostKernels = 8;

PhysAddr root_of(const KernelSpace& space) { return space.tables().root; }

std::string name_of(const KernelSpace& space) {
    return fmt::format("Linux {} (page tables at physical {:#x})",
                       space.vmcoreinfo().value("OSRELEASE").value_or("of an unknown release"), root_of(space).value);
}

/// Whether `crashed` keeps the memory that `other` lies in for its capture kernel (crashk_res: its first and its
/// last address).
bool captures(const KernelSpace& other, KernelSpace& crashed) {
    auto symbols = find_kallsyms(crashed);
    const auto kept = symbols ? symbols->find("crashk_res") : std::nullopt;
    if (!kept) return false;
    const bool wide = crashed.architecture().word_size == 8 || crashed.vmcoreinfo().config("X86_PAE");
    const std::uint64_t size = wide ? 8 : 4;
    KernelReader memory(crashed);
    const auto first = memory.number(kept->value, size), last = memory.number(kept->value + size, size);
    return first && last && root_of(other).value >= *first && root_of(other).value <= *last;
}

/// Kernels whose page tables are there, each once; a text that tells of none goes to `why`.
std::vector<KernelSpace> kernels_of(const MemorySource& source, std::span<const std::string> texts,
                                    const Architecture* known, std::optional<Error>& why) {
    std::vector<KernelSpace> kernels;
    for (const std::string& text : texts) {
        if (kernels.size() == kMostKernels) break;
        auto space = KernelSpace::open(source, text, known);
        if (!space) {
            if (!why) why = space.error();
        } else if (std::ranges::find(kernels, root_of(*space), root_of) == kernels.end()) {
            kernels.push_back(std::move(*space));
        }
    }
    return kernels;
}

/// The one that crashed, with a finding for each other. Precondition: there is one.
KernelSpace crashed_of(std::vector<KernelSpace> kernels) {
    for (KernelSpace& kernel : kernels)
        if (&kernel != &kernels.front() && captures(kernels.front(), kernel)) {
            std::swap(kernel, kernels.front());
            break;
        }
    KernelSpace crashed = std::move(kernels.front());
    for (auto other = kernels.begin() + 1; other != kernels.end(); ++other) {
        if (captures(*other, crashed))
            crashed.add_finding(FindingId::OtherKernel,
                                fmt::format("the image holds the capture kernel, too: {}; shown "
                                            "is the kernel that crashed, {}",
                                            name_of(*other), name_of(crashed)));
        else
            crashed.add_finding(FindingId::KernelUndecided,
                                fmt::format("the image holds another kernel, {}, and nothing says which of them ran "
                                            "last; shown is {}: hold its release and its log against what is known of "
                                            "the machine, or take a dump by kdump, which has one kernel",
                                            name_of(*other), name_of(crashed)));
    }
    return crashed;
}

}  // namespace

std::vector<std::string> vmcoreinfo_in_memory(const MemorySource& source, const PageScan& scan) {
    std::vector<std::string> texts;
    for (const PhysAddr at : scan.vmcoreinfo) {
        std::vector<std::byte> page(kSmallestPage);
        if (!source.read(at, page)) continue;
        const std::string_view text = bounded_text(as_text(page));
        // A log or a script may begin with the same word: demand a line that only VMCOREINFO has.
        if (text.find("\nPAGESIZE=") != text.npos) texts.emplace_back(text);
    }
    // What a kernel appends as it crashes: a capture kernel that runs beside it has not. But that text lies in the
    // capture kernel's memory, and may be overwritten.
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
    auto kernels = kernels_of(source, vmcoreinfo_in_memory(source, scan == nullptr ? own : *scan), known, first);
    if (!kernels.empty()) return crashed_of(std::move(kernels));
    if (auto space = open({})) return space;
    return *first;
}

}  // namespace kstrax
