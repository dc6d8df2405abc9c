// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/base/parse_number.hpp"

#include <boost/test/unit_test.hpp>

#include "analyzer/base/lists.hpp"

namespace kstrax {

namespace {

BOOST_AUTO_TEST_SUITE(numbers_and_lists)

BOOST_AUTO_TEST_CASE(a_number_is_all_of_the_text) {
    BOOST_TEST(parse_number<unsigned>("0").value() == 0U);
    BOOST_TEST(parse_number<int>("-12").value() == -12);
    BOOST_TEST(parse_number<double>("0.5").value() == 0.5);
    BOOST_TEST(parse_number<std::uint64_t>("18446744073709551615").value() == ~std::uint64_t{0});
    for (const char* text : {"", " 1", "1 ", "1x", "+1", "-1", "18446744073709551616"})
        BOOST_TEST(!parse_number<std::uint64_t>(text).has_value());
    BOOST_TEST(!parse_number<std::uint16_t>("65536").has_value());
}

BOOST_AUTO_TEST_CASE(hexadecimal_with_and_without_its_mark) {
    BOOST_TEST(parse_hexadecimal("ff").value() == 255U);
    BOOST_TEST(parse_hexadecimal("0xFF").value() == 255U);
    for (const char* text : {"", "0x", "0x0x1", "fg"}) BOOST_TEST(!parse_hexadecimal(text).has_value());
}

BOOST_AUTO_TEST_CASE(what_is_taken_is_gone) {
    std::string_view text = "12-34";
    BOOST_TEST(take_number<unsigned>(text).value() == 12U);
    BOOST_TEST(text == "-34");
    text = "x1";
    BOOST_TEST(!take_number<unsigned>(text).has_value());
    BOOST_TEST(text == "x1");
}

BOOST_AUTO_TEST_CASE(lists_are_read_and_written) {
    const std::vector<std::string_view> three{"a", "", "c"};
    BOOST_TEST(list_of(three, std::identity()) == "a, , c");
    BOOST_TEST(list_of(three, std::identity(), ", ", " or ") == "a,  or c");
    BOOST_TEST(list_of(std::vector<std::string_view>{"a"}, std::identity(), ", ", " or ") == "a");
    BOOST_TEST(list_of(std::vector<std::string_view>{}, std::identity()).empty());
    BOOST_TEST((split_at_commas("a,,c") == three));
    BOOST_TEST((split_at_commas("") == std::vector<std::string_view>{""}));
    BOOST_TEST(split_at_commas("a,").size() == 2U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

}  // namespace kstrax
