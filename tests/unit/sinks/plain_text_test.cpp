// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/sinks/plain_text.hpp"

#include <boost/test/unit_test.hpp>

using namespace kstrax;

namespace {

std::string utf8(std::uint32_t value) {
    const auto byte = [](std::uint32_t bits) { return static_cast<char>(bits); };
    if (value < 0x80) return {byte(value)};
    if (value < 0x800) return {byte(0xc0 | value >> 6), byte(0x80 | (value & 0x3f))};
    return {byte(0xe0 | value >> 12), byte(0x80 | (value >> 6 & 0x3f)), byte(0x80 | (value & 0x3f))};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plain_texts)

BOOST_AUTO_TEST_CASE(what_people_read_stays) {
    for (const std::string text : {"", "a \\ \"quoted\" name", "\u30c0\u30f3\u30d7.elf", "\u00e9t\u00e9", "\U0001f600"})
        BOOST_TEST(plain_text(text) == text);
}

BOOST_AUTO_TEST_CASE(what_moves_a_terminal_is_shown_by_its_bytes) {
    BOOST_TEST(plain_text("a\x1b[31mb\n\x7f") == "a\\x1b[31mb\\x0a\\x7f");
    BOOST_TEST(plain_text("\u009b31m") == "\\xc2\\x9b31m");
    BOOST_TEST(plain_text("\u202egpj") == "\\xe2\\x80\\xaegpj");
    BOOST_TEST(plain_text(std::string("\0", 1)) == "\\x00");
}

BOOST_AUTO_TEST_CASE(every_control_character_and_mark_of_a_direction) {
    for (std::uint32_t value = 0; value < 0x3000; ++value) {
        const bool control = value < 0x20 || (value >= 0x7f && value <= 0x9f);
        const bool hidden = control || value == 0x61c || value == 0x200e || value == 0x200f ||
                            (value >= 0x2028 && value <= 0x202e) || (value >= 0x2066 && value <= 0x2069);
        BOOST_TEST((plain_text(utf8(value)) == utf8(value)) == !hidden);
    }
}

BOOST_AUTO_TEST_CASE(bytes_that_are_no_utf8) {
    for (int byte = 0x80; byte < 0x100; ++byte)
        BOOST_TEST(plain_text(std::string(1, static_cast<char>(byte)) + "a").starts_with("\\x"));
    BOOST_TEST(plain_text("\xc0\xaf") == "\\xc0\\xaf");                    // over-long
    BOOST_TEST(plain_text("\xed\xa0\x80") == "\\xed\\xa0\\x80");           // a surrogate
    BOOST_TEST(plain_text("\xf4\x90\x80\x80").starts_with("\\xf4\\x90"));  // above U+10FFFF
    BOOST_TEST(plain_text("\xe3\x83") == "\\xe3\\x83");                    // cut off
}

BOOST_AUTO_TEST_SUITE_END()
