// SPDX-License-Identifier: GPL-2.0-or-later
// Random recordings, paired by the product from rings, and here by looking for
// each record's partner up and down one long list, with no state at all.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <optional>

#include "tests/support/calls.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

struct Event {
    std::size_t cpu;
    Entry entry;
    bool torn = false;
    // What may be missing just before it, anywhere.
    bool after_overwritten = false;
    bool after_damage = false;
    bool after_missing = false;  // more than what a CPU was writing when it stopped
    std::size_t index = 0;       // on its CPU
};

/// A machine of a few threads that call, fail, fork, execute and lose records.
std::vector<Event> random_events(Random& random, std::size_t cpus, std::size_t count) {
    const std::uint64_t step = random.below(2) == 0 ? 10 : 300'000;     // both sides of what is brief
    constexpr std::uint16_t kCalls[] = {0, 1, 3, 15, 56, 59, 60, 231};  // read … rt_sigreturn clone execve exits
    std::vector<Event> events;
    for (std::size_t i = 0; i < count; ++i) {
        Event event{};
        event.cpu = random.below(cpus);
        Entry& entry = event.entry;
        entry.time = 100 + (i + random.below(10) / 9) * step;  // some times are equal
        entry.pid = static_cast<std::uint32_t>(10 + random.below(5));
        entry.tgid = entry.pid - entry.pid % 2;
        entry.kind = random.below(2) == 0 ? KSTRAX_KIND_ENTRY : KSTRAX_KIND_EXIT;
        entry.nr = kCalls[random.below(std::size(kCalls))];
        const bool exit = entry.kind == KSTRAX_KIND_EXIT;
        if (exit && !events.empty() && random.below(10) != 0) {  // mostly the answer to what came before
            const Event& before = events[events.size() - 1 - random.below(std::min<std::size_t>(4, events.size()))];
            entry.pid = before.entry.pid;
            entry.tgid = before.entry.tgid;
            entry.nr = before.entry.nr;
            if (entry.nr == 59 && random.below(2) == 0) entry.pid = entry.tgid;
            if (entry.nr == 15 && random.below(2) == 0) entry.nr = KSTRAX_NR_NONE;
            entry.args[0] = random.below(3) == 0 ? 7 : 0;
        }
        event.torn = random.below(40) == 0;
        events.push_back(event);
    }
    return events;
}

/// Those that a reader still finds, in the order of their times.
struct Survivors {
    std::vector<Event> events;
    bool missing_at_end = false;
};
Survivors survivors(const std::vector<Event>& events, std::size_t cpus, std::size_t capacity) {
    struct Placed {
        Event event;
        std::size_t index;  // among those of its CPU that survive
        bool torn_before;   // between it and the one before on its CPU
        bool overwritten_before;
    };
    std::vector<Placed> placed;
    std::vector<bool> torn_at_end(cpus);
    std::vector<bool> missing_at_end(cpus);
    for (std::size_t cpu = 0; cpu < cpus; ++cpu) {
        std::vector<Event> own;
        for (const Event& event : events)
            if (event.cpu == cpu) own.push_back(event);
        const std::size_t first = own.size() > capacity ? own.size() - capacity : 0;
        bool torn = false;
        bool begun = first == 0;
        for (std::size_t i = first; i < own.size(); ++i) {
            if (own[i].torn) {
                torn = true;
                continue;
            }
            placed.push_back({own[i], i, torn, !begun});
            torn = false;
            begun = true;
        }
        torn_at_end[cpu] = torn;
        missing_at_end[cpu] = own.size() > first + 1 && own.back().torn && own[own.size() - 2].torn;
    }
    std::stable_sort(placed.begin(), placed.end(),
                     [](const Placed& a, const Placed& b) { return a.event.entry.time < b.event.entry.time; });
    std::vector<Event> all;
    for (std::size_t i = 0; i < placed.size(); ++i) {
        Event event = placed[i].event;
        event.index = placed[i].index;
        for (std::size_t cpu = 0; cpu < cpus; ++cpu) {
            // The CPU's next record from here on: what is missing before it may be missing here.
            const auto next = std::find_if(placed.begin() + static_cast<std::ptrdiff_t>(i), placed.end(),
                                           [&](const Placed& p) { return p.event.cpu == cpu; });
            event.after_missing |= next == placed.end() ? missing_at_end[cpu] : next->torn_before;
            event.after_damage |= next == placed.end() ? torn_at_end[cpu] : next->torn_before;
            event.after_overwritten |= next != placed.end() && next->overwritten_before;
        }
        all.push_back(event);
    }
    return {all, std::find(missing_at_end.begin(), missing_at_end.end(), true) != missing_at_end.end()};
}

class Oracle {
  public:
    Oracle(const Survivors& left, Tid panicked)
        : events_(left.events), missing_at_end_(left.missing_at_end), panicked_(panicked) {
        for (std::size_t i = 0; i < events_.size(); ++i)
            answered_.push_back(is_entry(i) ? std::nullopt : find_entry(i));
    }

    /// As describe_call gives them, sorted.
    [[nodiscard]] std::vector<std::string> calls() const {
        std::vector<std::string> lines;
        for (std::size_t i = 0; i < events_.size(); ++i) {
            if (is_entry(i)) lines.push_back(fate_of_entry(i));
            else if (!entry_of(i)) lines.push_back(line(i, std::nullopt, i, why_alone(i)));
        }
        std::sort(lines.begin(), lines.end());
        return lines;
    }

  private:
    [[nodiscard]] const Entry& at(std::size_t i) const { return events_[i].entry; }
    [[nodiscard]] bool is_entry(std::size_t i) const { return at(i).kind == KSTRAX_KIND_ENTRY; }
    [[nodiscard]] std::optional<std::size_t> before(std::size_t i, Tid tid) const {
        while (i-- > 0)
            if (at(i).pid == tid) return i;
        return std::nullopt;
    }
    [[nodiscard]] bool never_returns(std::size_t entry) const {
        return (at(entry).nr == 60 || at(entry).nr == 231) && at(entry).pid != panicked_;
    }
    [[nodiscard]] bool agree(std::size_t entry, std::size_t exit) const {
        return is_entry(entry) && !never_returns(entry) &&
               (at(entry).nr == at(exit).nr || (at(entry).nr == 15 && at(exit).nr == KSTRAX_NR_NONE));
    }
    [[nodiscard]] std::optional<std::size_t> entry_of(std::size_t exit) const { return answered_[exit]; }
    /// The entry that an exit answers, by those that earlier exits answer.
    [[nodiscard]] std::optional<std::size_t> find_entry(std::size_t exit) const {
        const auto open = [&](std::size_t entry) {
            return std::find(answered_.begin(), answered_.end(), entry) == answered_.end();
        };
        const auto own = before(exit, at(exit).pid);
        if (own && agree(*own, exit) && open(*own)) return own;
        if (at(exit).nr != 59 || at(exit).args[0] != 0) return std::nullopt;
        // A sibling's execve: the newest that is still open.
        for (std::size_t i = exit; i-- > 0;) {
            if (!is_entry(i) || at(i).nr != 59 || at(i).tgid != at(exit).pid || at(i).pid == at(i).tgid) continue;
            if (before(exit, at(i).pid) == i && open(i)) return i;
        }
        return std::nullopt;
    }
    [[nodiscard]] std::string fate_of_entry(std::size_t i) const {
        if (never_returns(i)) return line(i, i, std::nullopt, "no_return");
        for (std::size_t next = i + 1; next < events_.size(); ++next) {
            if (!is_entry(next) && entry_of(next) == i)
                return line(i, i, next, doubtful(i, next) ? "uncertain" : "complete");
            if (at(next).pid != at(i).pid) continue;
            const bool by_nature = at(i).nr == 15 || at(i).nr == 60 || at(i).nr == 231;
            return line(i, i, std::nullopt, by_nature ? "no_return" : "exit_lost");
        }
        const bool missing = std::any_of(events_.begin() + static_cast<std::ptrdiff_t>(i) + 1, events_.end(),
                                         [](const Event& event) { return event.after_missing; });
        return line(i, i, std::nullopt, missing || missing_at_end_ ? "may_have_ended" : "in_flight");
    }
    [[nodiscard]] bool doubtful(std::size_t entry, std::size_t exit) const {
        const Event& a = events_[entry];
        const Event& b = events_[exit];
        if (a.cpu == b.cpu && b.index == a.index + 1 && b.entry.time - a.entry.time < 1'000'000) return false;
        return std::any_of(events_.begin() + static_cast<std::ptrdiff_t>(entry) + 1,
                           events_.begin() + static_cast<std::ptrdiff_t>(exit) + 1,
                           [](const Event& event) { return event.after_overwritten || event.after_damage; });
    }
    [[nodiscard]] std::string_view why_alone(std::size_t exit) const {
        if (at(exit).nr == 56 && at(exit).args[0] == 0) return "child_return";
        const auto last = before(exit, at(exit).pid);
        bool overwritten = false;
        bool damaged = false;
        for (std::size_t i = last ? *last + 1 : 0; i <= exit; ++i) {
            overwritten |= events_[i].after_overwritten;
            damaged |= events_[i].after_damage;
        }
        return overwritten ? "entry_overwritten" : damaged ? "entry_lost" : "entry_not_recorded";
    }
    [[nodiscard]] std::string line(std::size_t who, std::optional<std::size_t> entry, std::optional<std::size_t> exit,
                                   std::string_view state) const {
        static const CallNames names(parse_script("").facts.audit_arch);
        const Syscall* call = names.find(0, at(who).nr);
        std::string text = std::to_string(at(who).pid);
        if (at(who).tgid != at(who).pid) text += "/" + std::to_string(at(who).tgid);
        text += " " + (call == nullptr ? std::string("-1") : std::string(call->name)) + " ";
        if (entry) text += std::to_string(at(*entry).time);
        text += "-";
        if (exit) text += std::to_string(at(*exit).time);
        text += " " + std::string(state);
        if (exit) text += " = " + std::to_string(static_cast<std::int64_t>(at(*exit).args[0]));
        return text;
    }

    const std::vector<Event>& events_;
    bool missing_at_end_;
    Tid panicked_;
    std::vector<std::optional<std::size_t>> answered_;  // by exit
};

}  // namespace

BOOST_AUTO_TEST_SUITE(pairing_property)

BOOST_AUTO_TEST_CASE(pairing_rings_equals_pairing_one_list) {
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Random random(seed);
        const std::size_t cpus = 1 + random.below(4);
        const std::size_t capacity = 5 + random.below(40);
        const auto events = random_events(random, cpus, 20 + random.below(100));
        const Tid panicked = random.below(2) == 0 ? 0 : 12;

        Script script = parse_script("cpus " + std::to_string(cpus));
        script.facts.entries_per_cpu = capacity;
        if (panicked != 0) script.end = {.time_ns = 100'000'000, .cpu = 0, .pid = panicked};
        for (const Event& event : events) script.cpus[event.cpu].slots.push_back({event.torn, event.entry, {}});
        Memory memory(4096);
        (void)place_rings(script, memory);

        auto got = paired_in_order(memory);
        std::sort(got.begin(), got.end());
        const auto left = survivors(events, cpus, capacity);
        const auto expected = Oracle(left, panicked).calls();
        BOOST_TEST_CONTEXT("seed " << seed) {
            std::vector<std::string> differ;  // the calls that only one of the two knows
            std::set_symmetric_difference(got.begin(), got.end(), expected.begin(), expected.end(),
                                          std::back_inserter(differ));
            for (const std::string& line : differ) BOOST_ERROR(line);
            BOOST_REQUIRE(differ.empty());
            // Whatever is taken for skewed clocks: every record is in one call.
            BOOST_TEST(paired_records(memory) == left.events.size());
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
