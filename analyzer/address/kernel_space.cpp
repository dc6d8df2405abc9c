// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/address/kernel_space.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kstrax {

namespace {

struct Finder {
    std::string_view architecture;
    Result<SpaceFacts> (*find)(const SpaceInputs& inputs);
};
constexpr std::array kFinders{Finder{"x86_64", find_x86_64_space}, Finder{"ia32", find_ia32_space},
                              Finder{"ia64", find_ia64_space}};

/// By what the dump says, else by where the kernel has its page directory. The dump
/// comes first: it is the machine's, while `known` may be a recording's in a nested image.
const Architecture* find_architecture(const MemorySource& source, const Vmcoreinfo& info, const Architecture* known) {
    if (source.machine() != 0) return architecture_of_machine(source.machine());
    if (known != nullptr) return known;
    const auto directory = info.symbol("swapper_pg_dir");
    return directory ? architecture_of_directory({*directory}) : nullptr;
}

}  // namespace

Result<KernelSpace> KernelSpace::open(const MemorySource& source, std::string_view vmcoreinfo,
                                      const Architecture* known) {
    const Vmcoreinfo info(vmcoreinfo);
    const Architecture* architecture = find_architecture(source, info, known);
    if (architecture == nullptr) {
        if (source.machine() != 0)
            return Error{ErrorCode::Unsupported,
                         fmt::format("the dump is of ELF machine {}; addresses are translated of x86-64 (62), IA-32 "
                                     "(3) and IA-64 (50)",
                                     source.machine())};
        return Error{ErrorCode::NotFound, std::string("the image does not say which architecture it is of") +
                                              (vmcoreinfo.empty() ? ": its headers carry no VMCOREINFO that would tell"
                                                                  : ", nor does its VMCOREINFO tell")};
    }
    const auto finder = std::find_if(kFinders.begin(), kFinders.end(),
                                     [&](const Finder& f) { return f.architecture == architecture->name; });
    auto facts = finder->find({source, info, *architecture});
    if (!facts) return facts.error();
    return KernelSpace(source, *architecture, info, std::move(*facts));
}

Translation KernelSpace::translate(VirtAddr address) {
    Translation result;
    const auto span = std::find_if(architecture_->spans.begin(), architecture_->spans.end(),
                                   [&](const Span& s) { return address >= s.first && address <= s.last; });
    if (span == architecture_->spans.end()) {
        result.why = "no address of the kernel's";
        return result;
    }
    result.span = span->name;
    const std::uint64_t offset = address.value - span->base;
    const std::uint64_t page = std::uint64_t{1} << page_shift();
    result.left = page - address.value % page;
    switch (span->mapping) {
        case Mapping::Identity:
            result.phys = PhysAddr{offset};
            break;
        case Mapping::KernelImage:
            result.phys = PhysAddr{offset + facts_.image_phys};
            break;
        case Mapping::PerCpu:
            result.why = "another memory on each CPU: add __per_cpu_offset[cpu]";
            break;
        case Mapping::Tables:
            result.walk = walker_.walk(offset);
            if (result.walk.end == WalkEnd::Mapped) {
                result.phys = result.walk.phys;
                result.left = result.walk.page_size - result.walk.phys.value % result.walk.page_size;
            } else {
                result.why = walk_end_text(result.walk.end);
            }
            break;
    }
    return result;
}

Result<void> KernelSpace::read(VirtAddr at, MutableBytes out) {
    while (!out.empty()) {
        const Translation found = translate(at);
        if (!found.phys)
            return Error{ErrorCode::NotFound, fmt::format("virtual {:#x}: {}", at.value, found.why), at.value};
        const auto part = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), found.left));
        if (const auto read = source_->read(*found.phys, out.first(part)); !read)
            return read.error().in(fmt::format("virtual {:#x}", at.value));
        out = out.subspan(part);
        at.value += part;
    }
    return {};
}

std::string KernelSpace::description() const {
    return fmt::format("{}, {}, root at physical {:#x}, by {}", architecture_->name, facts_.tables.form->name,
                       facts_.tables.root.value, facts_.found);
}

}  // namespace kstrax
