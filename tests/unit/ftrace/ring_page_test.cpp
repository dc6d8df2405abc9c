// SPDX-License-Identifier: GPL-2.0-or-later
// A page of the kernel's trace rings, event by event.
#include "analyzer/importers/ftrace/ring_page.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/rings/ring_page_image.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr RingPageForm kBig{.order = std::endian::big, .word_size = 8};
constexpr RingPageForm kShort{.order = std::endian::little, .word_size = 4};

/// "TIME:BYTES@OFFSET" of each event, the first byte of its data behind it, and what is wrong.
std::string events_of(const std::vector<std::byte>& bytes, const RingPageForm& form = {}) {
    RingPage page(bytes, form);
    RingEvent event;
    std::string all;
    while (page.next(event)) {
        all +=
            std::to_string(event.time) + ":" + std::to_string(event.data.size()) + "@" + std::to_string(event.offset);
        all += "=" + std::to_string(std::to_integer<unsigned>(event.data.front())) + " ";
    }
    return all + std::string(page.damage());
}

RingPageImage three(const RingPageForm& form) {
    RingPageImage image(1000, form);
    image.event(0, {1, 0, 0, 0})
        .event(5, std::vector<std::uint8_t>(112, 2))
        .event(7, std::vector<std::uint8_t>(116, 3));
    return image;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ring_page)

BOOST_AUTO_TEST_CASE(events_are_short_or_say_how_long_they_are) {
    const std::string expected = "1000:4@0=1 1005:112@8=2 1012:116@124=3 ";
    BOOST_TEST(events_of(three({}).page()) == expected);
    BOOST_TEST(events_of(three(kBig).page(), kBig) == expected);
    BOOST_TEST(events_of(three(kShort).page(), kShort) == expected);
}

BOOST_AUTO_TEST_CASE(bits_above_the_length_say_that_events_are_missing_before) {
    const RingPageImage image = three({});
    for (const std::uint64_t flags : {std::uint64_t{1} << 31, std::uint64_t{3} << 30})
        BOOST_TEST(events_of(image.page(4096, image.events() | flags)) == events_of(image.page()));
}

BOOST_AUTO_TEST_CASE(only_what_is_committed_is_read) {
    const RingPageImage image = three({});
    BOOST_TEST(events_of(image.page(4096, 8)) == "1000:4@0=1 ");
    BOOST_TEST(events_of(image.page(4096, 0)).empty());
}

BOOST_AUTO_TEST_CASE(long_times_have_a_word_more) {
    for (const RingPageForm& form : {RingPageForm{}, kBig, kShort}) {
        RingPageImage image(1000, form);
        image.event(1, {1}).time_extend(std::uint64_t{3} << 30).event(0, {2}).event(4, {3});
        BOOST_TEST(events_of(image.page(), form) == "1001:4@0=1 3221226473:4@16=2 3221226477:4@24=3 ");
    }
}

BOOST_AUTO_TEST_CASE(an_absolute_time_takes_its_highest_bits_from_the_time_before) {
    constexpr std::uint64_t kTop = std::uint64_t{5} << 59;
    RingPageImage image(kTop + 1000);
    image.time_stamp(2000).event(0, {1}).event(3, {2});
    BOOST_TEST(events_of(image.page()) ==
               std::to_string(kTop + 2000) + ":4@8=1 " + std::to_string(kTop + 2003) + ":4@16=2 ");
    // The lower bits have begun anew since.
    RingPageImage passed(kTop + 1000);
    passed.time_stamp(10).event(0, {1});
    BOOST_TEST(events_of(passed.page()) == std::to_string(kTop + (std::uint64_t{1} << 59) + 10) + ":4@8=1 ");
}

BOOST_AUTO_TEST_CASE(an_absolute_time_below_the_page_s_is_one_of_the_same_lap) {
    RingPageImage image(1000);
    image.time_stamp(900).event(0, {1});
    BOOST_TEST(events_of(image.page()) == "900:4@8=1 ");
}

BOOST_AUTO_TEST_CASE(an_event_that_was_taken_back_leaves_its_time) {
    RingPageImage image(1000);
    image.event(1, {1}).discarded(10, 16).event(2, {2}).end_padding().event(9, {3});
    BOOST_TEST(events_of(image.page()) == "1001:4@0=1 1013:4@28=2 ");
}

BOOST_AUTO_TEST_CASE(what_makes_no_event_is_said) {
    constexpr std::string_view kHeader = "its header names more bytes than a page has";
    constexpr std::string_view kLonger = "an event is longer than what is left of its page";
    BOOST_TEST(events_of(three({}).page(4096, 4081)) == kHeader);
    BOOST_TEST(events_of({}) == kHeader);
    RingPageImage longer(1000);
    longer.event(1, {1}).raw(28);
    BOOST_TEST(events_of(longer.page()) == "1001:4@0=1 " + std::string(kLonger));
    RingPageImage huge(1000);
    huge.raw(0).raw(0xffffffff);
    BOOST_TEST(events_of(huge.page()) == kLonger);
    RingPageImage none(1000);
    none.raw(0).raw(0);
    BOOST_TEST(events_of(none.page()) == kLonger);
    RingPageImage cut(1000);
    cut.raw(30);
    BOOST_TEST(events_of(cut.page()) == "an event is cut off by the end of its page");
    BOOST_TEST(events_of(three({}).page(4096, 10)) == "1000:4@0=1 less than an event is left of its page");
}

BOOST_AUTO_TEST_SUITE_END()
