// SPDX-License-Identifier: GPL-2.0-or-later
// Memory that is read out of a file part by part.
#include "analyzer/memory/ranges/file_ranges.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <mutex>

#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

/// 'a' at physical 0x1000, 'b' at 0x2000, 'c' at 0x8000 and half of 'd' behind it; in the file from 100 on.
struct Opened {
    TempFolder folder;
    FileRanges memory{
        PreadFile::open(
            folder.write("memory", std::string(100, '-') + page('c') + page('d', 2048) + page('a') + page('b')))
            .value(),
        {{{0x8000}, 6144, 100}, {{0x1000}, 8192, 100 + 6144}, {{0x1800}, 4096, 0}, {{0x20000}, 4096, 20000}}};

    static std::string page(char fill, std::size_t size = 4096) { return std::string(size, fill); }
    [[nodiscard]] Result<std::string> at(std::uint64_t address, std::size_t size) const {
        std::string out(size, '?');
        const auto read = memory.read({address}, std::as_writable_bytes(std::span(out)));
        return read ? Result<std::string>(out) : read.error();
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(file_ranges)

BOOST_AUTO_TEST_CASE(reads_across_pages_and_keeps_the_first_of_overlapping_ranges) {
    const Opened opened;
    BOOST_TEST(opened.memory.size() == 8192 + 6144 + 4096);
    BOOST_TEST(opened.at(0x1ffe, 4).value() == "aabb");
    BOOST_TEST(opened.at(0x8000, 6144).value() == Opened::page('c') + Opened::page('d', 2048));
}

BOOST_AUTO_TEST_CASE(says_which_address_is_missing_and_why) {
    const Opened opened;
    const auto behind = opened.at(0x2ffc, 8);
    BOOST_REQUIRE(!behind.ok());
    BOOST_TEST((behind.error().code == ErrorCode::NotFound));
    BOOST_TEST(behind.error().address.value_or(0) == 0x3000);
    const auto cut_off = opened.at(0x20000, 8);  // the file ends before it
    BOOST_REQUIRE(!cut_off.ok());
    BOOST_TEST((cut_off.error().code == ErrorCode::Truncated));
    BOOST_TEST(!opened.at(~0ULL, 1).ok());
}

BOOST_AUTO_TEST_CASE(a_scan_shows_each_page_once_and_counts_those_it_cannot_read) {
    const Opened opened;
    std::map<std::uint64_t, std::string> pages;
    std::mutex mutex;
    const std::uint64_t unreadable = opened.memory.scan(4096, [&](PhysAddr first, Bytes bytes) {
        const std::lock_guard lock(mutex);
        for (std::size_t offset = 0; offset < bytes.size(); offset += 4096)
            BOOST_TEST(pages.emplace(first.value + offset, as_text(bytes.subspan(offset, 4096))).second);
    });
    BOOST_TEST(unreadable == 1);
    BOOST_TEST(pages.size() == 4);
    BOOST_TEST(pages[0x1000] == Opened::page('a'));
    BOOST_TEST(pages[0x2000] == Opened::page('b'));
    BOOST_TEST(pages[0x8000] == Opened::page('c'));
    BOOST_TEST(pages[0x9000] == Opened::page('d', 2048) + std::string(2048, '\0'));
}

BOOST_AUTO_TEST_CASE(the_kernels_other_files_are_no_memory) {
    BOOST_TEST(is_proc_file("/proc/self/maps"));
    const TempFolder folder;
    BOOST_TEST(!is_proc_file(folder.write("file", "x")));
    BOOST_TEST(!is_proc_file(folder.path("none")));
}

BOOST_AUTO_TEST_SUITE_END()
