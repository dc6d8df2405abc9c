// SPDX-License-Identifier: GPL-2.0-or-later
// Which positions of a ring can be read, against a list of them all.
#include "analyzer/importers/kstrax_memory/rings/frame_ring.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/reports.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

/// A ring filled by its positions, and the truth about it.
struct Case {
    Case(std::uint16_t entry_size, std::uint64_t capacity, std::uint64_t written, unsigned page_shift = 12)
        : memory(std::uint64_t{1} << page_shift, 256), head(written) {
        Script script = parse_script("");
        script.facts.entry_size = entry_size;
        script.facts.entries_per_cpu = capacity;
        script.facts.page_shift = static_cast<std::uint8_t>(page_shift);
        for (std::uint64_t i = 0; i < written; ++i) {
            Entry entry{};
            entry.time = i * 10;
            entry.kind = KSTRAX_KIND_ENTRY;
            script.cpus[0].slots.push_back({false, entry, {}});
        }
        facts = facts_of(script.facts);
        places = place_rings(script, memory);
    }

    [[nodiscard]] bool readable(std::uint64_t position) const {
        const std::uint64_t slot = position % facts.entries_per_cpu;
        for (std::uint64_t byte = 0; byte < facts.entry_size; ++byte)
            if (!memory.pages().contains(places.slot_byte(0, slot, byte).value / memory.page_size())) return false;
        return true;
    }

    void check() const {
        const SearchedMemory searched(memory);
        const Recording recording = searched.recording();
        const SlotSource& slots = *recording.cpus.at(0).slots;
        for (int pass = 0; pass < 2; ++pass) {
            const auto cursor = slots.open();
            std::uint64_t position = 0;
            bool first = true;
            while (const auto run = cursor->next()) {
                const std::uint64_t oldest = head > facts.entries_per_cpu ? head - facts.entries_per_cpu : 0;
                BOOST_TEST(run->overwritten_before == (first ? oldest : 0));
                first = false;
                position += run->overwritten_before;
                for (std::uint64_t i = 0; i < run->unreadable_before; ++i, ++position)
                    BOOST_TEST(!readable(position), "position " << position << " can be read");
                BOOST_TEST(run->first_position == position);
                BOOST_REQUIRE(run->slots.size() == run->count * facts.entry_size);
                for (std::uint64_t i = 0; i < run->count; ++i, ++position) {
                    BOOST_TEST(readable(position), "position " << position << " cannot be read");
                    const Bytes slot = run->slots.subspan(static_cast<std::size_t>(i * facts.entry_size));
                    BOOST_TEST(decode_serial(*recording.layout, slot) == static_cast<std::uint32_t>(position + 1));
                }
            }
            BOOST_TEST(position == head);
        }
    }

    Memory memory;
    std::uint64_t head;
    RecordingFacts facts;
    RingPlaces places;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(frame_ring)

BOOST_AUTO_TEST_CASE(an_empty_ring_has_nothing) { Case(72, 8, 0).check(); }

BOOST_AUTO_TEST_CASE(a_ring_is_read_oldest_first_however_often_it_wrapped) {
    for (const std::uint64_t written : {1, 7, 8, 9, 15, 16, 17, 1000}) Case(72, 8, written).check();
}

BOOST_AUTO_TEST_CASE(a_ring_of_one_entry) {
    for (const std::uint64_t written : {0, 1, 2, 100}) Case(72, 1, written).check();
}

BOOST_AUTO_TEST_CASE(slots_straddle_pages) {
    for (const int size : {72, 74, 80, 255, 256})
        for (const std::uint64_t written : {300, 500, 777})
            Case(static_cast<std::uint16_t>(size), 400, written).check();
}

BOOST_AUTO_TEST_CASE(long_rings_come_in_several_runs) { Case(72, 9000, 10000).check(); }

BOOST_AUTO_TEST_CASE(pages_of_every_size) {
    for (const unsigned shift : {12U, 13U, 14U, 15U, 16U}) Case(74, 3000, 4500, shift).check();
}

BOOST_AUTO_TEST_CASE(random_pages_are_missing) {
    for (std::uint64_t seed = 1; seed <= 60; ++seed) BOOST_TEST_CONTEXT("seed " << seed) {
            Random random(seed);
            const std::uint64_t capacity = 1 + random.below(700);
            Case one(static_cast<std::uint16_t>(72 + random.below(185)), capacity, random.below(3 * capacity));
            for (const PhysAddr page : one.places.cpus[0].pages)
                if (random.below(3) == 0) one.memory.drop(page);
            one.check();
        }
}

BOOST_AUTO_TEST_CASE(all_pages_are_missing) {
    Case one(72, 200, 300);
    for (const PhysAddr page : one.places.cpus[0].pages) one.memory.drop(page);
    one.check();
}

BOOST_AUTO_TEST_SUITE_END()
