// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/views/kernel/overview/overview.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <unordered_map>

#include "analyzer/kernel/open/dumped_log.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kLogLines = 10;
constexpr std::size_t kFramesOfPlace = 2;
constexpr std::string_view kCalledBy = " < ";

/// What a task waits for in a function, by how its name begins; the first that fits any of the innermost frames.
/// Source: fs/fuse/dev.c, fs/super.c, fs/jbd2, net/sunrpc, block/blk-mq-tag.c, mm/filemap.c, kernel/{exit,fork,signal}.c
struct WaitWords {
    std::string_view function;
    std::string_view words;
    /// Who sleeps there waits for something that others should have done: it is told of even if a signal would wake it.
    bool told = false;
};
constexpr std::array kWaits{
    WaitWords{"request_wait_answer", "an answer of a FUSE server", true},
    WaitWords{"fuse_", "a FUSE server"},
    WaitWords{"rpc_wait_bit", "an answer of an NFS server", true},
    WaitWords{"nfs_", "an NFS server"},
    WaitWords{"percpu_rwsem_wait", "a percpu rwsem (a frozen file system?)"},
    WaitWords{"__sb_start_write", "a frozen file system to be thawed"},
    WaitWords{"sb_wait_write", "writers of a file system, to freeze it"},
    WaitWords{"jbd2_", "the journal of ext4"},
    WaitWords{"start_this_handle", "the journal of ext4"},
    WaitWords{"xfs_log", "the log of xfs"},
    WaitWords{"blk_mq_get_tag", "a free request of a block device"},
    WaitWords{"folio_wait_bit", "a page of a file to be read or written"},
    WaitWords{"wait_on_page_bit", "a page of a file to be read or written"},
    WaitWords{"__wait_on_buffer", "a block of a device to be read or written"},
    WaitWords{"io_schedule", "a block device"},
    WaitWords{"wait_for_completion", "a completion"},
    WaitWords{"wait_for_vfork_done", "its child to exec or exit (vfork)"},
    WaitWords{"kernel_clone", "its child to exec or exit (vfork)"},
    WaitWords{"__refrigerator", "to be thawed"},
};
constexpr std::size_t kFramesOfWords = 5;

/// Functions that only lead from a fault to the panic, by how their names begin.
constexpr std::array<std::string_view, 37> kOfPanic{"panic",
                                                    "vpanic",
                                                    "crash_",
                                                    "__crash_kexec",
                                                    "machine_",
                                                    "native_machine",
                                                    "oops_end",
                                                    "die",
                                                    "__die",
                                                    "no_context",
                                                    "page_fault_oops",
                                                    "__bad_area",
                                                    "bad_area",
                                                    "do_user_addr_fault",
                                                    "do_kern_addr_fault",
                                                    "kernelmode_fixup",
                                                    "exc_",
                                                    "asm_exc_",
                                                    "handle_bug",
                                                    "do_error_trap",
                                                    "do_trap",
                                                    "delay_",
                                                    "__delay",
                                                    "__const_udelay",
                                                    "watchdog_timer_fn",
                                                    "watchdog_overflow_callback",
                                                    "__hrtimer_run_queues",
                                                    "hrtimer_interrupt",
                                                    "__sysvec_apic_timer",
                                                    "sysvec_apic_timer",
                                                    "asm_sysvec_apic_timer",
                                                    "nmi_",
                                                    "unknown_nmi_error",
                                                    "io_check_error",
                                                    "pci_serr_error",
                                                    "default_do_nmi",
                                                    "end_repeat_nmi"};

std::vector<std::string_view> functions_of(std::string_view stack) {
    std::vector<std::string_view> functions;
    while (!stack.empty()) {
        const std::size_t end = std::min(stack.find(kCalledBy), stack.size());
        functions.push_back(stack.substr(0, end));
        stack.remove_prefix(std::min(end + kCalledBy.size(), stack.size()));
    }
    return functions;
}

bool waits_for_others(std::string_view stack) {
    const auto functions = functions_of(stack);
    return std::ranges::any_of(kWaits, [&](const WaitWords& row) {
        return row.told &&
               std::ranges::any_of(functions, [&](std::string_view one) { return one.starts_with(row.function); });
    });
}

std::string innermost(std::string_view stack) {
    const auto functions = functions_of(stack);
    if (functions.size() <= kFramesOfPlace) return std::string(stack);
    const char* end = functions[kFramesOfPlace - 1].data() + functions[kFramesOfPlace - 1].size();
    return {stack.data(), end};
}

bool is_blocked(const KernelTask& task) { return state_name(task.state) == "UN"; }

class Gathering {
  public:
    Gathering(Overview& found, ThreadText& text) : found_(found), text_(text) {}

    void look_at_all(const CancelFlag* cancel) {
        const auto tasks = text_.threads().tasks();
        found_.tasks = tasks.size();
        for (std::size_t place = 0; place < tasks.size() && !cancelled(cancel); ++place) look_at(place);
        add_owners();
        const auto longer = [&](std::size_t a, std::size_t b) {
            return found_.pictures[a].off_cpu > found_.pictures[b].off_cpu;
        };
        std::ranges::stable_sort(found_.blocked, longer);
        std::ranges::stable_sort(found_.running, {},
                                 [&](std::size_t i) { return *found_.pictures[i].task.running_on; });
        found_.queues = group_waiters(found_.waiters);
        group_elsewhere();
    }

  private:
    void look_at(std::size_t place) {
        ThreadPicture picture = text_.picture(place);
        found_.doubtful += picture.stack.doubtful() ? 1 : 0;
        const KernelTask& task = picture.task;
        const bool told = !is_blocked(task) && !task.running_on && waits_for_others(picture.functions);
        if (!task.running_on && !is_blocked(task) && !picture.wait && !told) return;
        const std::size_t i = found_.pictures.size();
        if (task.panicked) found_.panicked = i;
        if (task.running_on) found_.running.push_back(i);
        if (is_blocked(task)) found_.blocked.push_back(i);
        if (told) asleep_.push_back(i);
        if (picture.wait) found_.waiters.push_back({i, *picture.wait, picture.off_cpu});
        places_.emplace(place, i);
        found_.pictures.push_back(std::move(picture));
    }

    /// From places in the list of tasks to places among the pictures.
    void add_owners() {
        for (LockWaiter& waiter : found_.waiters) {
            if (!waiter.wait.owner) continue;
            const auto [known, is_new] = places_.try_emplace(*waiter.wait.owner, found_.pictures.size());
            if (is_new) found_.pictures.push_back(text_.picture(*waiter.wait.owner));
            waiter.wait.owner = known->second;
        }
    }

    void group_elsewhere() {
        std::map<std::string, std::size_t, std::less<>> groups;
        std::vector<std::size_t> all = found_.blocked;
        all.insert(all.end(), asleep_.begin(), asleep_.end());
        const auto off_cpu = [&](std::size_t i) { return found_.pictures[i].off_cpu; };
        std::ranges::stable_sort(all, std::greater(), off_cpu);
        for (const std::size_t i : all) {
            const ThreadPicture& picture = found_.pictures[i];
            if (picture.wait && picture.wait->lock.value != 0) continue;
            const std::string_view what = words_for(picture.functions);
            std::string where = innermost(picture.functions);
            const auto [group, is_new] =
                groups.try_emplace(what.empty() ? where : std::string(what), found_.elsewhere.size());
            if (is_new) found_.elsewhere.push_back({std::move(where), what, {}});
            found_.elsewhere[group->second].pictures.push_back(i);
        }
    }

    Overview& found_;
    ThreadText& text_;
    std::vector<std::size_t> asleep_;                      // of the pictures: not blocked, but told
    std::unordered_map<std::size_t, std::size_t> places_;  // of tasks among the pictures
};

}  // namespace

std::string_view words_for(std::string_view stack) {
    const auto functions = functions_of(stack);
    for (const WaitWords& row : kWaits)
        for (std::size_t i = 0; i < std::min(functions.size(), kFramesOfWords); ++i)
            if (functions[i].starts_with(row.function)) return row.words;
    return {};
}

std::string without_panic(std::string_view stack) {
    const auto functions = functions_of(stack);
    std::size_t first = 0;
    for (std::size_t i = 0; i < functions.size(); ++i)
        if (functions[i] == "panic" || functions[i] == "vpanic") first = i + 1;
    while (first < functions.size() &&
           std::ranges::any_of(kOfPanic, [&](std::string_view begin) { return functions[first].starts_with(begin); }))
        ++first;
    if (first == functions.size()) return std::string(stack);
    return {functions[first].data(), stack.data() + stack.size()};
}

void gather_tasks(Overview& found, ThreadText& text, const CancelFlag* cancel) {
    Gathering(found, text).look_at_all(cancel);
}

Overview gather_overview(const KernelContext& context, KernelThreads* threads, ThreadText* text) {
    Overview found;
    LastWordsFinder words(kLogLines);
    auto log = read_kernel_log(context.kernel, [&](const LogRecord& record) {
        words.see(record);
        return !cancelled(context.cancel);
    });
    if (log) found.findings.append(log->findings);
    else {
        found.no_log = log.error().message;
        note_damage(found.findings, "log", log.error());
    }
    found.words = words.finish();
    found.time = read_kernel_time(context.kernel);
    found.host = read_host_name(context.kernel);
    if (threads == nullptr || text == nullptr) return found;
    gather_tasks(found, *text, context.cancel);
    found.findings.append(threads->findings());
    return found;
}

}  // namespace kstrax
