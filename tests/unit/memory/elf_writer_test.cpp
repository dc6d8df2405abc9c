// SPDX-License-Identifier: GPL-2.0-or-later
// Excerpts: of which class they are, and that they hold what they were made of.
#include "analyzer/memory/elf/elf_writer.hpp"

#include <elf.h>

#include <array>
#include <boost/test/unit_test.hpp>

#include "analyzer/memory/open/open_memory.hpp"
#include "tests/support/memory.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kGigabytes = 1 << 18;  // pages of 4 KiB in one

struct Excerpt {
    Excerpt(std::uint16_t machine, std::vector<std::uint64_t> pages) : memory(4096, 8 * kGigabytes) {
        for (const std::uint64_t page : pages) memory.put({page * 4096}, page);
        StringOutput output;
        const auto written = write_elf_core(MemoryView(memory), pages, "OSRELEASE=1\n", machine, output);
        BOOST_TEST_REQUIRE(written.ok());
        narrow_enough = *written;
        bits = output.text().at(EI_CLASS) == ELFCLASS32 ? 32 : 64;
        const auto source = open_memory_source(MappedFile::open(folder.write("core", output.text())).value());
        BOOST_TEST_REQUIRE(source.ok());
        BOOST_TEST((*source)->machine() == machine);
        BOOST_TEST((*source)->vmcoreinfo() == "OSRELEASE=1\n");
        BOOST_TEST((*source)->memory_size() == pages.size() * 4096);
        for (const std::uint64_t page : pages) {
            std::uint64_t word = 0;
            BOOST_TEST((*source)->read({page * 4096}, std::as_writable_bytes(std::span(&word, 1))).ok());
            BOOST_TEST(word == page);
        }
    }

    TempFolder folder;
    Memory memory;
    bool narrow_enough = false;
    int bits = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(elf_writer)

BOOST_AUTO_TEST_CASE(of_32_bits_as_long_as_addresses_fit) {
    const Excerpt low(EM_386, {1, 2, 700, 4 * kGigabytes - 1});
    BOOST_TEST(low.bits == 32);
    BOOST_TEST(low.narrow_enough);
    const Excerpt high(EM_386, {1, 4 * kGigabytes});
    BOOST_TEST(high.bits == 64);
    BOOST_TEST(!high.narrow_enough);
    const Excerpt across(EM_386, {4 * kGigabytes - 1, 4 * kGigabytes});
    BOOST_TEST(across.bits == 64);
}

BOOST_AUTO_TEST_CASE(of_64_bits_for_all_others) {
    for (const std::uint16_t machine : std::array<std::uint16_t, 2>{EM_X86_64, EM_IA_64}) {
        const Excerpt excerpt(machine, {1, 5 * kGigabytes});
        BOOST_TEST(excerpt.bits == 64);
        BOOST_TEST(excerpt.narrow_enough);
    }
}

BOOST_AUTO_TEST_SUITE_END()
