// SPDX-License-Identifier: GPL-2.0-or-later
// Pages that are kept after a look at them.
#include "analyzer/memory/recent_pages.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/memory.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

/// Memory that counts how often it is read.
class Counted final : public SourceView {
  public:
    explicit Counted(const MemorySource& source) : SourceView(source) {}
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override {
        ++reads;
        return source().read(at, out);
    }
    mutable std::size_t reads = 0;
};

std::string text_at(const MemorySource& source, std::uint64_t at, std::size_t size) {
    std::string text(size, ' ');
    return source.read({at}, std::as_writable_bytes(std::span(text))) ? text : "none";
}

struct Fixture {
    Fixture() {
        memory.write({0x3ffd}, as_bytes("abcdef"));
        for (std::uint64_t page = 0; page < kPages; ++page)
            memory.write({page * 0x1000 + 8}, as_bytes(std::to_string(page)));
    }
    static constexpr std::uint64_t kPages = 200;
    Memory memory{0x1000, kPages};
    const MemoryView view{memory};
    const Counted counted{view};
    const RecentPages pages{counted, 0x1000 * kPages / 2};
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(recent_pages, Fixture)

BOOST_AUTO_TEST_CASE(a_page_is_read_once) {
    for (int i = 0; i < 10; ++i) BOOST_TEST(text_at(pages, 0x7008, 1) == "7");
    BOOST_TEST(counted.reads == 1U);
    BOOST_TEST(text_at(pages, 0x3ffd, 6) == "abcdef");  // over the end of a page
    BOOST_TEST(counted.reads == 3U);
}

BOOST_AUTO_TEST_CASE(what_is_given_up_for_others_is_read_again) {
    for (int round = 0; round < 2; ++round)
        for (std::uint64_t page = 0; page < kPages; ++page)
            BOOST_REQUIRE(text_at(pages, page * 0x1000 + 8, std::to_string(page).size()) == std::to_string(page));
    BOOST_TEST(counted.reads == 2 * kPages);
    BOOST_TEST(text_at(pages, (kPages - 1) * 0x1000 + 8, 3) == "199");
    BOOST_TEST(counted.reads == 2 * kPages);
}

BOOST_AUTO_TEST_CASE(a_missing_page_is_said_at_its_own_address) {
    memory.drop({0x5000});
    std::string text(0x2000, ' ');
    const auto read = pages.read({0x4800}, std::as_writable_bytes(std::span(text)));
    BOOST_REQUIRE(!read.ok());
    BOOST_TEST(read.error().address.value() == 0x5000U);
    BOOST_TEST(text_at(pages, 0x6008, 1) == "6");
}

BOOST_AUTO_TEST_SUITE_END()
