// SPDX-License-Identifier: GPL-2.0-or-later
// What is written into a page comes out of it.
#include "analyzer/importers/ftrace/ring_page_writer.hpp"

#include <boost/test/unit_test.hpp>
#include <random>

using namespace kstrax;

namespace {

constexpr std::uint32_t kPage = 4096;

std::vector<std::byte> bytes(std::size_t size, std::uint8_t fill) {
    return std::vector<std::byte>(size, std::byte{fill});
}

struct Event {
    std::uint64_t time;
    std::vector<std::byte> data;
};

/// All of a page's events, and that nothing is wrong with it.
std::vector<Event> events(Bytes page, const RingPageForm& form) {
    std::vector<Event> all;
    RingPage reader(page, form);
    RingEvent event;
    while (reader.next(event)) all.push_back({event.time, {event.data.begin(), event.data.end()}});
    BOOST_TEST(reader.damage().empty());
    return all;
}

void check(const RingPageForm& form) {
    std::mt19937 random(7);
    RingPageWriter writer(form, kPage);
    std::vector<Event> expected;
    std::uint64_t time = 1'000'000;
    for (int i = 0; i < 5000; ++i) {
        time += random() % 4 == 0 ? std::uint64_t{random()} << (random() % 27) : random() % 1000;
        Event event{time,
                    bytes(4 * (1 + random() % (random() % 8 == 0 ? 200 : 20)), static_cast<std::uint8_t>(random()))};
        if (writer.add(event.time, event.data)) {
            expected.push_back(event);
            continue;
        }
        const std::vector<Event> got = events(writer.take(), form);
        BOOST_TEST_REQUIRE(got.size() == expected.size());
        for (std::size_t k = 0; k < got.size(); ++k)
            BOOST_TEST((got[k].time == expected[k].time && got[k].data == expected[k].data));
        BOOST_TEST(writer.empty());
        expected = {event};
        BOOST_TEST(writer.add(event.time, event.data));
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ring_page_writer)

BOOST_AUTO_TEST_CASE(events_come_back) {
    check({});
    check({.order = std::endian::big, .word_size = 8});
    check({.order = std::endian::little, .word_size = 4});
    check({.order = std::endian::big, .word_size = 4});
}

BOOST_AUTO_TEST_CASE(an_older_event_has_no_place) {
    RingPageWriter writer({}, kPage);
    BOOST_TEST(writer.add(100, bytes(8, 1)));
    BOOST_TEST(!writer.add(99, bytes(8, 1)));
    BOOST_TEST(writer.add(100, bytes(8, 1)));
}

BOOST_AUTO_TEST_CASE(the_largest_event_fits_an_empty_page) {
    RingPageWriter writer({}, kPage);
    writer.set_missed(9);
    const auto data = bytes(writer.largest(), 5);
    BOOST_TEST(writer.add(100, data));
    BOOST_TEST(!writer.add(100, bytes(4, 5)));
    const Bytes page = writer.take();
    BOOST_TEST(RingPage(page, {}).missed().value() == 0U);  // there is no room for their number
    BOOST_TEST(events(page, {}).front().data == data);
    writer.set_missed(9);
    BOOST_TEST(writer.add(100, bytes(writer.largest() - 8, 5)));
    BOOST_TEST(!writer.add(100, bytes(4, 5)));
    BOOST_TEST(RingPage(writer.take(), {}).missed().value() == 9U);
}

BOOST_AUTO_TEST_CASE(missing_events_are_said_once) {
    RingPageWriter writer({}, kPage);
    writer.set_missed(0);
    BOOST_TEST(writer.add(100, bytes(8, 1)));
    BOOST_TEST(RingPage(writer.take(), {}).missed().value() == 0U);
    BOOST_TEST(writer.add(100, bytes(8, 1)));
    BOOST_TEST(!RingPage(writer.take(), {}).missed().has_value());
}

BOOST_AUTO_TEST_SUITE_END()
