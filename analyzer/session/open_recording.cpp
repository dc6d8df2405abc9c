// SPDX-License-Identifier: GPL-2.0-or-later
// The part of a session that opens the recording which is wanted, by the way that leads to it.
#include <fmt/format.h>

#include <chrono>

#include "analyzer/arch/vmcoreinfo.hpp"
#include "analyzer/importers/kstrax_memory/carve/carve.hpp"
#include "analyzer/importers/kstrax_memory/kernel_text.hpp"
#include "analyzer/report/moment.hpp"
#include "analyzer/session/session.hpp"

namespace kstrax {

Error Session::nothing_found(const Located& located) const {
    std::string why = located.rejected.empty() ? "" : "; " + located.rejected.front();
    for (const Finding& finding : memory_->findings()) why += "; " + finding.text;
    if (located.scan.unreadable_pages > 0)
        why += fmt::format("; {} pages could not be read", located.scan.unreadable_pages);
    // A raw image has no header: anything may have been taken for one.
    const std::string_view asked = memory_->format().starts_with("raw")
                                       ? "nothing known stands at its start; is it a memory image? If it is, "
                                       : "";
    return {ErrorCode::NotFound,
            fmt::format("{}: no kstrax ring found in {} pages (read as {}): {}was kstrax_buf loaded?{}", name_,
                        memory_->memory_size() / memory_->page_size(), memory_->format(), asked, why)};
}

Result<const Anchor*> Session::choose_anchor() { return choose(located()); }

Result<const Anchor*> Session::choose(const Located& located) const {
    if (located.anchors.empty()) return nothing_found(located);
    if (!find_.instance) return &located.anchors.front();
    std::string known;
    for (const Anchor& anchor : located.anchors) {
        const std::string id = fmt::format("{:016x}", std::uint64_t{anchor.block.facts.instance_id});
        if (id == *find_.instance) return &anchor;
        known += " " + id;
    }
    return Error{ErrorCode::Usage, fmt::format("{}: no recording {}; there are:{}", name_, *find_.instance, known)};
}

void Session::tell_others(const Anchor& chosen) {
    if (find_.instance || std::exchange(told_others_, true)) return;
    for (const Anchor& anchor : located_->anchors) {
        if (&anchor == &chosen) continue;
        TextBuffer when;
        append_date_time(when, anchor.block.facts.start_realtime_ns);
        tell(fmt::format("another recording, begun {} UTC, is in this image: --instance {:016x}",
                         std::string_view(when.data(), when.size()), std::uint64_t{anchor.block.facts.instance_id}));
    }
}

Result<OpenedRecording> Session::open_recording(const MemorySource* through) {
    if (memory_ == nullptr) {
        auto set = set_ ? Result<BufferFileSet>(std::move(*set_)) : open_buffer_files(name_);
        set_.reset();
        if (!set) return set.error();
        return OpenedRecording{.recording = std::move(set->recording),
                               .parts = std::make_shared<decltype(set->files)>(std::move(set->files))};
    }
    const MemorySource& memory = through != nullptr ? *through : *memory_;
    if (find_.way == Way::Given) return open_given(memory);
    if (find_.way == Way::Carve) return open_carved(memory);
    const auto anchor = choose_anchor();
    if (anchor) return open_anchored(memory, **anchor);
    // A machine that runs has its recorder, or none; a debugger reads memory too slowly for a search that nobody asked for.
    const bool may_carve = debugger_ == nullptr && !memory_->live() && !find_.way;
    if (anchor.error().code != ErrorCode::NotFound || !may_carve) return anchor.error();
    auto carved = open_carved(memory);
    if (!carved && carved.error().code == ErrorCode::NotFound) return anchor.error();
    return carved;
}

Result<OpenedRecording> Session::open_given(const MemorySource& memory) {
    auto named = open_named_rings(memory, find_.rings, debugger_);
    if (!named) return named.error().in(name_);
    std::shared_ptr<NamedRecording> parts = std::move(*named);
    return OpenedRecording{.recording = std::move(parts->recording), .space = parts->space.get(), .parts = parts};
}

Result<OpenedRecording> Session::open_carved(const MemorySource& memory) {
    const auto started = std::chrono::steady_clock::now();
    const Located& known = located();
    const PageScan own = known.scanned ? PageScan{} : scan_pages(memory);
    const PageScan& scan = known.scanned ? known.scan : own;
    const std::string text = find_vmcoreinfo(memory, scan);
    auto carved = carve(memory, {&scan, std::string(Vmcoreinfo(text).value("OSRELEASE").value_or(""))});
    if (verbose_) {
        const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - started;
        tell_step("carving", taken.count(),
                  carved ? "found: " + carved->front().provenance.front() : carved.error().in(name_).message);
    }
    if (!carved) return carved.error().in(name_);
    std::string ids;
    for (std::size_t i = 0; i < carved->size(); ++i) {
        const std::string id = fmt::format("carved-{}", i + 1);
        ids += " " + id;
        if (find_.instance ? id != *find_.instance : i != 0) continue;
        if (!find_.instance && carved->size() > 1 && !std::exchange(told_others_, true))
            tell(fmt::format("{} older recordings were carved: --instance carved-2", carved->size() - 1));
        for (const std::string& why : known.rejected) (*carved)[i].findings.add(FindingId::AnchorRejected, why);
        return OpenedRecording{.recording = std::move((*carved)[i])};
    }
    return Error{ErrorCode::Usage, fmt::format("{}: no recording {}; there are:{}", name_, *find_.instance, ids)};
}

Result<OpenedRecording> Session::open_anchored(const MemorySource& memory, const Anchor& anchor) {
    tell_others(anchor);
    // The anchors were read before: whoever watches what is read shall see it.
    if (&memory != memory_)
        if (const auto again = read_anchor(memory, anchor.at); !again) return again.error();
    OpenedRecording opened{.anchor = &anchor};
    KernelSpace* tables = nullptr;
    if (find_.way == Way::Tables) {
        auto space = find_kernel_space(memory, located_->scanned ? &located_->scan : nullptr,
                                       architecture_of_audit(anchor.block.facts.audit_arch));
        if (!space) return space.error().in(name_);
        auto kept = std::make_shared<KernelSpace>(std::move(*space));
        tables = kept.get();
        opened.parts = std::move(kept);
    }
    opened.recording = kstrax::open_recording(memory, *located_, anchor, tables);
    return opened;
}

}  // namespace kstrax
