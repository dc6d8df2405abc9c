// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/views/kernel/overview/overview_text.hpp"

#include <algorithm>

#include "analyzer/sinks/color.hpp"
#include "analyzer/views/trust_rows.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kWidth = 80;
constexpr std::size_t kLabel = 11;
constexpr std::size_t kMostCpus = 4;
constexpr std::size_t kMostGroups = 4;
constexpr std::size_t kMostWaits = 3;
constexpr std::string_view kMore = "...";

std::string escaped(std::string_view bytes) {
    TextBuffer out;
    append_c_escaped(out, bytes);
    return std::string(out.view());
}
std::string log_escaped(std::string_view bytes) {
    TextBuffer out;
    append_log_escaped(out, bytes);
    return std::string(out.view());
}

/// As a person says it: 65.3us, 12.345 s, 4:05 min, 3:04:05 h, 12 d 3:04:05.
std::string time_text(Nanos time) {
    constexpr Nanos kMillisecond = 1'000'000;
    if (time < kMillisecond) {
        TextBuffer out;
        append_short_time(out, time);
        return std::string(out.view());
    }
    const Nanos milliseconds = time / kMillisecond;
    const Nanos seconds = milliseconds / 1000;
    if (seconds < 60) return fmt::format("{}.{:03} s", seconds, milliseconds % 1000);
    const Nanos days = seconds / 86400;
    if (days > 0) return fmt::format("{} d {}:{:02}:{:02}", days, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    if (seconds >= 3600) return fmt::format("{}:{:02}:{:02} h", seconds / 3600, seconds / 60 % 60, seconds % 60);
    return fmt::format("{}:{:02} min", seconds / 60, seconds % 60);
}
std::string time_text(std::optional<Nanos> time) { return time ? time_text(*time) : "-"; }

std::string_view plural(std::size_t count) { return count == 1 ? "" : "s"; }

/// Lines behind labels, cut or folded where the screen ends.
class Screen {
  public:
    Screen(TextBuffer& out, bool wide, bool colors)
        : out_(out), width_(wide ? ~std::size_t{0} : kWidth), colors_(colors) {}

    /// Cut.
    void line(std::string_view label, std::string_view text, std::string_view color = {}) {
        begin(label, color);
        const std::size_t room = width_ - kLabel;
        if (text.size() <= room) {
            append(out_, text);
        } else {
            append(out_, text.substr(0, room - kMore.size()));
            append(out_, kMore);
        }
        end(color);
    }
    /// Folded at blanks into so many lines; the last one is cut.
    void lines(std::string_view label, std::string_view text, std::size_t most, std::string_view color = {}) {
        const std::size_t room = width_ - kLabel;
        for (; most > 1 && text.size() > room; --most) {
            std::size_t end = text.rfind(' ', room);
            if (end == text.npos || end == 0) end = room;
            line(label, text.substr(0, end), color);
            text.remove_prefix(std::min(text.find_first_not_of(' ', end), text.size()));
            label = {};
        }
        if (!text.empty()) line(label, text, color);
    }
    /// Without a label, from the first column on.
    void whole(std::string_view text) {
        append(out_, text.size() <= width_ ? text : text.substr(0, width_ - kMore.size()));
        if (text.size() > width_) append(out_, kMore);
        out_.push_back('\n');
    }

  private:
    void begin(std::string_view label, std::string_view color) {
        if (colors_ && !color.empty()) append(out_, color);
        fmt::format_to(std::back_inserter(out_), "{:<{}}", label, kLabel);
    }
    void end(std::string_view color) {
        if (colors_ && !color.empty()) append(out_, kPlain);
        out_.push_back('\n');
    }

    TextBuffer& out_;
    std::size_t width_;
    bool colors_;
};

class OverviewText {
  public:
    OverviewText(TextBuffer& out, const KernelContext& context, const Overview& overview, ThreadText* text,
                 const RecordedEnd& recorded)
        : screen_(out, context.wide, context.colors),
          context_(context),
          all_(overview),
          text_(text),
          recorded_(recorded) {}

    void write() {
        why();
        when();
        who();
        cpus();
        blocked();
        waits();
        calls();
        log();
        trust();
    }

  private:
    [[nodiscard]] const ThreadPicture& picture(std::size_t i) const { return all_.pictures[i]; }

    /// 220 fpos-hold
    [[nodiscard]] static std::string name_of(const KernelTask& task) {
        return fmt::format("{} {}", task.pid, escaped(task.command));
    }
    /// Its call; without one, where it is in the kernel.
    [[nodiscard]] std::string does(const ThreadPicture& one) const {
        if (one.task.pid == 0) return "idle";
        TextBuffer out;
        if (one.call.has_number()) text_->append_call(out, one);
        else if (!one.functions.empty()) append_c_escaped(out, without_panic(one.functions));
        else append(out, one.stack.end == StackEnd::UserMode ? "in user mode" : stack_end_text(one.stack.end));
        return std::string(out.view());
    }

    void why() {
        const LastWords& words = all_.words;
        if (words.panic) screen_.lines("PANIC", log_escaped(words.panic->text), 2, kRed);
        else if (all_.panicked || words.cause) screen_.line("PANIC", "the log has no line of it", kRed);
        else
            screen_.line("no panic",
                         context_.kernel.live() ? "the machine runs" : "the machine ran when it was dumped");
        if (words.cause) screen_.lines("after", log_escaped(words.cause->text), 2);
        if (!words.place.empty()) screen_.line("at", log_escaped(words.place));
    }

    void when() {
        TextBuffer line;
        if (all_.time.wall) {
            constexpr std::int64_t kSecond = 1'000'000'000;
            append_date_time(line, *all_.time.wall * kSecond);
            append(line, " UTC");
        }
        const auto next = [&] {
            if (line.size() > 0) append(line, ", ");
        };
        if (all_.time.since) {
            next();
            constexpr Nanos kSecond = 1'000'000'000;
            append(line, "up " + (*all_.time.since < 60 ? fmt::format("{} s", *all_.time.since)
                                                        : time_text(*all_.time.since * kSecond)));
        }
        if (line.size() > 0) screen_.line("when", line.view());
        const std::string release(context_.kernel.vmcoreinfo().value("OSRELEASE").value_or("(unknown release)"));
        screen_.line("machine", fmt::format("{}Linux {} {}", all_.host.empty() ? "" : escaped(all_.host) + ", ",
                                            escaped(release), context_.kernel.architecture().name));
    }

    void who() {
        if (!all_.panicked) return;
        const ThreadPicture& one = picture(*all_.panicked);
        std::string text = fmt::format("{} on CPU {}", name_of(one.task), *one.task.running_on);
        if (one.task.pid == 0) text += ", idle";
        else if (!one.call.has_number()) text += place_of_no_call(one);
        else text += (in_interrupt(one) ? ", interrupted in " : ": ") + does(one);
        // None: nothing was recorded behind its entry, a panic's time neither.
        if (recorded_.in_call.value_or(0) > 0) text += fmt::format(", for {}", time_text(recorded_.in_call));
        screen_.lines("task", text, 2, kBold);
        if (!one.functions.empty()) screen_.lines("stack", escaped(without_panic(one.functions)), 2);
        else if (text_->threads().no_stacks().empty()) screen_.line("stack", stack_end_text(one.stack.end));
    }

    /// What it died of is none of its own doing.
    [[nodiscard]] static bool in_interrupt(const ThreadPicture& one) {
        const std::string own = without_panic(one.functions);
        return own.find("asm_sysvec_") != own.npos || own.find("asm_common_interrupt") != own.npos;
    }

    void cpus() {
        std::vector<CpuId> idle;
        std::size_t shown = 0;
        std::size_t more = 0;
        std::string_view label = "CPUs";
        for (const std::size_t i : all_.running) {
            const ThreadPicture& one = picture(i);
            if (all_.panicked == i) continue;
            if (one.task.pid == 0) {
                idle.push_back(*one.task.running_on);
            } else if (shown == kMostCpus && !context_.wide) {
                ++more;
            } else {
                screen_.line(std::exchange(label, {}),
                             fmt::format("CPU {}: {}: {}", *one.task.running_on, name_of(one.task), does(one)));
                ++shown;
            }
        }
        std::string rest;
        if (more > 0) rest = fmt::format("{} more that ran (all: --wide)", more);
        if (!idle.empty()) rest += fmt::format("{}idle: {}", rest.empty() ? "" : "; ", cpu_list(idle));
        if (!rest.empty()) screen_.line(label, rest);
    }

    /// The owners' own waits are told with the locks that they hold: those queues are left out that hold nobody else.
    /// Of a circle, the first is told with all of it.
    [[nodiscard]] std::vector<const LockQueue*> queues_to_show() const {
        std::vector<const LockQueue*> shown;
        std::vector<bool> told(all_.queues.size());
        for (std::size_t i = 0; i < all_.queues.size(); ++i) {
            const LockQueue& queue = all_.queues[i];
            if (told[i] || (!queue.circle && owners_alone(queue))) continue;
            shown.push_back(&queue);
            if (queue.circle)
                for (const std::size_t further : queue.then) told[further] = true;
        }
        return shown;
    }
    [[nodiscard]] bool owners_alone(const LockQueue& queue) const {
        return std::ranges::all_of(queue.waiters, [&](std::size_t waiter) {
            return std::ranges::find(all_.queues, std::optional(all_.waiters[waiter].task), &LockQueue::owner) !=
                   all_.queues.end();
        });
    }

    void blocked() {
        if (all_.tasks == 0) return;
        const auto queues = queues_to_show();
        if (all_.blocked.empty() && queues.empty() && all_.elsewhere.empty()) {
            screen_.line("blocked", fmt::format("none of {} tasks", all_.tasks));
            return;
        }
        screen_.line("blocked", fmt::format("{} of {} tasks; {} wait{} for locks:", all_.blocked.size(), all_.tasks,
                                            all_.waiters.size(), all_.waiters.size() == 1 ? "s" : ""));
        struct Line {
            bool circle;
            std::optional<Nanos> longest;
            std::string text;
        };
        std::vector<Line> lines;
        lines.reserve(queues.size() + all_.elsewhere.size());
        for (const LockQueue* queue : queues)
            lines.push_back({queue->circle, queue->longest, chain_text(all_, *queue) + end_of_chain(*queue)});
        for (const BlockedGroup& group : all_.elsewhere) {
            const std::size_t count = group.pictures.size();
            lines.push_back({false, picture(group.pictures.front()).off_cpu,
                             fmt::format("{} task{} wait{} {}{}", count, plural(count), count == 1 ? "s" : "",
                                         group.what.empty() ? "in " : "for ",
                                         group.what.empty() ? escaped(group.where) : std::string(group.what))});
        }
        std::ranges::stable_sort(lines, std::greater(),
                                 [](const Line& line) { return std::pair(line.circle, line.longest); });
        // A line that says that there is one more might as well say what.
        const std::size_t most = context_.wide || lines.size() <= kMostGroups + 1 ? lines.size() : kMostGroups;
        for (std::size_t i = 0; i < most; ++i)
            screen_.lines(time_label(lines[i].longest), lines[i].text, 3, lines[i].circle ? kRed : std::string_view());
        if (most < lines.size()) screen_.line("", fmt::format("and {} groups more (all: --wide)", lines.size() - most));
    }
    /// What the last owner does, who waits for no lock.
    [[nodiscard]] std::string end_of_chain(const LockQueue& queue) const {
        const LockQueue& last = queue.then.empty() ? queue : all_.queues[queue.then.back()];
        if (!last.owner || last.read || queue.circle || last.circle) return {};
        const ThreadPicture& owner = picture(*last.owner);
        if (owner.wait && owner.wait->lock.value != 0) return {};
        if (const auto words = words_for(owner.functions); !words.empty())
            return fmt::format("; it waits for {}", words);
        return fmt::format("; it {} {}", owner.task.state == 0 ? "runs in" : "sleeps in", does(owner));
    }
    [[nodiscard]] static std::string time_label(std::optional<Nanos> time) {
        return fmt::format("{:>{}} ", time_text(time), kLabel - 1);
    }

    /// Those in deadlocks, then the longest of each group, then the others.
    [[nodiscard]] std::vector<std::size_t> worth_showing() const {
        std::vector<std::size_t> order;
        const auto add = [&](std::size_t i) {
            if (std::ranges::find(order, i) == order.end()) order.push_back(i);
        };
        for (const LockQueue& queue : all_.queues)
            if (queue.circle) add(*queue.owner);
        std::vector<std::size_t> firsts;
        for (const LockQueue& queue : all_.queues) firsts.push_back(all_.waiters[queue.waiters.front()].task);
        for (const BlockedGroup& group : all_.elsewhere) firsts.push_back(group.pictures.front());
        std::ranges::stable_sort(firsts, std::greater(), [&](std::size_t i) { return picture(i).off_cpu; });
        for (const std::size_t i : firsts) add(i);
        for (const std::size_t i : all_.blocked) add(i);
        return order;
    }

    void waits() {
        std::size_t shown = 0;
        for (const std::size_t i : worth_showing()) {
            if (shown++ == kMostWaits && !context_.wide) break;
            if (shown == 1) screen_.line("waits", "of these, the longest of each group (all: --tasks):");
            const ThreadPicture& one = picture(i);
            screen_.line(time_label(one.off_cpu), fmt::format("{}: {}", name_of(one.task), does(one)));
        }
    }

    void calls() {
        if (recorded_.calls.empty()) return;
        screen_.line("calls", fmt::format("the last of {} (all: -t -p {}):", name_of(picture(*all_.panicked).task),
                                          picture(*all_.panicked).task.tgid));
        for (const std::string& call : recorded_.calls) screen_.line("", call);
    }

    void log() {
        if (!all_.no_log.empty()) {
            screen_.line("log", "cannot be read: " + escaped(all_.no_log));
            return;
        }
        const std::uint64_t left = all_.words.left_out;
        const std::string without =
            left > 0 ? fmt::format("; without {} lines of registers and stacks", left) : std::string();
        screen_.lines("log", fmt::format("{} records{}{} (all: --log)", all_.words.records, silence(), without), 2);
        for (const LogLine& one : all_.words.last) {
            constexpr Nanos kMicrosecond = 1000;
            constexpr Nanos kSecond = 1'000'000;
            std::string time;
            if (one.time)
                time = fmt::format("[{:>5}.{:06}] ", *one.time / kMicrosecond / kSecond,
                                   *one.time / kMicrosecond % kSecond);
            screen_.whole(time + log_escaped(one.text));
        }
    }

    /// Where the last line is long past, what it says has little to do with the end.
    [[nodiscard]] std::string silence() const {
        constexpr Nanos kSecond = 1'000'000'000;
        constexpr std::uint64_t kLong = 10;
        const auto& last = all_.words.last;
        if (!all_.time.since || last.empty() || !last.back().time) return {};
        const std::uint64_t said = *last.back().time / kSecond;
        if (*all_.time.since < said + kLong) return {};
        return fmt::format(", none for {}", time_text((*all_.time.since - said) * kSecond));
    }

    void trust() {
        std::string text;
        if (all_.tasks == 0) {
            text = "no tasks: " + escaped(all_.no_tasks);
        } else {
            const auto found = [&](FindingId id) {
                return std::ranges::any_of(all_.findings, [&](const Finding& one) { return one.id == id; });
            };
            const bool whole = !found(FindingId::TaskListDamaged), pages = !found(FindingId::KernelPagesMissing);
            const auto recovered = std::ranges::count_if(text_->threads().tasks(), &KernelTask::is_recovered);
            text = fmt::format("{} tasks, {}", all_.tasks,
                               whole   ? "all of the list"
                               : pages ? "the list is damaged"
                                       : "parts of the list are not in the dump");
            if (recovered > 0) text += fmt::format(", {} known by other ways", recovered);
            for (const std::string* why : {&text_->threads().no_calls(), &text_->threads().no_stacks()})
                if (!why->empty()) text += "; " + escaped(*why);
            if (!pages) text += "; the dump lacks kernel pages";
            if (all_.doubtful > 0) text += fmt::format("; {} stacks break off", all_.doubtful);
        }
        screen_.lines("trust", text, 3);
        if (recorded_.known) text = recorded_.trust + " (more: --summary)";
        else if (!context_.no_recording.empty()) text = "none: " + escaped(context_.no_recording);
        else text = "none: kstrax was not loaded (kstrax-rec start loads it)";
        screen_.lines("recording", text, 2);
    }

    Screen screen_;
    const KernelContext& context_;
    const Overview& all_;
    ThreadText* text_;
    const RecordedEnd& recorded_;
};

}  // namespace

std::string chain_text(const Overview& overview, const LockQueue& queue) {
    const auto name_of = [&](std::size_t i) {
        const KernelTask& task = overview.pictures[i].task;
        return fmt::format("{} {}", task.pid, escaped(task.command));
    };
    const auto held = [&](const LockQueue& one) {
        if (one.frozen.value != 0) return "frozen file system " + escaped(one.name);
        std::string text(lock_text(one.kind));
        if (!one.name.empty()) text += ' ' + escaped(one.name);
        if (one.read)
            return text + " that readers hold" + (one.owner ? ", of whom " + name_of(*one.owner) + " came last" : "");
        return text + (one.owner ? " that " + name_of(*one.owner) + " holds" : " that nobody known holds");
    };
    std::string chain;
    bool circle = queue.circle;
    for (const std::size_t further : queue.then) {
        const LockQueue& next = overview.queues[further];
        chain += (chain.empty() && queue.circle ? " waits for the " : ", which waits for the ") + held(next);
        circle = circle || next.circle;
    }
    if (queue.circle) {
        // It begins and ends with the owner of its own lock.
        chain += (chain.empty() ? " waits for the " : ", which waits for the ") + held(queue);
        const std::size_t others = queue.behind - std::min(queue.behind, queue.then.size() + 1);
        return fmt::format(
            "DEADLOCK: {}{}{}", name_of(*queue.owner), chain,
            others > 0 ? fmt::format("; {} more wait{} behind them", others, others == 1 ? "s" : "") : "");
    }
    const std::size_t count = queue.waiters.size();
    return fmt::format("{} task{} wait{} for the {}{}{}", count, plural(count), count == 1 ? "s" : "", held(queue),
                       chain, circle ? ": DEADLOCK" : "");
}

std::string_view place_of_no_call(const ThreadPicture& one) {
    if ((one.task.flags & kKernelThread) != 0 || one.stack.end == StackEnd::Whole) return ", a kernel thread";
    if (one.functions.find("asm_exc_page_fault") != one.functions.npos) return ", in a page fault";
    return one.stack.end == StackEnd::UserMode ? ", in no call" : "";
}

void append_overview(TextBuffer& out, const KernelContext& context, const Overview& overview, ThreadText* text,
                     const RecordedEnd& recorded) {
    OverviewText(out, context, overview, text, recorded).write();
}

}  // namespace kstrax
