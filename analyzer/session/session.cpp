// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/session/session.hpp"

#include <fmt/format.h>

#include <chrono>

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
    if (session->find_.way == Way::Given) return session;
    (void)session->located();
    if (cancelled(session->cancel_)) return Error{ErrorCode::Cancelled, "stopped while searching memory"};
    return session;
}

const Located& Session::located() {
    if (located_) return *located_;
    if (find_.way == Way::Given || memory_ == nullptr) return located_.emplace();
    LocateOptions options{find_.way, debugger_};
    // Which recordings there are is known only after a look at all of memory.
    if (find_.instance && (!find_.way || *find_.way > Way::Scan)) options.way = Way::Scan;
    located_ = locate(ahead(), options);
    if (verbose_) tell_story();
    return *located_;
}

const MemorySource& Session::ahead() { return ahead_ ? *ahead_ : *memory_; }

void Session::tell_step(std::string_view step, std::optional<double> milliseconds, std::string_view said) const {
    const std::string time = milliseconds ? fmt::format("{:8.2f} ms", *milliseconds) : std::string(11, ' ');
    tell(fmt::format("{:<16}{}  {}", step, time, said));
}

void Session::tell_story() const {
    tell_step("opened", open_milliseconds_,
              fmt::format("{}: {}, {} pages", name_, format(), memory_->memory_size() / memory_->page_size()));
    for (const WayTold& told : located_->story) tell_step(told.way, told.milliseconds, told.said);
    for (const std::string& why : located_->rejected) tell_step("passed over", std::nullopt, why);
    if (!own_calls_.empty()) tell("own calls       " + own_calls_);
}

const Session::Tasks& Session::tasks(const Anchor* anchor) {
    if (tasks_ && tasks_anchor_ == anchor && !live()) return *tasks_;
    tasks_.emplace();
    tasks_anchor_ = anchor;
    dump_tasks_.reset();
    if (debugger_ != nullptr) {
        tasks_->notes = debuggers_tasks_;
        if (debuggers_tasks_ == nullptr) tasks_->missing = "the debugger knows none";
        return *tasks_;
    }
    if (memory_ == nullptr) {
        tasks_->missing = "buffer files hold no tasks";
        return *tasks_;
    }
    const auto started = Clock::now();
    auto tasks = read_dump_tasks(*memory_, located(), anchor);
    tasks_->milliseconds = milliseconds_since(started);
    if (!tasks) {
        tasks_->missing = tasks.error().message;
    } else {
        dump_tasks_ = std::move(*tasks);
        tasks_->notes = &*dump_tasks_;
        tasks_->of_dump = &*dump_tasks_;
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
