// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/views/kernel/overview/last_words.hpp"

#include <algorithm>
#include <array>
#include <numeric>

namespace kstrax {

namespace {

constexpr std::string_view kPanic = "Kernel panic - not syncing: ";
constexpr std::string_view kPlace = "RIP: 0010:";  // in the kernel's own code
constexpr Nanos kJustBefore = 5'000'000'000;
constexpr std::size_t kMostComplaints = 64;

/// What a kernel says first when something goes wrong in it.
/// Source: arch/x86/kernel/{traps,dumpstack}.c, arch/x86/mm/fault.c, kernel/{hung_task,watchdog,panic}.c,
/// kernel/rcu/tree_stall.h, mm/oom_kill.c, drivers/tty/sysrq.c of Linux 5.10 to 7.2.
constexpr std::array<std::string_view, 22> kComplaints{
    "BUG: ",
    "kernel BUG at ",
    "watchdog: BUG: ",
    "watchdog: CPU",
    "Watchdog detected hard LOCKUP",
    "watchdog: Watchdog detected hard LOCKUP",
    "NMI watchdog: Watchdog detected hard LOCKUP",
    "general protection fault",
    "Oops: general protection fault",
    "invalid opcode: ",
    "divide error: ",
    "stack segment: ",
    "double fault: ",
    "traps: PANIC: ",
    "Unable to handle kernel ",
    "INFO: task ",
    "rcu: INFO: ",
    "INFO: rcu_",
    "sysrq: Trigger a crash",
    "mce: [Hardware Error]",
    "Uhhuh. NMI received",
    "WARNING: ",
};
constexpr std::string_view kOutOfMemory = " invoked oom-killer: ";

/// Registers, stacks and what frames them: the last lines of a dying kernel are little else, and say nothing at first sight.
constexpr std::array<std::string_view, 36> kDetails{"RIP: ",
                                                    "RSP: ",
                                                    "RAX: ",
                                                    "RBX: ",
                                                    "RCX: ",
                                                    "RDX: ",
                                                    "RSI: ",
                                                    "RBP: ",
                                                    "R08: ",
                                                    "R10: ",
                                                    "R13: ",
                                                    "FS:  ",
                                                    "CS:  ",
                                                    "CR2: ",
                                                    "DR0: ",
                                                    "DR3: ",
                                                    "PKRU: ",
                                                    "Code: ",
                                                    "EIP: ",
                                                    "EAX: ",
                                                    "ESI: ",
                                                    "DS: ",
                                                    "CR0: ",
                                                    "Call Trace:",
                                                    "#PF: ",
                                                    "PGD ",
                                                    "Modules linked in: ",
                                                    "CPU: ",
                                                    "Hardware name: ",
                                                    "Kernel Offset: ",
                                                    "---[ end ",
                                                    "Unloaded tainted modules: ",
                                                    "Workqueue: ",
                                                    "ORIG_RAX: ",
                                                    "Shutting down cpus with NMI",
                                                    "Rebooting in "};

bool begins_with_one_of(std::string_view text, std::span<const std::string_view> beginnings) {
    return std::ranges::any_of(beginnings, [&](std::string_view beginning) { return text.starts_with(beginning); });
}

/// Frames are indented. Of the tasks that a kernel without memory lists, the numbers are: "[    117]".
bool is_detail(std::string_view text) {
    return text.empty() || text.front() == ' ' || text.starts_with("[ ") || begins_with_one_of(text, kDetails);
}

bool is_complaint(std::string_view text) {
    return begins_with_one_of(text, kComplaints) || text.find(kOutOfMemory) != text.npos;
}

}  // namespace

void LastWordsFinder::see(const LogRecord& record) {
    ++found_.records;
    if (record.time) latest_ = std::max(latest_.value_or(0), *record.time);
    std::string_view rest = record.text;
    while (true) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        see_line(record.time, rest.substr(0, end));
        if (end == rest.size()) break;
        rest.remove_prefix(end + 1);
    }
}

void LastWordsFinder::see_line(std::optional<Nanos> time, std::string_view text) {
    if (text.starts_with(kPanic) && !found_.panic) {
        choose_cause();
        found_.panic = {time, std::string(text.substr(kPanic.size()))};
    }
    if (text.starts_with(kPlace) && !complaints_.empty() && complaints_.back().place.empty())
        complaints_.back().place = text.substr(kPlace.size());
    if (is_complaint(text)) {
        complaints_.push_back({{time, std::string(text)}, {}});
        if (complaints_.size() > kMostComplaints) complaints_.pop_front();
    }
    if (is_detail(text)) {
        ++skipped_;
        return;
    }
    found_.last.push_back({time, std::string(text)});
    left_out_.push_back(std::exchange(skipped_, 0));
    if (found_.last.size() <= lines_) return;
    found_.last.pop_front();
    left_out_.pop_front();
}

/// The first that it said shortly before the end: what follows is mostly because of it.
void LastWordsFinder::choose_cause() {
    const auto soon = [&](const Complaint& one) {
        return !one.line.time || !latest_ || *one.line.time + kJustBefore >= *latest_;
    };
    const auto first = std::ranges::find_if(complaints_, soon);
    if (first == complaints_.end()) return;
    found_.cause = std::move(first->line);
    found_.place = std::move(first->place);
}

LastWords LastWordsFinder::finish() {
    // One that dies by its crash kernel says no more than that it has a bug.
    if (!found_.panic) choose_cause();
    // Those before the first line are of what is not shown.
    if (!left_out_.empty()) left_out_.front() = 0;
    found_.left_out = std::accumulate(left_out_.begin(), left_out_.end(), skipped_);
    return std::move(found_);
}

}  // namespace kstrax
