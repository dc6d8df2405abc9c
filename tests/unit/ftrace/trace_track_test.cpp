// SPDX-License-Identifier: GPL-2.0-or-later
// Events out of the pages of a trace ring: all of them, in order, and what is missing is counted.
#include <boost/test/unit_test.hpp>

#include "analyzer/importers/ftrace_memory/ring_pages.hpp"
#include "analyzer/trace/record_reader.hpp"
#include "tests/support/memory.hpp"
#include "tests/support/rings/ring_page_image.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint16_t kType = 3;

/// A ring of made-up pages. Each event has its own time.
class MadeRing {
  public:
    MadeRing& page(std::uint64_t time, unsigned events, TracePage facts = {}) {
        RingPageImage image(time);
        for (unsigned i = 0; i < events; ++i) image.event(i == 0 ? 0 : 1, {kType, 0, 0, 0, 7, 0, 0, 0});
        facts.events += events;
        return add(image.page(), facts);
    }
    MadeRing& add(const std::vector<std::byte>& bytes, const TracePage& facts) {
        const PhysAddr at = memory_.take();
        memory_.write(at, bytes);
        place.pages.push_back({at, facts});
        return *this;
    }
    MadeRing& drop(std::size_t page) {
        memory_.drop(*place.pages[page].at);
        return *this;
    }

    /// "POSITION:TIME" of each event, "o", "d" or "m" before where that is lost there, and the trust in all of it.
    std::string read() {
        const MemoryView view(memory_);
        const RingPages pages{view, 4096, place.pages};
        TraceRingForm form;
        form.first = place.first;
        form.newest_missing = place.newest_missing;
        form.time = place.time;
        form.types = std::make_shared<const EventTable>(
            std::vector<TraceEventType>{{.id = kType, .system = "test", .name = "tick", .fields = {}}}, EventCommon{});
        Recording recording;
        recording.layout = layout_named("x86_64");
        CpuTrack track;
        track.head = track.first = place.first;
        for (const PhysicalPage& page : place.pages) track.head += page.page.events;
        track.events = std::make_unique<TraceTrack>([&] { return pages.open(); }, form);
        RecordReader reader(recording, track);
        Record record;
        std::string all;
        while (reader.next(record))
            all += loss(record.loss_before) + std::to_string(record.position) + ":" +
                   std::to_string(record.entry.time) + " ";
        const CpuTrust& trust = reader.trust();
        return all + loss(reader.loss_at_end()) + "| " + std::to_string(trust.entries) + " of " +
               std::to_string(trust.head) + ", " + std::to_string(trust.overwritten) + " " +
               std::to_string(trust.unreadable) + " " + std::to_string(trust.torn);
    }

    struct {
        std::vector<PhysicalPage> pages;
        std::uint64_t first = 0;
        bool newest_missing = false;
        TraceTime time;
    } place;

  private:
    static std::string loss(const Loss& loss) {
        return std::string(loss.overwritten ? "o" : "") + (loss.missing ? "m" : loss.damaged ? "d" : "");
    }
    Memory memory_{4096};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(trace_track)

BOOST_AUTO_TEST_CASE(pages_follow_each_other) {
    BOOST_TEST(MadeRing().page(100, 2).page(200, 1).page(300, 2, {.newest = true}).read() ==
               "0:100 1:101 2:200 3:300 4:301 | 5 of 5, 0 0 0");
    BOOST_TEST(MadeRing().page(100, 0, {.newest = true}).read() == "| 0 of 0, 0 0 0");
    BOOST_TEST(MadeRing().read() == "| 0 of 0, 0 0 0");
}

BOOST_AUTO_TEST_CASE(positions_go_on_from_what_is_overwritten) {
    MadeRing ring;
    ring.place.first = 40;
    BOOST_TEST(ring.page(100, 2).read() == "o40:100 41:101 | 2 of 42, 40 0 0");
}

BOOST_AUTO_TEST_CASE(what_a_reader_has_had_is_left_out) {
    // Two events of 12 bytes each.
    BOOST_TEST(MadeRing().page(100, 3, {.read_bytes = 24}).page(200, 1).read() == "0:102 1:200 | 2 of 4, 0 0 0");
}

BOOST_AUTO_TEST_CASE(the_events_of_a_page_that_is_not_there_are_counted) {
    BOOST_TEST(MadeRing().page(100, 2).page(200, 3).page(300, 1).drop(1).read() ==
               "0:100 1:101 m5:300 | 3 of 6, 0 3 0");
    BOOST_TEST(MadeRing().page(100, 2).page(200, 3).drop(1).read() == "0:100 1:101 m| 2 of 5, 0 3 0");
}

BOOST_AUTO_TEST_CASE(a_page_with_fewer_events_than_it_says_is_damaged) {
    BOOST_TEST(MadeRing().page(100, 2, {.events = 1}).page(200, 1).read() == "0:100 1:101 m3:200 | 3 of 4, 0 1 0");
}

BOOST_AUTO_TEST_CASE(one_with_more_is_damaged_too) {
    MadeRing ring;
    ring.page(100, 2).page(200, 1);
    ring.place.pages[0].page.events = 1;
    BOOST_TEST(ring.read() == "0:100 1:101 m2:200 | 3 of 3, 0 0 0");
}

BOOST_AUTO_TEST_CASE(events_that_nobody_has_finished_are_torn) {
    BOOST_TEST(MadeRing().page(100, 2, {.events = 1, .newest = true}).read() == "0:100 1:101 d| 2 of 3, 0 0 1");
}

BOOST_AUTO_TEST_CASE(what_makes_no_event_is_damage) {
    RingPageImage image(100);
    image.event(0, {kType, 0, 0, 0, 7, 0, 0, 0}).event(1, {kType}).raw(28);
    BOOST_TEST(MadeRing().add(image.page(), {.events = 3}).page(200, 1).read() == "0:100 m3:200 | 2 of 4, 0 2 0");
}

BOOST_AUTO_TEST_CASE(dropped_events_are_missing_at_the_end) {
    MadeRing ring;
    ring.place.newest_missing = true;
    BOOST_TEST(ring.page(100, 1).read() == "0:100 m| 1 of 1, 0 0 0");
}

BOOST_AUTO_TEST_CASE(a_page_may_say_how_many_events_are_missing_before_it) {
    constexpr std::uint64_t kMissed = std::uint64_t{1} << 31;
    constexpr std::uint64_t kCounted = std::uint64_t{1} << 30;
    const auto page = [](std::uint64_t flags) {
        RingPageImage image(200);
        image.event(0, {kType, 0, 0, 0, 7, 0, 0, 0});
        return image.raw(5).raw(0).page(4096, 12 | flags);
    };
    BOOST_TEST(MadeRing().page(100, 2).add(page(kMissed | kCounted), {.events = 6}).read() ==
               "0:100 1:101 m7:200 | 3 of 8, 0 5 0");
    BOOST_TEST(MadeRing().page(100, 2).add(page(kMissed), {.events = 1}).read() ==
               "0:100 1:101 m2:200 | 3 of 3, 0 0 0");
    MadeRing first;
    first.place.first = 5;
    BOOST_TEST(first.add(page(kMissed | kCounted), {.events = 1}).read() == "o5:200 | 1 of 6, 5 0 0");
}

BOOST_AUTO_TEST_CASE(times_may_be_counted_by_another_clock) {
    MadeRing ring;
    ring.place.time = {.multiplier = 3, .shift = 1, .offset = 1000};
    BOOST_TEST(ring.page(100, 2).page(std::uint64_t{1} << 62, 1).read() ==
               "0:1150 1:1151 2:6917529027641082856 | 3 of 3, 0 0 0");
    const TraceTime wide{.multiplier = 2, .shift = 33, .offset = 0};
    BOOST_TEST(wide.nanoseconds(std::uint64_t{5} << 32) == 5);
}

BOOST_AUTO_TEST_SUITE_END()
