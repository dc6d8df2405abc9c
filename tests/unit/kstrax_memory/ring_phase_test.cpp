// SPDX-License-Identifier: GPL-2.0-or-later
// The head of a ring by its slots alone: whatever its state, and where it is none.
#include "analyzer/importers/kstrax_memory/rings/ring_phase.hpp"

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "formats/kstrax_abi.h"
#include "tests/support/memory.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

const Layout& kLayout = *layout_named("x86_64");

/// Slots by their place; those that are dropped cannot be read.
class Ring final : public SlotSource {
  public:
    /// What a recorder leaves that has written `head` records into `capacity` slots.
    Ring(std::uint64_t capacity, std::uint64_t head) : bytes_(capacity * kLayout.size), readable_(capacity, true) {
        for (std::uint64_t p = head > capacity ? head - capacity : 0; p < head; ++p)
            write(p % capacity, p, 1000 + 10 * p);
    }
    void write(std::uint64_t place, std::uint64_t position, Nanos time) {
        Entry entry{};
        entry.serial = static_cast<std::uint32_t>(position + 1);
        entry.time = time;
        entry.pid = 7;
        entry.kind = KSTRAX_KIND_ENTRY;
        encode_entry(kLayout, entry, slot(place));
    }
    [[nodiscard]] MutableBytes slot(std::uint64_t place) {
        return MutableBytes(bytes_).subspan(place * kLayout.size, kLayout.size);
    }
    void drop(std::uint64_t place) { readable_[place] = false; }
    /// As if it were looked at with another number of entries.
    void resize(std::uint64_t capacity) {
        bytes_.resize(capacity * kLayout.size);
        readable_.resize(capacity, true);
    }

    [[nodiscard]] std::unique_ptr<SlotCursor> open() const override { return std::make_unique<Cursor>(*this); }

  private:
    class Cursor final : public SlotCursor {
      public:
        explicit Cursor(const Ring& ring) : bytes_(ring.bytes_), readable_(ring.readable_) {}
        std::optional<SlotRun> next() override {
            SlotRun run;
            while (place_ < readable_.size() && !readable_[place_]) ++place_, ++run.unreadable_before;
            if (place_ == readable_.size()) return std::nullopt;
            run.first_position = place_;
            while (place_ < readable_.size() && readable_[place_]) ++place_;
            run.count = place_ - run.first_position;
            run.slots = bytes_.subspan(run.first_position * kLayout.size, run.count * kLayout.size);
            return run;
        }

      private:
        Bytes bytes_;
        const std::vector<bool>& readable_;
        std::uint64_t place_ = 0;
    };

    std::vector<std::byte> bytes_;
    std::vector<bool> readable_;
};

/// The head, or what is wrong.
std::string found(Ring ring, std::uint64_t capacity, Ring* behind = nullptr) {
    const auto phase = find_phase(kLayout, ring, capacity, behind);
    return phase ? std::to_string(phase->head) : phase.error().message;
}
bool says(const std::string& text, std::string_view words) { return text.find(words) != text.npos; }

}  // namespace

BOOST_AUTO_TEST_SUITE(ring_phase)

// Every head, from an empty ring to several laps.
BOOST_AUTO_TEST_CASE(a_whole_ring_gives_its_head) {
    for (const std::uint64_t capacity : {1U, 2U, 3U, 7U, 8U, 100U})
        for (std::uint64_t head = 0; head < 4 * capacity + 2; ++head) {
            // A ring of one or two slots has nothing that two records could agree on.
            if (capacity < 2 && head > 1) continue;
            BOOST_TEST(found(Ring(capacity, head), capacity) == std::to_string(head),
                       head << " records in " << capacity << " slots: " << found(Ring(capacity, head), capacity));
        }
}

BOOST_AUTO_TEST_CASE(after_the_serials_have_wrapped_the_head_goes_on) {
    const std::uint64_t wraps = std::uint64_t{1} << 32;
    for (const std::uint64_t capacity : {1000U, 4001U, 20000U})
        for (const std::uint64_t head : {wraps - 5, wraps + 5, 3 * wraps + 17, wraps + capacity}) {
            Ring ring(capacity, head);
            const auto phase = find_phase(kLayout, ring, capacity);
            BOOST_TEST_REQUIRE(phase.ok());
            BOOST_TEST(phase->head == head);
        }
    // What a power of two hides is how often they have wrapped, and no more.
    Ring ring(4096, 3 * wraps + 17);
    BOOST_TEST(find_phase(kLayout, ring, 4096)->head == wraps + 17);
}

BOOST_AUTO_TEST_CASE(slots_that_cannot_be_read_are_no_hindrance) {
    for (const std::uint64_t head : {50U, 130U, 250U})
        for (std::uint64_t gap = 0; gap + 10 <= 100; gap += 10) {
            Ring ring(100, head);
            for (std::uint64_t i = gap; i < gap + 10; ++i) ring.drop(i);
            // The newest that can be read is what is known.
            std::uint64_t newest = head;
            while ((newest - 1) % 100 >= gap && (newest - 1) % 100 < gap + 10) --newest;
            BOOST_TEST(found(ring, 100) == std::to_string(newest), "gap at " << gap);
        }
}

BOOST_AUTO_TEST_CASE(torn_and_damaged_slots_are_no_hindrance) {
    Random random(3);
    for (const std::uint64_t head : {90U, 130U, 1250U}) {
        Ring ring(100, head);
        for (int i = 0; i < 20; ++i) {
            const std::uint64_t place = random.below(100);
            if (place == (head - 1) % 100) continue;
            ring.slot(place)[random.below(4)] = static_cast<std::byte>(random.next());
        }
        BOOST_TEST(found(ring, 100) == std::to_string(head));
    }
}

// head was raised, the record is half there: its slot is torn, not the oldest one of the ring.
BOOST_AUTO_TEST_CASE(a_record_that_was_being_written_is_the_newest) {
    Ring wrapped(100, 250);
    wrapped.write(50, 150, 1000 + 10 * 250);  // all but its serial
    BOOST_TEST(found(wrapped, 100) == "251");
    Ring first_lap(100, 60);
    first_lap.write(60, 60, 1000 + 10 * 60);
    std::fill_n(first_lap.slot(60).begin(), 4, std::byte{0});
    BOOST_TEST(found(first_lap, 100) == "61");
}

BOOST_AUTO_TEST_CASE(a_wrong_number_of_entries_is_noticed) {
    for (const std::uint64_t head : {150U, 199U, 200U, 201U, 250U, 1077U, 100000U})
        for (const std::uint64_t wrong : {10U, 50U, 99U, 101U, 150U, 200U, 400U}) {
            // The newest record happens to be the last of so many slots, and nothing speaks against it.
            if (head % 100 == wrong && head % wrong == 0) continue;
            Ring ring(100, head);
            std::optional<Ring> behind;
            if (wrong < 100) {
                behind.emplace(1, 0);
                const auto slot = ring.slot(wrong);
                std::copy(slot.begin(), slot.end(), behind->slot(0).begin());
            }
            ring.resize(wrong);
            const std::string text = found(ring, wrong, behind ? &*behind : nullptr);
            BOOST_TEST(says(text, "wrong?") != says(text, "they agree with one of 100"),
                       head << " records in 100 slots, taken for " << wrong << ": " << text);
        }
}

// The first lap is whole within any number of entries that is not too small.
BOOST_AUTO_TEST_CASE(a_ring_that_has_not_wrapped_has_no_size_to_get_wrong) {
    for (const std::uint64_t said : {100U, 101U, 500U}) {
        Ring ring(100, 60);
        ring.resize(said);
        BOOST_TEST(found(ring, said) == "60");
    }
    Ring ring(100, 60);
    ring.resize(40);
    Ring behind(1, 0);
    behind.write(0, 40, 1400);
    BOOST_TEST(says(found(ring, 40, &behind),
                    "it does not end with its 40 entries: behind slot 39, with serial 40, "
                    "stands serial 41"));
}

// The rings of an array lie one behind the other.
BOOST_AUTO_TEST_CASE(what_lies_behind_may_be_another_ring) {
    for (const std::uint64_t head : {130U, 250U, 300U}) {
        Ring behind(1, 0);
        behind.write(0, 500, 3000);
        BOOST_TEST(found(Ring(100, head), 100, &behind) == std::to_string(head));
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_address_is_noticed) {
    Ring ring(100, 5000);
    Ring shifted(80, 0);
    for (std::uint64_t i = 0; i < 80; ++i) {
        const auto slot = ring.slot(i + 7);
        std::copy(slot.begin(), slot.end(), shifted.slot(i).begin());
    }
    BOOST_TEST(says(found(shifted, 80), "do not agree with a ring of 80 entries that begins there"));
}

BOOST_AUTO_TEST_CASE(rubbish_is_no_ring) {
    Random random(1);
    for (const std::uint64_t capacity : {1U, 2U, 16U, 1000U, 20000U})
        for (int kind = 0; kind < 2; ++kind) {
            Ring ring(capacity, 0);
            for (std::uint64_t i = 0; i < capacity; ++i)
                for (std::byte& b : ring.slot(i))
                    b = kind == 0 ? static_cast<std::byte>(random.next())
                                  : static_cast<std::byte>('A' + random.below(3));
            BOOST_TEST(says(found(ring, capacity), "no records there"), found(ring, capacity));
        }
    Ring same(1000, 0);  // one slot, copied: each has the kind of a record
    for (std::uint64_t i = 0; i < 1000; ++i) same.write(i, 41, 5);
    BOOST_TEST(says(found(same, 1000), "no records there"));
}

BOOST_AUTO_TEST_CASE(slots_that_are_all_missing_are_said_to_be) {
    Ring ring(10, 5);
    for (std::uint64_t i = 0; i < 10; ++i) ring.drop(i);
    BOOST_TEST(found(ring, 10) == "none of its 10 slots can be read");
}

BOOST_AUTO_TEST_SUITE_END()
