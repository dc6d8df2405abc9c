// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/address/kernel_space.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "analyzer/base/lists.hpp"

namespace kstrax {

namespace {

/// By what the dump says, else by VMCOREINFO. The dump comes first: it is the machine's, while `known` may be a
/// recording's in a nested image.
const Architecture* find_architecture(const MemorySource& source, const Vmcoreinfo& info, const Architecture* known) {
    if (source.machine() != 0) return architecture_of_machine(source.machine());
    if (known != nullptr) return known;
    return architecture_of_vmcoreinfo(info);
}

Error not_translated(std::uint16_t machine) {
    const auto name = [](const Architecture* row) { return fmt::format("{} ({})", row->title, row->machine); };
    const std::string known = list_of(architectures(), name, ", ", " and ");
    return {ErrorCode::Unsupported,
            fmt::format("the dump is of ELF machine {}; addresses are translated of {}", machine, known)};
}

bool maps_itself(const MemorySource& source, const PageTables& tables, VirtAddr directory) {
    PageWalker walker(source, tables);
    const Walk walk = walker.walk(directory.value);
    if (walk.end == WalkEnd::NoTable) return walk.step_count > 1;  // the root itself must be there
    return walk.end == WalkEnd::Mapped && walk.phys == tables.root;
}

bool is_uts_namespace(const MemorySource& source, PhysAddr at) {
    // The name is the first member since Linux 5.11; before, a counter stood in front of it.
    std::array<std::byte, 16> start{};
    return source.read(at, start) && as_text(start).find(std::string_view("Linux\0", 6)) <= 8;
}

}  // namespace

Result<KernelSpace> KernelSpace::open(const MemorySource& source, std::string_view vmcoreinfo,
                                      const Architecture* known) {
    const Vmcoreinfo info(vmcoreinfo);
    const Architecture* architecture = find_architecture(source, info, known);
    if (architecture == nullptr) {
        if (source.machine() != 0) return not_translated(source.machine());
        return Error{ErrorCode::NotFound, std::string("the image does not say which architecture it is of") +
                                              (vmcoreinfo.empty() ? ": its headers carry no VMCOREINFO that would tell"
                                                                  : ", nor does its VMCOREINFO tell")};
    }
    auto facts = architecture->find_space(
        {.architecture = *architecture,
         .info = info,
         .segments = source.segments(),
         .notes = source.notes(),
         .maps_itself = [&](const PageTables& tables, VirtAddr at) { return maps_itself(source, tables, at); },
         .is_uts_namespace = [&](PhysAddr at) { return is_uts_namespace(source, at); }});
    if (!facts) return facts.error();
    if (const PageTables& tables = facts->tables; !tables.form->may_be_root(tables.root))
        return Error{ErrorCode::Corrupt,
                     fmt::format("the kernel's page tables should be at physical {:#x} by {}, where none can begin",
                                 tables.root.value, facts->found),
                     tables.root.value};
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
        if (const auto read = source_->read(*found.phys, out.first(part)); !read) {
            note_missing(*found.phys, read.error());
            return read.error().in(fmt::format("virtual {:#x}", at.value));
        }
        out = out.subspan(part);
        at.value += part;
    }
    return {};
}

void KernelSpace::note_missing(PhysAddr at, const Error& why) {
    constexpr std::size_t kMostMissing = 1 << 16;
    if (why.code != ErrorCode::Excluded && why.code != ErrorCode::NotFound) return;
    if (missing_.size() < kMostMissing) missing_.insert(why.address.value_or(at.value) / kSmallestPage);
}

std::string KernelSpace::description() const {
    return fmt::format("{}, {}, root at physical {:#x}, by {}", architecture_->name, facts_.tables.form->name,
                       facts_.tables.root.value, facts_.found);
}

}  // namespace kstrax
