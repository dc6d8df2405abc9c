// SPDX-License-Identifier: GPL-2.0-or-later
// Rings found by their pages alone, against what was put into them: nothing of
// weight is missing, nothing is on another CPU, nothing is made up.
#include "analyzer/importers/kstrax_memory/carve/carve.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <set>

#include "analyzer/importers/kstrax_memory/carve/carve_match.hpp"
#include "analyzer/importers/kstrax_memory/carve/carve_runs.hpp"
#include "analyzer/trace/record_reader.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/memory.hpp"
#include "tests/support/rings/ring_image.hpp"
#include "tests/support/rings/script.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

/// Where time and threads stand; goes on from one recording to the next.
struct Machine {
    explicit Machine(std::uint64_t seed) : random(seed) {}
    Random random;
    Nanos now = 1'000'000;
};

/// Each CPU's threads call and return, some of them on other CPUs than they called from.
Script recorded(Machine& machine, std::string_view layout, std::size_t cpus, std::uint64_t capacity,
                std::uint64_t records) {
    Script script = default_script();
    set_layout(script.facts, layout);
    script.facts.entries_per_cpu = capacity;
    script.facts.instance_id = machine.random.next() | 1;
    script.facts.possible_cpus = static_cast<std::uint32_t>(cpus);
    script.cpus.assign(cpus, {});
    struct Thread {
        std::uint32_t pid;
        std::uint16_t nr = 0;
        bool inside = false;
    };
    std::vector<Thread> threads;
    for (std::uint32_t i = 0; i < 3 * cpus; ++i) threads.push_back({100 + i});
    for (std::uint64_t i = 0; i < records * cpus; ++i) {
        machine.now += 1 + machine.random.below(3000);
        const std::size_t cpu = machine.random.below(cpus);
        const bool moved = machine.random.below(50) == 0;
        Thread& thread = threads[moved ? machine.random.below(threads.size()) : 3 * cpu + machine.random.below(3)];
        Entry entry{};
        entry.time = machine.now;
        entry.pid = thread.pid;
        entry.tgid = layout == "x86_64" ? thread.pid / 4 * 4 : 0;
        thread.inside = !thread.inside;
        if (thread.inside) thread.nr = static_cast<std::uint16_t>(machine.random.below(300));
        entry.nr = thread.nr;
        entry.kind = thread.inside ? KSTRAX_KIND_ENTRY : KSTRAX_KIND_EXIT;
        const Layout& row = *layout_named(layout);
        for (std::uint8_t a = 0; a < (thread.inside ? row.arg_count : 1); ++a)
            entry.args[a] = machine.random.next() & (row.arg_size() == 4 ? 0xffffffff : ~std::uint64_t{0});
        script.cpus[cpu].slots.push_back({false, entry, {}});
    }
    return script;
}

using Seen = std::map<std::pair<std::uint32_t, Nanos>, Entry>;  // by serial and time

/// What a sound reader finds in the rings of a script.
std::vector<Seen> truth_of(const Script& script) {
    std::vector<Seen> cpus;
    for (const ScriptCpu& cpu : script.cpus) {
        Seen& seen = cpus.emplace_back();
        const std::uint64_t head = cpu.begin + cpu.slots.size();
        const std::uint64_t oldest = head > script.facts.entries_per_cpu ? head - script.facts.entries_per_cpu : 0;
        for (std::uint64_t p = std::max(cpu.begin, oldest); p < head; ++p) {
            const ScriptSlot& slot = cpu.slots[static_cast<std::size_t>(p - cpu.begin)];
            if (slot.torn) continue;
            Entry entry = slot.entry;
            entry.serial = static_cast<std::uint32_t>(p + 1);
            seen.emplace(std::pair(entry.serial, entry.time), entry);
        }
    }
    return cpus;
}

std::vector<Seen> read_all(const Recording& recording) {
    std::vector<Seen> cpus;
    for (const CpuTrack& track : recording.cpus) {
        Seen& seen = cpus.emplace_back();
        RecordReader reader(recording, track);
        Record record;
        while (reader.next(record)) seen.emplace(std::pair(record.entry.serial, record.entry.time), record.entry);
    }
    return cpus;
}

/// How carved rings compare with the truth. CPUs may have changed their numbers.
struct Comparison {
    std::uint64_t there = 0, found = 0, elsewhere = 0, made_up = 0;
    std::set<std::size_t> rings;  // of the truth, that were found

    Comparison(const std::vector<Seen>& truth, const std::vector<Seen>& carved) {
        for (const Seen& cpu : truth) there += cpu.size();
        for (const Seen& ring : carved) {
            std::map<std::size_t, std::uint64_t> from;
            for (const auto& [key, entry] : ring) {
                bool known = false;
                for (std::size_t cpu = 0; cpu < truth.size() && !known; ++cpu) {
                    const auto at = truth[cpu].find(key);
                    if (at == truth[cpu].end() || at->second != entry) continue;
                    known = true;
                    ++from[cpu];
                }
                if (!known) ++made_up;
            }
            std::uint64_t most = 0, all = 0;
            std::size_t cpu = 0;
            for (const auto& [c, count] : from) {
                all += count;
                if (count > most) most = count, cpu = c;
            }
            if (most > 0 && rings.insert(cpu).second) found += most, all -= most;
            elsewhere += all;
        }
    }
    void check(double share) const {
        BOOST_TEST(static_cast<double>(found) >= share * static_cast<double>(there), found << " of " << there);
        BOOST_TEST(elsewhere == 0U);
        BOOST_TEST(made_up == 0U);
    }
};

struct Case {
    explicit Case(Script what, std::uint64_t frames = 4096, unsigned page_shift = 12)
        : script(std::move(what)), memory(std::uint64_t{1} << page_shift, frames) {
        script.facts.page_shift = static_cast<std::uint8_t>(page_shift);
        places = place_rings(script, memory);
    }
    void drop_anchor() { memory.drop(places.anchor); }
    void drop_lists() {
        for (const RingPlaces::Cpu& cpu : places.cpus)
            for (const PhysAddr list : cpu.lists) memory.drop(list);
    }
    void drop_all_but_rings() {
        drop_anchor();
        drop_lists();
    }
    [[nodiscard]] Result<std::vector<Recording>> carved(bool with_lists = false) const {
        scan = scan_pages(view);
        return carve(view, {with_lists ? &scan : nullptr, ""});
    }
    void check(double share, bool with_lists = false) const {
        const auto found = carved(with_lists);
        BOOST_TEST_REQUIRE(found.ok(), (found ? "" : found.error().message));
        Comparison(truth_of(script), read_all(found->front())).check(share);
        BOOST_TEST(!found->front().findings.empty());
    }

    Script script;
    Memory memory;
    MemoryView view{memory};
    RingPlaces places;
    mutable PageScan scan;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(carving)

BOOST_DATA_TEST_CASE(every_layout_whether_wrapped_or_not,
                     bdata::make({"x86_64", "ia32", "ia64"}) * bdata::make({300, 1999, 2000, 2500, 4000, 9111}) *
                         bdata::make({1, 2, 5}),
                     layout, records, cpus) {
    Machine machine(static_cast<std::uint64_t>(records + cpus));
    Case one(recorded(machine, layout, static_cast<std::size_t>(cpus), 2000, static_cast<std::uint64_t>(records)));
    one.drop_all_but_rings();
    one.check(0.995);
}

BOOST_AUTO_TEST_CASE(larger_pages_and_many_sizes_of_rings) {
    for (const unsigned shift : {12U, 14U, 16U})
        for (const std::uint64_t capacity : {200U, 512U, 1000U, 4096U}) {
            Machine machine(capacity);
            Case one(recorded(machine, "ia64", 2, capacity, 3 * capacity), 4096, shift);
            one.drop_all_but_rings();
            one.check(0.97);
        }
}

BOOST_AUTO_TEST_CASE(frame_lists_that_are_left_name_the_cpus) {
    Machine machine(3);
    Case one(recorded(machine, "x86_64", 4, 2000, 3100));
    one.drop_anchor();
    const auto found = one.carved(true);
    BOOST_TEST_REQUIRE(found.ok());
    const auto truth = truth_of(one.script);
    const auto carved = read_all(found->front());
    BOOST_TEST_REQUIRE(carved.size() == truth.size());
    for (std::size_t cpu = 0; cpu < truth.size(); ++cpu) {
        BOOST_TEST(found->front().cpus[cpu].cpu == cpu);
        Comparison({truth[cpu]}, {carved[cpu]}).check(0.995);
    }
    // One list is left: that CPU keeps its number, and the others are told from it.
    for (const std::size_t cpu : {0U, 1U, 3U}) one.memory.drop(one.places.cpus[cpu].lists[0]);
    const auto again = one.carved(true);
    BOOST_TEST_REQUIRE(again.ok());
    Comparison({truth[2]}, {read_all(again->front())[2]}).check(0.995);
    Comparison(truth, read_all(again->front())).check(0.995);
    BOOST_TEST(mentions(again->front().findings, "not known for 3 of 4 rings"));
}

BOOST_AUTO_TEST_CASE(a_lap_is_found_where_two_meet) {
    Machine machine(4);
    Case one(recorded(machine, "x86_64", 2, 2000, 5050));
    one.drop_all_but_rings();
    const auto found = one.carved();
    BOOST_TEST_REQUIRE(found.ok());
    BOOST_TEST(found->front().facts.entries_per_cpu == 2000U);
    for (const CpuTrack& cpu : found->front().cpus) {
        RecordReader reader(found->front(), cpu);
        Record record;
        while (reader.next(record)) {
        }
        BOOST_TEST(reader.trust().overwritten == cpu.head - 2000);
        BOOST_TEST(reader.trust().unreadable == 0U);
    }
}

// A page that could be another's double, but for what it has of the slots across its borders.
BOOST_AUTO_TEST_CASE(halves_tell_a_page_from_its_double) {
    Machine machine(13);
    const Layout& layout = *layout_named("x86_64");
    Case one(recorded(machine, "x86_64", 1, 2000, 1500));
    one.drop_all_but_rings();
    for (const std::size_t ordinal : {7U, 16U}) {  // 16 bytes of their first slots lie before them
        std::string page = one.memory.read(one.places.cpus[0].pages[ordinal], 4096);
        const MutableBytes bytes = std::as_writable_bytes(std::span(page));
        const auto phase = static_cast<std::uint16_t>((layout.size - ordinal * 4096 % layout.size) % layout.size);
        for (std::uint32_t slot = 0; slot < slots_of_page(layout, phase); ++slot) {
            const MutableBytes at = bytes.subspan(phase + slot * layout.size, layout.size);
            Entry entry = decode_entry(layout, at);
            entry.time -= slot == 0 ? 1 : 0;  // nearer to what lies before it
            entry.args[0] ^= 0xff;
            encode_entry(layout, entry, at);
        }
        // What is no entry at all; or one of a thread's in another process.
        if (ordinal == 7) std::fill_n(bytes.begin(), phase, std::byte{0xff});
        else bytes[layout.tgid.offset - ordinal * 4096 % layout.size] ^= std::byte{0x10};
        const std::uint32_t tail = tail_of_page(layout, phase);
        std::fill_n(bytes.end() - tail, tail, std::byte{0xff});
        one.memory.write(one.memory.take(), as_bytes(page));
    }
    one.check(0.995);
}

// Wherever the newest entry lies, also where half of it lies in another page than it began.
BOOST_AUTO_TEST_CASE(the_newest_entry_is_never_missing) {
    for (std::uint64_t extra = 0; extra < 130; ++extra) {
        Machine machine(extra);
        Case one(recorded(machine, "x86_64", 1, 500, 1200 + extra));
        one.drop_all_but_rings();
        const auto found = one.carved();
        BOOST_TEST_REQUIRE(found.ok());
        BOOST_TEST(found->front().cpus[0].head == one.script.cpus[0].slots.size());
        BOOST_TEST(found->front().facts.entries_per_cpu == 500U);
        one.check(0.995);
    }
}

// The slot that was being written holds the new record and the old one's serial.
BOOST_AUTO_TEST_CASE(a_slot_that_was_being_written_is_no_old_entry) {
    for (std::uint64_t extra = 0; extra < 120; ++extra) {
        Machine machine(extra);
        Script script = recorded(machine, "x86_64", 1, 500, 1200 + extra);
        Case one(script);
        const std::uint64_t place = script.cpus[0].slots.size() % 500;
        // All of a new record but its serial.
        for (const auto& [offset, size] : {std::pair(4, 8), std::pair(24, 48)}) {
            for (int byte = 0; byte < size; ++byte) {
                const std::uint64_t value = offset == 4 ? (machine.now + 500) >> (8 * byte) : 0xee;
                one.memory.put(one.places.slot_byte(0, place, static_cast<std::uint64_t>(offset + byte)),
                               static_cast<std::uint8_t>(value));
            }
        }
        one.drop_all_but_rings();
        one.check(0.99);
    }
}

BOOST_AUTO_TEST_CASE(what_is_missing_leaves_a_gap_and_no_more) {
    Machine machine(5);
    int doubted = 0;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        Case one(recorded(machine, "x86_64", 3, 3000, 4000 + 100 * seed));
        one.drop_all_but_rings();
        std::uint64_t lost = 0;
        for (int i = 0; i < 4; ++i) {
            auto& pages = one.places.cpus[machine.random.below(3)].pages;
            one.memory.drop(pages[machine.random.below(pages.size())]);
            lost += 58;
        }
        const auto found = one.carved();
        BOOST_TEST_REQUIRE(found.ok());
        const Comparison seen(truth_of(one.script), read_all(found->front()));
        BOOST_TEST(seen.found + seen.elsewhere + lost + 160 >= seen.there, "seed " << seed);
        // Where it is not sure which part belongs to which ring, it says so.
        if (mentions(found->front().findings, "in another way")) {
            ++doubted;
            BOOST_TEST(seen.made_up <= 1U, "seed " << seed);
        } else {
            BOOST_TEST(seen.made_up == 0U, "seed " << seed);
            BOOST_TEST(seen.elsewhere == 0U, "seed " << seed);
        }
    }
    BOOST_TEST(doubted <= 5);
}

BOOST_AUTO_TEST_CASE(a_cpu_that_was_idle_since_is_of_the_same_recording) {
    Machine machine(11);
    Script script = recorded(machine, "x86_64", 3, 1000, 2600);
    // As if CPU 1 had stopped long before the others' oldest entries.
    script.cpus[1].slots.resize(1100);
    Case one(script);
    one.drop_all_but_rings();
    one.check(0.995);
    BOOST_TEST(one.carved()->size() == 1U);
}

BOOST_AUTO_TEST_CASE(older_recordings_are_kept_apart) {
    Machine machine(6);
    const Script old = recorded(machine, "x86_64", 2, 1000, 2500);
    machine.now += 50'000'000;
    Case one(recorded(machine, "x86_64", 2, 1500, 2200));
    Memory& memory = one.memory;
    const RingPlaces remains = place_rings(old, memory);
    memory.drop(remains.anchor);
    for (const auto& cpu : remains.cpus)
        for (const PhysAddr list : cpu.lists) memory.drop(list);
    // Freed memory is used again.
    for (std::size_t i = 0; i < 5; ++i) memory.drop(remains.cpus[i % 2].pages[2 + 3 * (i / 2)]);
    one.drop_all_but_rings();
    one.check(0.995);
    const auto found = one.carved();
    BOOST_TEST(found->size() == 2U);
    BOOST_TEST(mentions(found->front().findings, "an older recording"));
    Comparison(truth_of(old), read_all(found->at(1))).check(0.5);
}

BOOST_AUTO_TEST_CASE(copies_are_not_counted_twice) {
    Machine machine(7);
    Case one(recorded(machine, "x86_64", 2, 1500, 2200));
    // A file of the rings in the page cache, and a copy of the pages as they are.
    for (const auto& cpu : one.places.cpus) {
        std::string ring;
        for (const PhysAddr page : cpu.pages) {
            ring += one.memory.read(page, 4096);
            one.memory.write(one.memory.take(), as_bytes(one.memory.read(page, 4096)));
        }
        ring = std::string(64, 'h') + ring;
        for (std::size_t at = 0; at < ring.size(); at += 4096)
            one.memory.write(one.memory.take(), as_bytes(std::string_view(ring).substr(at, 4096)));
    }
    one.drop_all_but_rings();
    one.check(0.99);
    BOOST_TEST(mentions(one.carved()->front().findings, "repeat entries"));
    BOOST_TEST(one.carved()->front().cpus.size() == 2U);
}

BOOST_AUTO_TEST_CASE(look_alikes_are_left_out) {
    Machine machine(8);
    Case one(recorded(machine, "x86_64", 2, 1500, 2200), 1 << 14);
    one.drop_all_but_rings();
    const Layout& layout = *layout_named("x86_64");
    for (int i = 0; i < 3000; ++i) {
        std::string page(4096, '\0');
        const MutableBytes bytes = std::as_writable_bytes(std::span(page));
        const std::uint16_t phase = static_cast<std::uint16_t>(8 * machine.random.below(9));
        // Every third with a serial that the rings have as well, at its place.
        const auto serial =
            static_cast<std::uint32_t>(i % 3 == 0 ? 700 + machine.random.below(1500) : machine.random.next());
        Nanos time = 1'000'000 + machine.random.below(machine.now);
        for (std::uint32_t s = 0; s < slots_of_page(layout, phase); ++s) {
            Entry entry{};
            entry.serial = serial + s;
            entry.time = i % 5 == 0 ? machine.random.next() >> 3 : time += machine.random.below(3000);
            entry.pid = 1 + static_cast<std::uint32_t>(machine.random.below(300));
            entry.tgid = entry.pid;
            entry.kind = static_cast<std::uint8_t>(i % 7 == 0 ? machine.random.below(16) : 1 + machine.random.below(2));
            encode_entry(layout, entry, bytes.subspan(phase + s * layout.size, layout.size));
        }
        if (i % 11 == 0)
            for (std::size_t word = 0; word < 512; ++word) std::memcpy(page.data() + 8 * word, &word, 8);
        one.memory.write(one.memory.take(), as_bytes(page));
    }
    one.check(0.99);
    BOOST_TEST(mentions(one.carved()->front().findings, "join no ring"));
}

BOOST_AUTO_TEST_CASE(damaged_bytes_cost_what_they_hit) {
    Machine machine(12);
    for (int round = 0; round < 20; ++round) {
        Case one(recorded(machine, "x86_64", 2, 1500, 2200));
        one.drop_all_but_rings();
        for (int i = 0; i < 200; ++i) {
            const auto& pages = one.places.cpus[machine.random.below(2)].pages;
            one.memory.flip(pages[machine.random.below(pages.size())] + machine.random.below(4096),
                            static_cast<std::uint8_t>(1 + machine.random.below(255)));
        }
        const auto found = one.carved();
        BOOST_TEST_REQUIRE(found.ok());
        const Comparison seen(truth_of(one.script), read_all(found->front()));
        // A changed time or argument cannot be seen: that is what was in the ring.
        BOOST_TEST(seen.made_up <= 200U);
        BOOST_TEST(seen.found + seen.elsewhere + 400 >= seen.there);
    }
}

// All pages fit everywhere, or nowhere: the work stays in proportion.
BOOST_AUTO_TEST_CASE(memory_made_to_take_time_does_not) {
    Machine machine(9);
    const Script script = recorded(machine, "x86_64", 1, 2000, 2000);
    for (const bool same_times : {true, false}) {
        Memory memory(4096, 1 << 15);
        Case one(script);
        for (int copy = 0; copy < 300; ++copy)
            for (std::size_t i = 0; i < 20; ++i) {
                std::string page = one.memory.read(one.places.cpus[0].pages[i], 4096);
                // Another time of day, that fits as well.
                if (!same_times)
                    for (std::size_t at = 0; at + 80 < page.size(); at += 8)
                        page[at + 5] = static_cast<char>(page[at + 5] + copy % 3);
                memory.write(memory.take(), as_bytes(page));
            }
        const MemoryView view(memory);
        const auto found = carve(view, {nullptr, ""});
        BOOST_TEST_REQUIRE(found.ok());
        if (!same_times) continue;
        const auto carved = read_all(found->front());
        BOOST_TEST(carved.size() == 1U);
        Comparison(truth_of(script), carved).check(0.5);
    }
}

BOOST_AUTO_TEST_CASE(memory_without_rings_has_none) {
    Machine machine(10);
    Memory memory(4096, 1024);
    for (int i = 0; i < 300; ++i) {
        std::string page;
        while (page.size() < 4096) {
            const std::uint64_t word = i % 2 == 0 ? machine.random.next() : page.size() / 8;
            page.append(static_cast<const char*>(static_cast<const void*>(&word)), 8);
        }
        memory.write(memory.take(), as_bytes(page));
    }
    const auto found = carve(MemoryView(memory), {nullptr, ""});
    BOOST_TEST_REQUIRE(!found.ok());
    BOOST_TEST(int(found.error().code) == int(ErrorCode::NotFound));
}

BOOST_AUTO_TEST_CASE(pairs_with_least_choice_go_first) {
    using Pairs = std::vector<std::pair<std::uint32_t, std::uint32_t>>;
    const auto pairs = [](std::vector<MatchEdge> edges) {
        auto found = match(std::move(edges)).pairs;
        std::sort(found.begin(), found.end());
        return found;
    };
    // The nearest pair would leave the other two without a partner.
    BOOST_TEST((pairs({{7, 3, 0, 1}, {7, 4, 0, 5}, {9, 3, 0, 5}}) == Pairs{{7, 4}, {9, 3}}));
    // What speaks for a pair is worth more than closeness.
    BOOST_TEST((pairs({{0, 0, 1, 9}, {0, 1, 5, 9}, {1, 0, 1, 1}, {1, 1, 1, 1}}) == Pairs{{0, 1}, {1, 0}}));
    BOOST_TEST(pairs({}).empty());
    BOOST_TEST(match({{0, 0, 1, 9}, {0, 1, 1, 8}, {1, 0, 1, 7}, {1, 1, 1, 1}}).undecided == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
