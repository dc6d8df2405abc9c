// SPDX-License-Identifier: GPL-2.0-or-later
// Memory in a mapped file that has holes: a scan shows what is data, once, and reads no hole.
#include "analyzer/memory/ranges/mapped_ranges.hpp"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <map>
#include <mutex>

#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kPage = 4096;
constexpr std::uint64_t kSize = std::uint64_t{256} << 20;

/// A file of 256 MiB with a page of each letter of `letters` at 7 MiB, 14 MiB and so on.
struct SparseFile {
    explicit SparseFile(std::string_view letters) {
        std::fstream out(path, std::ios::in | std::ios::out | std::ios::binary);
        for (std::size_t i = 0; i < letters.size(); ++i) {
            out.seekp(static_cast<std::streamoff>((i + 1) * 7 << 20));
            out << std::string(kPage, letters[i]);
        }
        out.close();
        BOOST_REQUIRE(::truncate(path.c_str(), kSize) == 0);
        file = MappedFile::open(path).value();
    }
    /// Not every file system knows holes.
    [[nodiscard]] bool has_holes() const { return file->data_from(0).start > 0; }

    TempFolder folder;
    std::string path = folder.write("sparse", "");
    std::shared_ptr<const MappedFile> file;
};

struct Shown {
    /// First byte of each page that is not all zeros, by address.
    std::map<std::uint64_t, char> pages;
    std::uint64_t bytes = 0;
};

Shown scan(const MappedRanges& memory) {
    Shown shown;
    std::mutex mutex;
    memory.scan(kPage, [&](PhysAddr first, Bytes bytes) {
        const std::lock_guard lock(mutex);
        shown.bytes += bytes.size();
        BOOST_TEST(first.value % kPage == 0U);
        BOOST_TEST(bytes.size() % kPage == 0U);
        for (std::uint64_t at = 0; at < bytes.size(); at += kPage) {
            const std::string page(as_text(bytes.subspan(at, kPage)));
            const std::size_t some = page.find_first_not_of('\0');
            if (some != page.npos) BOOST_TEST(shown.pages.emplace(first.value + at, page[some]).second);
        }
    });
    return shown;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mapped_ranges)

BOOST_AUTO_TEST_CASE(a_scan_skips_holes) {
    const SparseFile sparse("abcdefgh");
    if (!sparse.has_holes()) return;
    const MappedRanges memory(sparse.file, {{{0}, sparse.file->bytes()}});
    const Shown shown = scan(memory);
    std::map<std::uint64_t, char> expected;
    for (std::uint64_t i = 0; i < 8; ++i) expected[(i + 1) * 7 << 20] = static_cast<char>('a' + i);
    BOOST_TEST((shown.pages == expected));
    // File systems with larger blocks have larger extents.
    BOOST_TEST(shown.bytes <= 8 * (std::uint64_t{1} << 20), shown.bytes);
    std::string page(kPage, '?');
    BOOST_TEST(memory.read({kPage}, std::as_writable_bytes(std::span(page))).ok());
    BOOST_TEST(page == std::string(kPage, '\0'));
}

BOOST_AUTO_TEST_CASE(pages_that_lie_across_blocks_of_the_file_are_shown_once) {
    const SparseFile sparse("ab");
    if (!sparse.has_holes()) return;
    // Each letter's block begins 100 bytes before a page's end, and so lies in two pages.
    const MappedRanges memory(sparse.file, {{{0x1000}, sparse.file->bytes().subspan(100)}});
    const Shown shown = scan(memory);
    std::map<std::uint64_t, char> expected;
    for (const auto& [at, letter] : {std::pair(7U << 20, 'a'), std::pair(14U << 20, 'b')}) {
        expected[at] = letter;
        expected[at + kPage] = letter;
    }
    BOOST_TEST((shown.pages == expected));
    BOOST_TEST(shown.bytes <= std::uint64_t{4} << 20, shown.bytes);
}

BOOST_AUTO_TEST_CASE(what_has_no_holes_is_shown_whole) {
    const TempFolder folder;
    const auto file = MappedFile::open(folder.write("image", std::string(40 * kPage, 'x'))).value();
    BOOST_TEST(scan(MappedRanges(file, {{{0}, file->bytes()}})).pages.size() == 40U);
}

BOOST_AUTO_TEST_CASE(the_last_of_so_many_extents_goes_to_the_end) {
    const SparseFile sparse("abcd");
    if (!sparse.has_holes()) return;
    BOOST_TEST(sparse.file->data_extents().size() == 4U);
    BOOST_TEST(sparse.file->data_extents(4).back().end < 30U << 20);
    const auto extents = sparse.file->data_extents(3);
    BOOST_REQUIRE(extents.size() == 3U);
    BOOST_TEST(extents.back().start > extents.front().end);
    BOOST_TEST(extents.back().end == kSize);
}

BOOST_AUTO_TEST_SUITE_END()
