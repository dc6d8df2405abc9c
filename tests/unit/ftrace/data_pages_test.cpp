// SPDX-License-Identifier: GPL-2.0-or-later
// Pages out of compressed chunks; and where the file does not hold what it says, one that cannot be read is the last.
#include "analyzer/importers/trace_dat/data_pages.hpp"

#include <libdeflate.h>
#include <zstd.h>

#include <boost/test/unit_test.hpp>

#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint32_t kPage = 1024;

std::string by_zstd(const std::string& plain) {
    std::string stored(ZSTD_compressBound(plain.size()), '\0');
    stored.resize(ZSTD_compress(stored.data(), stored.size(), plain.data(), plain.size(), 1));
    return stored;
}

std::string by_zlib(const std::string& plain) {
    libdeflate_compressor* codec = libdeflate_alloc_compressor(6);
    std::string stored(libdeflate_zlib_compress_bound(codec, plain.size()), '\0');
    stored.resize(libdeflate_zlib_compress(codec, plain.data(), plain.size(), stored.data(), stored.size()));
    libdeflate_free_compressor(codec);
    return stored;
}

std::string word(std::size_t value) {
    const auto number = static_cast<std::uint32_t>(value);
    return std::string(as_text(bytes_of(number)));
}

/// A chunk of pages that are filled with these letters.
std::string chunk(std::string_view letters, std::string (*pack)(const std::string&)) {
    std::string plain;
    for (const char letter : letters) plain.append(kPage, letter);
    const std::string stored = pack(plain);
    return word(stored.size()) + word(plain.size()) + stored;
}

/// A letter for each page; "-": one that cannot be read; "<": one that is shorter.
std::string read(const std::string& file, TraceCompression compression, std::uint64_t size) {
    const TempFolder folder;
    const auto mapped = MappedFile::open(folder.write("trace.dat", file));
    BOOST_TEST_REQUIRE(mapped.ok());
    const TraceDataPlace place{*mapped, {.cpu = 0, .offset = 0, .size = size}, {}, kPage, compression};
    const auto pages = place.open();
    std::string all;
    TracePageView page;
    while (pages->next(page)) {
        if (page.bytes.empty()) all += '-';
        else all += static_cast<char>(page.bytes[0]);
        if (!page.bytes.empty() && page.bytes.size() < kPage) all += '<';
    }
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(data_pages)

BOOST_AUTO_TEST_CASE(chunks_are_expanded_one_behind_the_other) {
    const std::string zstd = word(2) + chunk("ab", by_zstd) + chunk("c", by_zstd);
    BOOST_TEST(read(zstd, TraceCompression::Zstd, zstd.size()) == "abc");
    const std::string zlib = word(2) + chunk("ab", by_zlib) + chunk("c", by_zlib);
    BOOST_TEST(read(zlib, TraceCompression::Zlib, zlib.size()) == "abc");
    BOOST_TEST(read(zlib, TraceCompression::Zstd, zlib.size()) == "-");
    BOOST_TEST(read(word(0) + "?", TraceCompression::Zstd, 4) == "");
    BOOST_TEST(read("nothing", TraceCompression::Zstd, 0) == "");
}

BOOST_AUTO_TEST_CASE(what_is_not_there_is_one_page_that_cannot_be_read) {
    const std::string two = word(2) + chunk("ab", by_zstd) + chunk("c", by_zstd);
    BOOST_TEST(read(two.substr(0, two.size() - 1), TraceCompression::Zstd, two.size()) == "ab-");
    BOOST_TEST(read(two.substr(0, 20), TraceCompression::Zstd, two.size()) == "-");
    BOOST_TEST(read(word(5) + chunk("a", by_zstd), TraceCompression::Zstd, two.size()) == "a-");
    BOOST_TEST(read(word(1) + word(4) + word(0xffffffff) + "abcd", TraceCompression::Zstd, 16) == "-");
    BOOST_TEST(read(std::string(kPage, 'a') + "bb", TraceCompression::None, 2 * kPage) == "ab<-");
    BOOST_TEST(read(std::string(2 * kPage, 'a'), TraceCompression::None, 2 * kPage) == "aa");
}

BOOST_AUTO_TEST_SUITE_END()
