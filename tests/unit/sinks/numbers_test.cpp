// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/sinks/numbers.hpp"

#include <fmt/core.h>

#include <boost/test/unit_test.hpp>

using namespace kstrax;

BOOST_AUTO_TEST_SUITE(numbers)

namespace {

/// Around every power of two and of ten.
std::vector<std::uint64_t> edges() {
    std::vector<std::uint64_t> values;
    for (unsigned bit = 0; bit < 64; ++bit)
        for (std::uint64_t delta : {0, 1, 2}) values.push_back((std::uint64_t{1} << bit) + delta - 1);
    for (const std::uint64_t power : kPowersOfTen)
        for (std::uint64_t delta : {0, 1, 2}) values.push_back(power + delta - 1);
    values.push_back(~std::uint64_t{0});
    values.push_back(0x0123456789abcdef);
    return values;
}

}  // namespace

BOOST_AUTO_TEST_CASE(are_written_as_the_general_formatter_does) {
    TextBuffer out;
    for (const std::uint64_t value : edges()) {
        out.clear();
        append_right(out, value, 8);
        append(out, "|");
        append_right(out, value, 0);
        append(out, "|");
        append_hex(out, value);
        append(out, "|");
        BOOST_TEST(out.view() == fmt::format("{0:>8}|{0}|{0:#x}|", value));
    }
}

BOOST_AUTO_TEST_CASE(durations_have_the_unit_that_fits) {
    const auto text = [](std::uint64_t nanos) {
        TextBuffer out;
        append_short_time(out, nanos);
        return std::string(out.view());
    };
    BOOST_TEST(text(0) == "0ns");
    BOOST_TEST(text(999) == "999ns");
    BOOST_TEST(text(1000) == "1.00us");
    BOOST_TEST(text(12'399) == "12.3us");  // cut, as all times are
    BOOST_TEST(text(999'999) == "999us");
    BOOST_TEST(text(5'209'999) == "5.20ms");
    BOOST_TEST(text(59'999'999'999) == "59.9s");
    BOOST_TEST(text(86'400'000'000'000) == "86400s");
    BOOST_TEST(text(~std::uint64_t{0}) == "18446744073s");
}

BOOST_AUTO_TEST_CASE(have_leading_zeros_to_a_width) {
    for (const std::uint64_t value : edges()) {
        const std::uint64_t nine = value % 1'000'000'000, three = value % 1000;
        char text[12];
        write_zeros<9>(text, nine);
        write_zeros<3>(text + 9, three);
        BOOST_TEST(std::string_view(text, 12) == fmt::format("{:09}{:03}", nine, three));
    }
}

BOOST_AUTO_TEST_CASE(pieces_of_every_length_are_copied) {
    const std::string all = "abcdefghijklmnopqrstuvwxyz0123456789";
    TextBuffer out;
    std::string expected;
    for (std::size_t size = 0; size <= all.size(); ++size) {
        out.append(std::string_view(all).substr(0, size));
        expected += all.substr(0, size);
    }
    BOOST_TEST(out.view() == expected);
}

BOOST_AUTO_TEST_SUITE_END()
