// SPDX-License-Identifier: GPL-2.0-or-later
// Chains of frame lists: whole, broken and hostile.
#include <fmt/core.h>

#include <boost/test/unit_test.hpp>
#include <chrono>

#include "analyzer/importers/kstrax_memory/rings/frame_map.hpp"
#include "analyzer/trace/survey.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/reports.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kEntries = 9000;  // 16 a page, in 563 pages, in 3 lists of up to 256
constexpr std::uint64_t kPerPage = 16;
constexpr std::uint64_t kPerList = 256;
constexpr std::uint64_t kListHeader = 2048;

/// Two CPUs with long rings, the first one full.
struct LongRings {
    LongRings() : memory(4096, 4096) {
        Script script = parse_script("cpus 2\nentry_size 256\nsizes 1328 1408 256 2048\nentries 9000");
        for (std::uint64_t i = 0; i < kEntries; ++i) {
            Entry entry{};
            entry.time = 1000 + i;
            entry.pid = 7;
            entry.nr = 1;
            entry.kind = KSTRAX_KIND_ENTRY;
            script.cpus[0].slots.push_back({false, entry, {}});
        }
        places = place_rings(script, memory);
        BOOST_REQUIRE(list(2).value != 0U);
    }
    [[nodiscard]] PhysAddr list(std::size_t index) const { return places.cpus[0].lists.at(index); }
    template <typename T>
    void set(std::size_t index, std::uint64_t offset, T value) {
        memory.put(list(index) + offset, value);
        seal_list(memory, list(index), kListHeader);
    }

    Memory memory;
    RingPlaces places;
};

struct Outcome {
    std::uint64_t lists;
    std::uint64_t repaired;
    std::uint64_t lost;
    std::uint64_t entries;  // of CPU 0's ring
    std::uint64_t unreadable;
    bool operator==(const Outcome&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Outcome& o) {
    return out << o.lists << " lists, " << o.repaired << " repaired, " << o.lost << " lost; " << o.entries
               << " entries, " << o.unreadable << " unreadable";
}

Outcome outcome(const Memory& memory) {
    const SearchedMemory searched(memory);
    const Anchor& anchor = searched.located.anchors.at(0);
    const auto cpu = read_cpu(searched.view, anchor, 0).value();
    const RingFrames frames = read_frames(searched.view, anchor, cpu, FrameLists(searched.view, searched.located.scan));
    const Recording recording = searched.recording();
    BOOST_TEST(mentions(recording.findings, "CPU 0: ") == (frames.lost + frames.repaired > 0));
    RecordReader reader(recording, recording.cpus.at(0));
    Record record;
    while (reader.next(record)) {
    }
    return {frames.lists, frames.repaired, frames.lost, reader.trust().entries, reader.trust().unreadable};
}

constexpr Outcome kWhole{3, 0, 0, kEntries, 0};
constexpr std::uint64_t kFullList = kPerList * kPerPage;
constexpr std::uint64_t kLastList = kEntries - 2 * kFullList;

#define FRAMES(member) offsetof(kstrax_frames, member)

}  // namespace

BOOST_AUTO_TEST_SUITE(frame_lists)

BOOST_AUTO_TEST_CASE(a_whole_chain_names_every_page) { BOOST_TEST(outcome(LongRings().memory) == kWhole); }

BOOST_AUTO_TEST_CASE(a_broken_chain_is_repaired_by_the_scan) {
    const Outcome repaired{3, 1, 0, kEntries, 0};
    for (const std::uint64_t next : {std::uint64_t{0}, std::uint64_t{0x123000}, ~std::uint64_t{0}}) {
        LongRings rings;
        rings.set(0, FRAMES(next_phys), next);
        BOOST_TEST(outcome(rings.memory) == repaired, "next list at " << next);
    }
    LongRings loop;
    loop.set(1, FRAMES(next_phys), loop.list(0).value);
    BOOST_TEST(outcome(loop.memory) == repaired);
    LongRings itself;
    itself.set(0, FRAMES(next_phys), itself.list(0).value);
    BOOST_TEST(outcome(itself.memory) == repaired);
    LongRings other_cpu;
    other_cpu.set(0, FRAMES(next_phys), other_cpu.places.cpus[1].lists[1].value);
    BOOST_TEST(outcome(other_cpu.memory) == repaired);
    LongRings no_start;
    no_start.memory.put(KSTRAX_TEST_AT(no_start.places.cpus[0].descriptor, kstrax_cpu, frames_phys), std::uint64_t{0});
    BOOST_TEST(outcome(no_start.memory) == repaired);
}

BOOST_AUTO_TEST_CASE(a_lost_list_costs_the_pages_that_it_names) {
    LongRings first;
    first.memory.drop(first.list(0));
    BOOST_TEST(outcome(first.memory) == (Outcome{2, 1, 1, kEntries - kFullList, kFullList}));
    LongRings middle;
    middle.memory.drop(middle.list(1));
    BOOST_TEST(outcome(middle.memory) == (Outcome{2, 1, 1, kEntries - kFullList, kFullList}));
    LongRings last;
    last.memory.drop(last.list(2));
    BOOST_TEST(outcome(last.memory) == (Outcome{2, 0, 1, kEntries - kLastList, kLastList}));
    LongRings all;
    for (std::size_t i = 0; i < 3; ++i) all.memory.drop(all.list(i));
    BOOST_TEST(outcome(all.memory) == (Outcome{0, 0, 3, 0, kEntries}));
}

BOOST_AUTO_TEST_CASE(of_a_damaged_list_what_records_prove_is_believed) {
    const Outcome recovered{2, 1, 1, kEntries, 0};
    LongRings entry;
    entry.memory.flip(entry.list(1) + kListHeader + 8 * 100, 1);
    BOOST_TEST(outcome(entry.memory) == (Outcome{2, 1, 1, kEntries - kPerPage, kPerPage}));
    LongRings other_page;  // of the same ring
    other_page.memory.put(other_page.list(1) + kListHeader + 8 * 100,
                          other_page.places.cpus[0].pages.at(7).value / 4096);
    BOOST_TEST(outcome(other_page.memory) == (Outcome{2, 1, 1, kEntries - kPerPage, kPerPage}));
    for (const std::uint32_t count : {0U, 257U, ~0U}) {
        LongRings rings;
        rings.set(1, FRAMES(count), count);
        BOOST_TEST(outcome(rings.memory) == recovered, "count " << count);
    }
    for (const std::uint32_t index : {0U, 3U, ~0U}) {
        LongRings rings;
        rings.set(1, FRAMES(index), index);
        BOOST_TEST(outcome(rings.memory) == recovered, "index " << index);
    }
    LongRings cpu;
    cpu.set(1, FRAMES(cpu), std::uint32_t{1});
    BOOST_TEST(outcome(cpu.memory) == recovered);
    LongRings instance;
    instance.set(1, FRAMES(instance_id), std::uint64_t{1});
    BOOST_TEST(outcome(instance.memory) == recovered);
    LongRings address;
    address.set(1, FRAMES(phys_addr), std::uint64_t{0x1000});
    BOOST_TEST(outcome(address.memory) == recovered);
}

BOOST_AUTO_TEST_CASE(a_list_that_is_gone_is_replaced_by_page_tables) {
    std::string records;
    for (int i = 0; i < 150; ++i) records += fmt::format("0 {} tid=7 getpid\n", 1000 + i);
    RingImage image("entries 200\ntables \"4 levels\"\n" + records);
    image.memory.drop(image.places.cpus[0].lists.at(0));
    const SearchedMemory searched(image.memory);
    const Recording recording = searched.recording();
    BOOST_TEST(mentions(recording.findings,
                        "of 3 ring pages that they name, 3 by the kernel's page tables, and proved "
                        "by their records, 0 are missing"));
    BOOST_TEST(survey(recording).at(0).entries == 150U);
}

BOOST_AUTO_TEST_CASE(what_a_damaged_anchor_says_of_lists_is_held_against_them) {
    for (const std::size_t member :
         {offsetof(kstrax_anchor, frames_size), offsetof(kstrax_anchor, facts) + offsetof(kstrax_facts, instance_id)}) {
        RingImage image("0 100 tid=7 getpid\n0 110 tid=7 getpid = 7");
        image.memory.flip(image.places.anchor + member + 1, 3);
        const SearchedMemory searched(image.memory);
        const Recording recording = searched.recording();
        BOOST_TEST(mentions(recording.findings, "fails its CRC"));
        BOOST_TEST(survey(recording).at(0).entries == 2U);
    }
}

BOOST_AUTO_TEST_CASE(a_list_that_names_fewer_pages_loses_those) {
    LongRings rings;
    rings.set(1, FRAMES(count), std::uint32_t{100});
    const std::uint64_t lost = 156 * kPerPage;
    BOOST_TEST(outcome(rings.memory) == (Outcome{3, 0, 0, kEntries - lost, lost}));
}

BOOST_AUTO_TEST_CASE(page_frames_that_do_not_exist_cannot_be_read) {
    for (const std::uint64_t frame : {~std::uint64_t{0}, std::uint64_t{1} << 52, std::uint64_t{5000}}) {
        LongRings rings;
        rings.set(1, kListHeader + 8 * 10, frame);
        BOOST_TEST(outcome(rings.memory) == (Outcome{3, 0, 0, kEntries - kPerPage, kPerPage}), "frame " << frame);
    }
}

BOOST_AUTO_TEST_CASE(the_largest_rings_cost_no_more_than_what_is_there) {
    const std::uint64_t largest = (std::uint64_t{1} << 46) / 256;
    for (const std::uint64_t head : {std::uint64_t{0}, std::uint64_t{kEntries}, largest, ~std::uint64_t{0}}) {
        LongRings rings;
        rings.memory.put(rings.places.anchor + offsetof(kstrax_anchor, facts) + offsetof(kstrax_facts, entries_per_cpu),
                         largest);
        rings.memory.put(KSTRAX_TEST_AT(rings.places.cpus[0].descriptor, kstrax_cpu, head), head);
        seal_anchor(rings.memory, rings.places.anchor);
        const auto begun = std::chrono::steady_clock::now();
        const Outcome got = outcome(rings.memory);
        BOOST_TEST((std::chrono::steady_clock::now() - begun < std::chrono::seconds(1)));
        BOOST_TEST(got.lists == 3U);
        BOOST_TEST(got.entries == (head == 0 ? 0 : kEntries), "head " << head);
        BOOST_TEST((head < largest || got.unreadable + 3 * kFullList >= largest), got);
    }
}

BOOST_AUTO_TEST_SUITE_END()
