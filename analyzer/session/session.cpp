// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/session/session.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

#include "analyzer/importers/ftrace_memory/importer.hpp"
#include "analyzer/importers/kstrax_memory/kernel_text.hpp"
#include "analyzer/kernel/modules.hpp"
#include "analyzer/memory/read_ahead.hpp"
#include "analyzer/memory/recent_pages.hpp"
#include "analyzer/session/importers.hpp"
#include "analyzer/wording/report_clock.hpp"

namespace kstrax {

namespace {

using Clock = std::chrono::steady_clock;

double milliseconds_since(Clock::time_point start) {
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

}  // namespace

Result<std::unique_ptr<Session>> Session::attach(Attached attached) {
    std::unique_ptr<Session> session(new Session);
    session->name_ = std::move(attached.name);
    if (attached.file) session->files_.push_back(*attached.file);
    session->find_ = std::move(attached.find);
    session->tell_ = std::move(attached.tell);
    session->memory_ = &attached.memory;
    session->debugger_ = &attached.debugger;
    session->debuggers_tasks_ = attached.tasks;
    session->cancel_ = attached.cancel;
    if (const auto found = session->find_in_memory(); !found) return found.error();
    if (session->find_.way == Way::Given) return session;
    (void)session->located();
    if (cancelled(session->cancel_)) return Error{ErrorCode::Cancelled, "stopped while searching memory"};
    return session;
}

Result<void> Session::find_in_memory() {
    input_.memory = memory_;
    input_.ahead = ahead_ ? ahead_.get() : memory_;
    input_.name = name_;
    input_.find = &find_;
    input_.debugger = debugger_;
    if (verbose_)
        input_.tell_step = [this](std::string_view step, std::optional<double> milliseconds, std::string_view said) {
            tell_step(step, milliseconds, said);
        };
    importer_ = &importer_of_memory(input_);
    auto found = importer_->find(input_);
    if (!found) return found.error();
    import_ = std::move(*found);
    return {};
}

const Located& Session::located() {
    static const Located kNothing;
    const Located* found = import_->located();
    located_ = found != nullptr ? found : &kNothing;
    if (found != nullptr && verbose_ && find_.way != Way::Given && !std::exchange(told_story_, true))
        tell_story(*found);
    return *located_;
}

Result<const Anchor*> Session::choose_anchor() {
    (void)located();
    if (import_->located() == nullptr) return Error{ErrorCode::Unsupported, name_ + ": no rings of kstrax in memory"};
    return import_->choose_anchor();
}

Result<OpenedRecording> Session::open_recording(const MemorySource* through) {
    (void)located();
    if (auto traced = open_traced(through)) return std::move(*traced);
    auto opened = import_->open(through);
    if (opened && !std::exchange(told_others_, true)) tell_others(opened->others);
    return opened;
}

/// What the kernel's own tracing has recorded, where nobody asks for anything else, and the kernel says that there is no
/// recorder of ours.
std::optional<OpenedRecording> Session::open_traced(const MemorySource* through) {
    const bool any = memory_ != nullptr && !live() && !find_.way && !find_.instance && !find_.rings.any();
    if (!any || !located().anchors.empty() || !lacks_recorder()) return std::nullopt;
    if (!traced_) {
        auto found = kFtraceMemoryImporter.find(input_);
        if (!found) return std::nullopt;
        traced_ = std::move(*found);
    }
    auto opened = traced_->open(through);
    if (!opened) {
        if (opened.error().code != ErrorCode::NotFound) tell(opened.error().message);
        return std::nullopt;
    }
    if (!std::exchange(told_traced_, true))
        tell(name_ + ": kstrax_buf was not loaded: these are the calls that the kernel's own tracing has recorded");
    return std::move(*opened);
}

Result<OpenedRecording> Session::open_own_recording() {
    if (located_ == nullptr) find_.own = true;
    return open_recording();
}

void Session::tell_others(std::span<const OtherRecording> others) {
    for (const OtherRecording& other : others) {
        if (!other.begun) {  // and not of the others either
            tell(fmt::format("{} older recordings were carved: --instance {}", others.size(), other.id));
            return;
        }
        TextBuffer when;
        append_date_time(when, *other.begun);
        tell(fmt::format("another recording, begun {} UTC, is in this image: --instance {}",
                         std::string_view(when.data(), when.size()), other.id));
    }
}

void Session::tell_step(std::string_view step, std::optional<double> milliseconds, std::string_view said) const {
    const std::string time = milliseconds ? fmt::format("{:8.2f} ms", *milliseconds) : std::string(11, ' ');
    tell(fmt::format("{:<16}{}  {}", step, time, said));
}

void Session::tell_story(const Located& found) const {
    tell_step("opened", open_milliseconds_,
              fmt::format("{}: {}, {} pages", name_, format(), memory_->memory_size() / memory_->page_size()));
    for (const WayTold& told : found.story) tell_step(told.way, told.milliseconds, told.said);
    for (const std::string& why : found.rejected) tell_step("passed over", std::nullopt, why);
    if (!own_calls_.empty()) tell("own calls       " + own_calls_);
}

Result<KernelSpace> Session::kernel_space() {
    if (memory_ == nullptr) return Error{ErrorCode::NotFound, fmt::format("{} hold no kernel", format())};
    // A dump that describes its kernel needs no search of memory.
    if (located_ == nullptr && memory_->vmcoreinfo().empty()) (void)located();
    const PageScan* scan = located_ != nullptr && located_->scanned ? &located_->scan : nullptr;
    const auto anchor = located_ != nullptr ? choose_anchor() : Result<const Anchor*>(nullptr);
    const bool known = anchor && *anchor != nullptr;
    if (live()) kernel_memory_ = std::make_unique<ReadAhead>(*memory_);
    else if (!kernel_memory_ && memory_->costly_to_scan()) kernel_memory_ = std::make_unique<RecentPages>(*memory_);
    return find_kernel_space(memory_of_kernel(), scan,
                             known ? architecture_of_audit((*anchor)->block.facts.audit_arch) : nullptr);
}

Result<DumpedKernel*> Session::kernel() {
    if (!kernel_ && !no_kernel_) {
        auto space = kernel_space();
        if (space) kernel_ = std::make_unique<DumpedKernel>(memory_of_kernel(), std::move(*space));
        else no_kernel_ = space.error();
    }
    if (no_kernel_) return *no_kernel_;
    return kernel_.get();
}

bool Session::lacks_recorder() {
    const auto of_memory = kernel();
    if (!of_memory || (*of_memory)->types() == nullptr) return false;
    DumpedKernel& known = **of_memory;
    const auto list = read_modules(known.space(), *known.types(), known.find(), known.memory_size());
    return list && list->damage.empty() &&
           std::ranges::find(list->modules, kRecorderModule, &KernelModule::name) == list->modules.end();
}

void Session::forget_kernel() {
    kernel_.reset();
    no_kernel_.reset();
}

/// A debugger's word is asked where the kernel's own is not to be had: so the same dump gives the same report there.
const KnownTasks& Session::tasks(const BesideTasks& beside) {
    if (tasks_ && beside_tasks_ == beside && !live()) return *tasks_;
    tasks_.emplace();
    beside_tasks_ = beside;
    dump_tasks_.reset();
    if (memory_ == nullptr) {
        tasks_->missing = fmt::format("{} hold no tasks", format());
        return *tasks_;
    }
    if (debugger_ != nullptr && live()) {
        tasks_->notes = debuggers_tasks_;
        return *tasks_;
    }
    const auto started = Clock::now();
    if (live()) forget_kernel();
    if (!beside.nothing) (void)located();
    const auto known = kernel();
    auto tasks = known ? read_dump_tasks(**known, beside) : known.error();
    tasks_->milliseconds = milliseconds_since(started);
    if (tasks) {
        dump_tasks_.emplace(std::move(*tasks));
        tasks_->notes = &*dump_tasks_;
        tasks_->of_dump = &*dump_tasks_;
        tasks_->findings = dump_tasks_->findings();
    } else {
        if (known) tasks_->findings = (*known)->damage();
        tasks_->missing = tasks.error().message;
        tasks_->notes = debuggers_tasks_;
    }
    if (verbose_) {
        std::string said = tasks_->of_dump != nullptr
                               ? fmt::format("found: {}, by {}", dump_tasks_->size(), dump_tasks_->known_by)
                               : "no COMMAND and state: " + tasks_->missing;
        if (dump_tasks_ && !dump_tasks_->no_calls.empty())
            said += "; not which calls they are in: " + dump_tasks_->no_calls;
        tell_step("tasks", tasks_->milliseconds, said);
    }
    return *tasks_;
}

}  // namespace kstrax
