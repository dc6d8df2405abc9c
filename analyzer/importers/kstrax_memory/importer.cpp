// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/importer.hpp"

#include <fmt/core.h>

#include <chrono>

#include "analyzer/arch/vmcoreinfo.hpp"
#include "analyzer/importers/kstrax_memory/carve/carve.hpp"
#include "analyzer/importers/kstrax_memory/kernel_text.hpp"

namespace kstrax {

namespace {

std::string id_of(const Anchor& anchor) {
    return fmt::format("{:016x}", std::uint64_t{anchor.block.facts.instance_id});
}

Result<std::unique_ptr<Import>> find(const ImportInput& input) {
    return std::unique_ptr<Import>(std::make_unique<KstraxMemory>(input));
}

}  // namespace

constinit const Importer kMemoryImporter{.name = "kstrax_memory",
                                         .format = {},
                                         .sniff = [](const ImportInput& input) { return input.memory != nullptr; },
                                         .find = find};

Error KstraxMemory::nothing_found() const {
    const Located& located = *located_;
    std::string why = located.rejected.empty() ? "" : "; " + located.rejected.front();
    for (const Finding& finding : input_.memory->findings()) why += "; " + finding.text;
    if (located.scan.unreadable_pages > 0)
        why += fmt::format("; {} pages could not be read", located.scan.unreadable_pages);
    // A raw image has no header: anything may have been taken for one.
    const std::string_view asked = input_.memory->kind() == MemoryKind::RawImage
                                       ? "nothing known stands at its start; is it a memory image? If it is, "
                                       : "";
    return {
        ErrorCode::NotFound,
        fmt::format("{}: no kstrax ring found in {} pages (read as {}): {}was kstrax_buf loaded?{}", input_.name,
                    input_.memory->memory_size() / input_.memory->page_size(), input_.memory->format(), asked, why)};
}

const Located* KstraxMemory::located() {
    if (located_) return &*located_;
    if (find_.way == Way::Given) return &located_.emplace();
    LocateOptions options{find_.way, input_.debugger, find_.own};
    // Which recordings there are is known only after a look at all of memory.
    if (find_.instance && (!find_.way || *find_.way > Way::Scan)) options.way = Way::Scan;
    return &located_.emplace(locate(*input_.ahead, options));
}

Result<const Anchor*> KstraxMemory::choose_anchor() {
    const std::vector<Anchor>& anchors = located()->anchors;
    if (anchors.empty()) return nothing_found();
    if (!find_.instance) return &anchors.front();
    std::string known;
    for (const Anchor& anchor : anchors) {
        const std::string id = id_of(anchor);
        if (id == *find_.instance) return &anchor;
        known += " " + id;
    }
    return Error{ErrorCode::Usage,
                 fmt::format("{}: no recording {}; there are:{}", input_.name, *find_.instance, known)};
}

Result<OpenedRecording> KstraxMemory::open(const MemorySource* through) {
    const MemorySource& memory = through != nullptr ? *through : *input_.memory;
    if (find_.way == Way::Given) return open_given(memory);
    if (find_.way == Way::Carve) return open_carved(memory);
    const auto anchor = choose_anchor();
    if (anchor) return open_anchored(memory, **anchor);
    // A machine that runs has its recorder, or none; a debugger reads memory too slowly for a search that nobody asked for.
    const bool may_carve = input_.debugger == nullptr && !input_.memory->live() && !find_.way;
    if (anchor.error().code != ErrorCode::NotFound || !may_carve) return anchor.error();
    auto carved = open_carved(memory);
    if (!carved && carved.error().code == ErrorCode::NotFound) return anchor.error();
    return carved;
}

Result<OpenedRecording> KstraxMemory::open_given(const MemorySource& memory) {
    auto named = open_named_rings(memory, find_.rings, input_.debugger);
    if (!named) return named.error().in(input_.name);
    std::shared_ptr<NamedRecording> parts = std::move(*named);
    return OpenedRecording{.recording = std::move(parts->recording), .space = parts->space.get(), .parts = parts};
}

Result<OpenedRecording> KstraxMemory::open_carved(const MemorySource& memory) {
    const auto started = std::chrono::steady_clock::now();
    const Located& known = *located();
    const PageScan own = known.scanned ? PageScan{} : scan_pages(memory);
    const PageScan& scan = known.scanned ? known.scan : own;
    const std::string text = find_vmcoreinfo(memory, scan);
    const Vmcoreinfo info(text);
    CarveRequest request{.scan = &scan, .kernel_release = std::string(info.value("OSRELEASE").value_or(""))};
    if (const Architecture* of = architecture_of_vmcoreinfo(info)) request.machine = of->machine;
    auto carved = carve(memory, request);
    if (input_.tell_step) {
        const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - started;
        input_.tell_step(
            "carving", taken.count(),
            carved ? "found: " + carved->front().provenance.front() : carved.error().in(input_.name).message);
    }
    if (!carved) return carved.error().in(input_.name);
    std::string ids;
    for (std::size_t i = 0; i < carved->size(); ++i) {
        const std::string id = fmt::format("carved-{}", i + 1);
        ids += " " + id;
        if (find_.instance ? id != *find_.instance : i != 0) continue;
        for (const std::string& why : known.rejected) (*carved)[i].findings.add(FindingId::AnchorRejected, why);
        OpenedRecording opened{.recording = std::move((*carved)[i])};
        for (std::size_t other = 1; !find_.instance && other < carved->size(); ++other)
            opened.others.push_back({.id = fmt::format("carved-{}", other + 1), .begun = std::nullopt});
        return opened;
    }
    return Error{ErrorCode::Usage, fmt::format("{}: no recording {}; there are:{}", input_.name, *find_.instance, ids)};
}

Result<OpenedRecording> KstraxMemory::open_anchored(const MemorySource& memory, const Anchor& anchor) {
    // The anchors were read before: whoever watches what is read shall see it.
    if (&memory != input_.memory)
        if (const auto again = read_anchor(memory, anchor.at); !again) return again.error();
    OpenedRecording opened{.anchor = &anchor};
    for (const Anchor& other : located_->anchors)
        if (!find_.instance && &other != &anchor)
            opened.others.push_back({.id = id_of(other), .begun = other.block.facts.start_realtime_ns});
    KernelSpace* tables = nullptr;
    if (find_.way == Way::Tables) {
        auto space = find_kernel_space(memory, located_->scanned ? &located_->scan : nullptr,
                                       architecture_of_audit(anchor.block.facts.audit_arch));
        if (!space) return space.error().in(input_.name);
        auto kept = std::make_shared<KernelSpace>(std::move(*space));
        tables = kept.get();
        opened.parts = std::move(kept);
    }
    opened.recording = kstrax::open_recording(memory, *located_, anchor, tables);
    return opened;
}

}  // namespace kstrax
