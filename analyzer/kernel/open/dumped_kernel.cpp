// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/open/dumped_kernel.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "analyzer/kernel/kallsyms_search.hpp"
#include "analyzer/kernel/open/missing_pages.hpp"
#include "analyzer/kernel/structure/types_search.hpp"

namespace kstrax {

namespace {

/// What is asked for on the way to the tasks, to their stacks and to the overview; found in one pass over the kernel's symbols.
constexpr auto kCommon = std::to_array<std::string_view>({"__start_BTF",
                                                          "__stop_BTF",
                                                          "modules",
                                                          "init_task",
                                                          "runqueues",
                                                          "__per_cpu_offset",
                                                          "nr_cpu_ids",
                                                          "panic_cpu",
                                                          "cpu_current_top_of_stack",
                                                          "pcpu_hot",
                                                          "init_pid_ns",
                                                          "current_task",
                                                          "create_io_thread",
                                                          "vhost_task_create",
                                                          "_stext",
                                                          "_etext",
                                                          "_sinittext",
                                                          "_einittext",
                                                          "__sched_text_start",
                                                          "__sched_text_end",
                                                          "__start_orc_unwind_ip",
                                                          "__stop_orc_unwind_ip",
                                                          "__start_orc_unwind",
                                                          "return_to_handler",
                                                          "arch_rethook_trampoline",
                                                          "ret_from_fork",
                                                          "ret_from_fork_asm",
                                                          "crash_notes",
                                                          "init_uts_ns",
                                                          "timekeeper_data",
                                                          "tk_core"});

}  // namespace

Kallsyms* DumpedKernel::symbols() {
    if (!symbols_) symbols_.emplace(find_kallsyms(space_));
    return symbols_->ok() ? &**symbols_ : nullptr;
}

const KernelTypes* DumpedKernel::types() {
    if (!types_) types_.emplace(read_kernel_types(space_, find()));
    // Not of a kernel that goes on, which may record what is read.
    if (!types_->ok() && types_->error().code == ErrorCode::NotFound && !searched_ && !live() && symbols() != nullptr) {
        searched_ = true;
        if (auto found = search_kernel_types(space_)) types_.emplace(std::move(found));
    }
    return types_->ok() ? &**types_ : nullptr;
}

void note_damage(Findings& findings, std::string_view what, const Error& why) {
    // A kernel without it, and a dump that leaves it out, are as they should be.
    if (why.code != ErrorCode::Corrupt && why.code != ErrorCode::Truncated) return;
    findings.add(FindingId::KernelDamaged, fmt::format("the kernel's {} cannot be read: {}", what, why.message));
}

Findings DumpedKernel::damage() const {
    Findings findings = space_.findings();
    if (symbols_ && !symbols_->ok()) note_damage(findings, "symbols", symbols_->error());
    if (types_ && !types_->ok()) note_damage(findings, "types", types_->error());
    return findings;
}

Findings DumpedKernel::missing_pages() { return live() ? Findings() : missing_kernel_pages(space_); }

void DumpedKernel::find_common() {
    const auto found = symbols_->value().find_all(kCommon);
    for (std::size_t i = 0; i < kCommon.size(); ++i) addresses_.emplace(kCommon[i], found[i]);
}

std::optional<VirtAddr> DumpedKernel::symbol(std::string_view name) {
    if (const auto asked = addresses_.find(name); asked != addresses_.end()) return asked->second;
    Kallsyms* all = symbols();
    if (all == nullptr) return std::nullopt;
    const bool common = std::ranges::find(kCommon, name) != kCommon.end();
    if (common) find_common();
    else addresses_.emplace(name, all->find(name));
    return addresses_.find(name)->second;
}

std::optional<VirtAddr> DumpedKernel::address_of(std::string_view name) {
    if (std::ranges::find(kExports, name) != kExports.end() && !symbol("init_task")) {
        if (!exports_) exports_.emplace(find_exports(space_, kExports));
        if (const auto exported = exports_->find(name); exported != exports_->end()) return exported->second;
    }
    return symbol(name);
}

FindSymbol DumpedKernel::find() {
    return [this](std::string_view name) { return address_of(name); };
}

Result<FindMember> DumpedKernel::member() {
    if (const KernelTypes* known = types()) return known->finder();
    // A structure is held against all tasks at once, while they stand still.
    if (live()) return types_error();
    if (!structure_) structure_.emplace(TaskStructure::open(reader(), find()));
    if (!structure_->ok()) return structure_->error().in(types_error().message);
    return (*structure_)->finder();
}

}  // namespace kstrax
