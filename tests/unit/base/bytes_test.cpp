// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/base/bytes.hpp"

#include <boost/test/unit_test.hpp>
#include <limits>
#include <string>

using namespace kstrax;

namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
const std::string kEight("\x01\x02\x03\x04\x05\x06\x07\x88", 8);

}  // namespace

BOOST_AUTO_TEST_SUITE(bytes)

BOOST_AUTO_TEST_CASE(a_slice_lies_within_or_is_none) {
    const Bytes eight = as_bytes(kEight);
    BOOST_TEST(slice(eight, 0, 8)->size() == 8U);
    BOOST_TEST(slice(eight, 8, 0)->size() == 0U);
    BOOST_TEST(as_text(*slice(eight, 2, 3)) == "\x03\x04\x05");
    for (const auto& [offset, size] :
         {std::pair<std::uint64_t, std::uint64_t>{0, 9}, {8, 1}, {9, 0}, {kMost, 1}, {1, kMost}, {kMost, kMost}})
        BOOST_TEST(!slice(eight, offset, size), "offset " << offset << ", size " << size);
}

BOOST_AUTO_TEST_CASE(a_record_is_copied_from_any_place) {
    const Bytes eight = as_bytes(kEight);
    BOOST_TEST(copy_record<std::uint32_t>(eight, 1).value() == 0x05040302U);
    BOOST_TEST(!copy_record<std::uint64_t>(eight, 1));
    BOOST_TEST(!copy_record<std::uint8_t>(eight, kMost));
}

BOOST_AUTO_TEST_CASE(fields_are_read_in_either_byte_order) {
    FieldReader little(as_bytes(kEight));
    FieldReader big(as_bytes(kEight), std::endian::big);
    BOOST_TEST(little.u16(0) == 0x0201U);
    BOOST_TEST(little.u32(1) == 0x05040302U);
    BOOST_TEST(little.u64(0) == 0x8807060504030201U);
    BOOST_TEST(big.u16(6) == 0x0788U);
    BOOST_TEST(big.u32(4) == 0x05060788U);
    BOOST_TEST(big.u64(0) == 0x0102030405060788U);
    BOOST_TEST(little.ok());
    BOOST_TEST(big.ok());
}

BOOST_AUTO_TEST_CASE(a_field_outside_is_nought_and_remembered) {
    for (const std::uint64_t offset : {std::uint64_t{7}, std::uint64_t{8}, kMost - 1, kMost}) {
        FieldReader fields(as_bytes(kEight));
        BOOST_TEST(fields.u16(offset) == 0U);
        BOOST_TEST(!fields.ok());
        BOOST_TEST(fields.u16(0) == 0x0201U);
        BOOST_TEST(!fields.ok(), "a good field after a bad one forgets it");
    }
}

BOOST_AUTO_TEST_CASE(sums_and_products_that_do_not_fit_are_none) {
    BOOST_TEST(checked_add(kMost - 1, 1).value() == kMost);
    BOOST_TEST(!checked_add(kMost, 1));
    BOOST_TEST(checked_mul(1ULL << 32, (1ULL << 32) - 1).value() == kMost - (1ULL << 32) + 1);
    BOOST_TEST(!checked_mul(1ULL << 32, 1ULL << 32));
    BOOST_TEST(checked_mul(0, kMost).value() == 0U);
}

BOOST_AUTO_TEST_CASE(text_ends_at_its_first_nul_or_with_its_array) {
    BOOST_TEST(bounded_text({"ab\0cd", 5}) == "ab");
    BOOST_TEST(bounded_text("abc") == "abc");
    BOOST_TEST(bounded_text({"\0", 1}) == "");
}

BOOST_AUTO_TEST_SUITE_END()
