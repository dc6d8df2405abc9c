// SPDX-License-Identifier: GPL-2.0-or-later
// A ring's pages by page tables that are damaged or made to deceive.
#include "analyzer/importers/kstrax_memory/rings/table_frames.hpp"

#include <fmt/core.h>

#include <boost/test/unit_test.hpp>
#include <chrono>

#include "analyzer/importers/kstrax_memory/rings/frame_ring.hpp"
#include "tests/support/kernel/page_tables.hpp"
#include "tests/support/rings/script.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kRing = 0xffffc90000200000;
constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kPages = 1024;  // two tables of the last level
constexpr std::uint64_t kEncrypted = std::uint64_t{1} << 47;

/// An x86-64 kernel that maps a ring, and itself.
struct Kernel {
    explicit Kernel(std::uint64_t mark = 0)
        : memory(kPage, 8192), tables(memory, *find_form(*architecture_named("x86_64"), "4 levels"), mark) {
        const std::uint64_t directory = 0xffffffff80000000 + tables.root().value;
        tables.map(directory, tables.root());
        for (std::uint64_t i = 0; i < kPages; ++i) {
            pages.push_back(memory.take());
            tables.map(kRing + i * kPage, pages.back());
        }
        text = fmt::format(
            "OSRELEASE=6.1\nPAGESIZE=4096\nNUMBER(phys_base)=0\nSYMBOL(swapper_pg_dir)={:x}\n"
            "NUMBER(sme_mask)={}\n",
            directory, mark);
    }
    /// Of a ring of `count` pages.
    [[nodiscard]] TableFrames find(std::uint64_t count = kPages) const {
        const MemoryView view(memory);
        auto space = KernelSpace::open(view, text);
        BOOST_REQUIRE(space.ok());
        TableLooks looks(view, 12);
        return table_frames(*space, {kRing}, count * kPage, 12, looks);
    }
    [[nodiscard]] PhysAddr entry(std::uint64_t page, std::size_t level) {
        return tables.entry_at(kRing + page * kPage, level);
    }
    void change(std::uint64_t page, std::size_t level, std::uint64_t clear, std::uint64_t set) {
        const PhysAddr at = entry(page, level);
        tables.put_entry(at, (tables.get_entry(at) & ~clear) | set);
    }

    Memory memory;
    TableBuilder tables;
    std::vector<PhysAddr> pages;
    std::string text;
};

enum Level : std::size_t { kPgd, kPud, kPmd, kPte };
constexpr std::uint64_t kPresent = 1;
constexpr std::uint64_t kLarge = 0x80;
constexpr std::uint64_t kFrame = 0x000ffffffffff000;

/// Pages that are known are the ring's own, and every other one is counted.
void check(const Kernel& kernel, const TableFrames& found, std::uint64_t unmapped, std::uint64_t unknown) {
    BOOST_TEST(found.unmapped == unmapped);
    BOOST_TEST(found.unknown == unknown);
    BOOST_TEST(found.pages == kPages - unmapped - unknown);
    BOOST_TEST(found.repeated == 0U);
    BOOST_TEST(found.left == 0U);
    BOOST_TEST(found.damage().empty() == (unmapped + unknown == 0));
    std::uint64_t known = 0;
    for (std::uint64_t i = 0; i < kPages; ++i) {
        const auto frame = found.map.frame(i);
        if (!frame) continue;
        ++known;
        BOOST_TEST(*frame * kPage == kernel.pages[i].value, "page " << i);
    }
    BOOST_TEST(known == found.pages);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rings_by_page_tables)

BOOST_AUTO_TEST_CASE(sound_tables_name_every_page) {
    const Kernel kernel;
    check(kernel, kernel.find(), 0, 0);
}

BOOST_AUTO_TEST_CASE(the_mark_of_encrypted_memory_is_no_part_of_a_frame) {
    Kernel kernel(kEncrypted);
    check(kernel, kernel.find(), 0, 0);
    kernel.text = kernel.text.substr(0, kernel.text.find("NUMBER(sme_mask)"));
    const MemoryView view(kernel.memory);
    auto space = KernelSpace::open(view, kernel.text);  // must be told: without the mask all tables are elsewhere
    BOOST_REQUIRE(space.ok());
    TableLooks looks(view, 12);
    BOOST_TEST(table_frames(*space, {kRing}, kPages * kPage, 12, looks).unknown == kPages);
}

BOOST_AUTO_TEST_CASE(pages_that_are_not_present_are_counted) {
    Kernel kernel;
    for (const std::uint64_t page : {0U, 7U, 8U, 511U, 512U, 1023U}) kernel.change(page, kPte, kPresent, 0);
    check(kernel, kernel.find(), 6, 0);
    kernel.change(600, kPmd, kPresent, 0);  // and with it all 512 pages of its table
    check(kernel, kernel.find(), 4 + 512, 0);
    for (const Level level : {kPud, kPgd}) {
        Kernel whole;
        whole.change(0, level, kPresent, 0);
        check(whole, whole.find(), kPages, 0);
    }
}

BOOST_AUTO_TEST_CASE(tables_beyond_memory_are_said_to_be_missing) {
    Kernel kernel;
    kernel.change(0, kPmd, 0, kFrame & ~std::uint64_t{0xffffffff});
    check(kernel, kernel.find(), 0, 512);
    for (const Level level : {kPud, kPgd}) {
        Kernel whole;
        whole.change(0, level, 0, kFrame & ~std::uint64_t{0xffffffff});
        check(whole, whole.find(), 0, kPages);
    }
}

BOOST_AUTO_TEST_CASE(a_table_that_is_not_in_the_dump_is_said_to_be_missing) {
    Kernel kernel;
    kernel.memory.drop({kernel.tables.get_entry(kernel.entry(512, kPmd)) & kFrame});
    check(kernel, kernel.find(), 0, 512);
}

// A large page where none may be: the processor would refuse it, and so do we.
BOOST_AUTO_TEST_CASE(a_large_page_in_the_top_level_is_refused) {
    Kernel kernel;
    kernel.change(0, kPgd, 0, kLarge);
    check(kernel, kernel.find(), kPages, 0);
}

// At the last level the same bit is a memory type.
BOOST_AUTO_TEST_CASE(the_large_bit_of_a_page_says_nothing) {
    Kernel kernel;
    kernel.change(5, kPte, 0, kLarge);
    check(kernel, kernel.find(), 0, 0);
}

BOOST_AUTO_TEST_CASE(page_frames_beyond_memory_are_unreadable_slots) {
    Kernel kernel;
    kernel.change(1, kPte, 0, kFrame & ~std::uint64_t{0xffffffff});
    const TableFrames found = kernel.find(3);
    BOOST_TEST(found.pages == 3U);
    const RecordingFacts facts = facts_of(parse_script("entries 48\nentry_size 256").facts);  // 16 a page
    const MemoryView view(kernel.memory);
    const FrameRing ring(view, facts, 48, found.map);
    const auto cursor = ring.open();
    const auto first = cursor->next();
    BOOST_TEST_REQUIRE(first.has_value());
    BOOST_TEST(first->count == 16U);
    const auto second = cursor->next();
    BOOST_TEST_REQUIRE(second.has_value());
    BOOST_TEST(second->unreadable_before == 16U);
    BOOST_TEST(second->count == 16U);
}

BOOST_AUTO_TEST_CASE(a_frame_belongs_to_one_page) {
    Kernel kernel;
    kernel.change(9, kPte, kFrame, kernel.pages[3].value);
    const TableFrames found = kernel.find();
    BOOST_TEST(found.pages == kPages - 1);
    BOOST_TEST(found.repeated == 1U);
    BOOST_TEST(*found.map.frame(3) * kPage == kernel.pages[3].value);
    BOOST_TEST(!found.map.frame(9).has_value());
    BOOST_TEST(*found.map.frame(10) * kPage == kernel.pages[10].value);
    BOOST_TEST(found.damage() ==
               "1 of its pages are mapped to a frame that another of them has, so the page tables are damaged");
}

constexpr std::uint64_t kHuge = (std::uint64_t{1} << 45) / kPage;

// Every table is the root, and so every address is mapped, without an end.
BOOST_AUTO_TEST_CASE(tables_that_name_themselves_end) {
    Kernel kernel;
    for (std::uint64_t i = 0; i < 512; ++i)
        kernel.tables.put_entry(kernel.tables.root() + i * 8, kernel.tables.root().value | kPresent);
    const auto begun = std::chrono::steady_clock::now();
    const TableFrames found = kernel.find(kHuge);
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - begun;
    BOOST_TEST(found.pages == 1U);
    BOOST_TEST(found.repeated == 1U << 16);
    BOOST_TEST(found.left == kHuge - found.repeated - 1);
    BOOST_TEST(taken.count() < 20);  // a loaded machine may be slow; without an end it would be hours
}

// Pages of 1 GiB, which give each page of a ring a frame of its own.
BOOST_AUTO_TEST_CASE(rings_are_together_not_much_larger_than_the_dump) {
    Kernel kernel;
    const std::uint64_t table = kernel.entry(0, kPud).value & ~(kPage - 1);
    for (std::uint64_t i = 0; i < 512; ++i)
        kernel.tables.put_entry(PhysAddr{table + i * 8}, (i << 30) | kLarge | kPresent);
    const MemoryView view(kernel.memory);
    auto space = KernelSpace::open(view, kernel.text);
    BOOST_REQUIRE(space.ok());
    TableLooks looks(view, 12);
    const std::uint64_t most = (1U << 16) + 2 * (view.memory_size() / kPage);
    const TableFrames first = table_frames(*space, {kRing}, kHuge * kPage, 12, looks);
    BOOST_TEST(first.pages == most);
    BOOST_TEST(first.left == kHuge - most);
    BOOST_TEST(first.damage().ends_with("map more than there is in the dump"));
    const TableFrames second = table_frames(*space, {kRing}, kHuge * kPage, 12, looks);
    BOOST_TEST(second.pages == 0U);
    BOOST_TEST(second.left == kHuge);
}

// A ring larger than memory, of which the tables map nothing more.
BOOST_AUTO_TEST_CASE(a_size_that_cannot_be_costs_nothing) {
    const Kernel kernel;
    const TableFrames found = kernel.find(kHuge);
    BOOST_TEST(found.pages == kPages);
    BOOST_TEST(found.unmapped == kHuge - kPages);
    BOOST_TEST(found.left == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
