// SPDX-License-Identifier: GPL-2.0-or-later
// Members of the dumped kernel's structs, from good BTF and from bad.
#include "analyzer/kernel/btf/kernel_types.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/kernel/btf_image.hpp"
#include "tests/support/memory.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

const std::vector<BtfStruct> kStructs{
    {"pair", 16, {{"first", "long", 0}, {"second", "long", 8}}},
    {".inner", 24, {{"deep", "int", 4}, {"both", "pair", 8}}},
    {".union", 32, {{"", ".inner", 8}, {"other", "long", 0}}},
    {"thing",
     128,
     {{"flags", "int", 0, 3, 5},
      {"name", "char[16]", 4},
      {"", ".union", 24},
      {"tail", "pair", 64},
      {"flexible", "char[0]", 128}}},
    {"thing", 8, {{"impostor", "int", 0}}},
};

KernelTypes types_of(const std::string& bytes) {
    auto types = KernelTypes::open(large_bytes(bytes), 8);
    BOOST_TEST_REQUIRE(types.ok());
    return std::move(*types);
}

void check_at(const std::optional<Member>& member, std::uint64_t offset, std::uint64_t size) {
    BOOST_TEST_REQUIRE(member.has_value());
    BOOST_TEST(member->offset == offset);
    BOOST_TEST(member->size == size);
}

/// What a report would ask for, and more; must end soon whatever the bytes are. Whether they were opened.
bool ask_for_all(const std::string& bytes) {
    const auto types = KernelTypes::open(large_bytes(bytes), 8);
    if (!types) return false;
    for (const char* type : {"pair", "thing", "", "long"}) {
        (void)types->size(type);
        for (const char* name : {"deep", "both.second", "tail.first", "nothing", "", ".", "name.x"})
            (void)types->member(type, name);
    }
    return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kernel_types)

BOOST_AUTO_TEST_CASE(members_by_name) {
    const KernelTypes types = types_of(btf_image(kStructs));
    check_at(types.member("thing", "name"), 4, 16);
    check_at(types.member("thing", "tail"), 64, 16);
    check_at(types.member("thing", "flexible"), 128, 0);
    BOOST_TEST(*types.size("thing") == 128U);
    BOOST_TEST(!types.size("nothing").has_value());
    BOOST_TEST(!types.member("nothing", "name").has_value());
    BOOST_TEST(!types.member("thing", "impostor").has_value());
    BOOST_TEST(!types.member("thing", "").has_value());
}

BOOST_AUTO_TEST_CASE(anonymous_parts_and_paths) {
    const KernelTypes types = types_of(btf_image(kStructs));
    check_at(types.member("thing", "deep"), 24 + 8 + 4, 4);
    check_at(types.member("thing", "other"), 24, 8);
    check_at(types.member("thing", "both.second"), 24 + 8 + 8 + 8, 8);
    check_at(types.member("thing", "tail.second"), 72, 8);
    BOOST_TEST(!types.member("thing", "tail.third").has_value());
    BOOST_TEST(!types.member("thing", "name.first").has_value());
    BOOST_TEST(!types.member("thing", "tail.").has_value());
}

BOOST_AUTO_TEST_CASE(bit_fields) {
    const auto flags = types_of(btf_image(kStructs)).member("thing", "flags");
    check_at(flags, 0, 4);
    BOOST_TEST(flags->first_bit == 3U);
    BOOST_TEST(flags->bits == 5U);
}

// A struct that is its own anonymous part many times over would take for ever.
BOOST_AUTO_TEST_CASE(a_struct_within_itself) {
    std::vector<BtfStruct> structs{{"thing", 8, {}}};
    for (int i = 0; i < 40; ++i) structs[0].members.push_back({"", "int", 0});
    std::string bytes = btf_image(structs);
    // The struct is the fifth type; its members' type ids lead back to it.
    const std::size_t members = 24 + 16 + 16 + 16 + 12 + 12;
    for (std::size_t i = 0; i < 40; ++i) bytes[members + 12 * i + 4] = 5;
    const KernelTypes types = types_of(bytes);
    BOOST_TEST(!types.member("thing", "nothing").has_value());
}

BOOST_AUTO_TEST_CASE(cut_short_at_any_byte) {
    const std::string whole = btf_image(kStructs);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        BOOST_TEST(!KernelTypes::open(large_bytes(std::string_view(whole).substr(0, size)), 8).ok());
    }
}

BOOST_AUTO_TEST_CASE(changed_at_random) {
    const std::string whole = btf_image(kStructs);
    Random random(1);
    int opened = 0;
    for (int round = 0; round < 20000; ++round) {
        std::string bytes = whole;
        for (std::uint64_t change = 1 + random.below(6); change > 0; --change) {
            // Its header and the words of its types are worth more than its texts.
            const std::uint64_t at = random.below(random.below(3) == 0 ? 24 : bytes.size() - 3);
            const std::uint32_t values[] = {0, 0xffffffff, 0x7fffffff, static_cast<std::uint32_t>(random.next()),
                                            static_cast<std::uint32_t>(random.below(40))};
            const Bytes value = bytes_of(values[random.below(5)]);
            std::memcpy(bytes.data() + at, value.data(), 1 + random.below(4));
        }
        opened += int{ask_for_all(bytes)};
    }
    BOOST_TEST(opened > 2000);  // the others were found to be damaged at once
}

BOOST_AUTO_TEST_SUITE_END()
