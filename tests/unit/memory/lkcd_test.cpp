// SPDX-License-Identifier: GPL-2.0-or-later
#include <boost/test/unit_test.hpp>
#include <map>
#include <mutex>

#include "analyzer/memory/kdumpfile/kdumpfile.hpp"
#include "analyzer/memory/open/open_memory.hpp"
#include "tests/support/cpu_time.hpp"
#include "tests/support/dumps/lkcd_image.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

using Pages = LkcdForm::Pages;

/// Text with runs, zeros alone and in rows, runs longer than a count, bytes without order.
Memory some_pages(std::uint64_t page_size = 4096) {
    Memory memory(page_size, 300);
    Random random(5);
    for (const std::uint64_t frame : {0, 1, 2, 70, 255, 299}) {
        std::string page(page_size, '\0');
        for (std::size_t i = 0; i < page.size(); ++i) {
            if (frame == 1) page[i] = static_cast<char>(random.next() >> 24);
            if (frame == 2) page[i] = static_cast<char>(i % 3 == 0 ? 0 : 'x');
            if (frame > 2) page[i] = static_cast<char>('a' + i / (frame + 1) % 26);
        }
        memory.write({frame * page_size}, as_bytes(page));
    }
    return memory;
}

struct Opened {
    explicit Opened(std::string_view bytes)
        : source(open_memory_source(MappedFile::open(folder.write("dump", bytes)).value())) {}

    void holds(const Memory& memory) const {
        BOOST_TEST(source.ok(), (source.ok() ? "" : source.error().message));
        BOOST_REQUIRE(source.ok());
        BOOST_TEST((*source)->format().starts_with("LKCD dump, version "), (*source)->format());
        BOOST_TEST((*source)->page_size() == memory.page_size());
        BOOST_TEST((*source)->memory_size() == memory.pages().size() * memory.page_size());
        std::map<std::uint64_t, std::string> shown;
        std::mutex mutex;
        const std::uint64_t unreadable = (*source)->scan([&](PhysAddr at, Bytes page) {
            const std::lock_guard lock(mutex);
            shown.emplace(at.value / memory.page_size(), as_text(page));
        });
        BOOST_TEST(unreadable == 0U);
        BOOST_TEST((shown == memory.pages()));
        std::string out(100, '\0');
        for (const auto& [frame, page] : memory.pages()) {
            BOOST_REQUIRE(
                (*source)->read({frame * memory.page_size() + 50}, std::as_writable_bytes(std::span(out))).ok());
            BOOST_TEST((out == page.substr(50, 100)), "frame " << frame);
        }
        const auto absent = (*source)->read({200 * memory.page_size()}, std::as_writable_bytes(std::span(out)));
        BOOST_TEST((!absent.ok() && absent.error().code == ErrorCode::Excluded));
    }
    void damaged(std::string_view words) const {
        BOOST_REQUIRE(source.ok());
        const auto damage = texts((*source)->findings());
        BOOST_REQUIRE(damage.size() == 1U);
        BOOST_TEST(damage[0].find(words) != std::string::npos, damage[0]);
    }
    void fails(ErrorCode code, std::string_view words) const {
        BOOST_REQUIRE(!source.ok());
        BOOST_TEST((source.error().code == code), source.error().message);
        BOOST_TEST(source.error().message.find(words) != std::string::npos, source.error().message);
    }

    TempFolder folder;
    Result<std::unique_ptr<MemorySource>> source;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(lkcd)

BOOST_AUTO_TEST_CASE(every_version_and_compression_gives_the_memory_back) {
    const Memory memory = some_pages();
    for (const std::uint32_t version : {1, 2, 3, 5, 6, 7, 8, 9, 10})
        for (const std::uint8_t word_size : {std::uint8_t{4}, std::uint8_t{8}})
            for (const Pages pages : {Pages::Raw, Pages::Rle, Pages::Gzip}) {
                if (version < 5 && pages == Pages::Gzip) continue;
                BOOST_TEST_CONTEXT("version " << version << ", word " << unsigned{word_size} << ", compression "
                                              << static_cast<unsigned>(pages)) {
                    const Opened opened(lkcd_image(memory, {.version = version,
                                                            .pages = pages,
                                                            .word_size = word_size,
                                                            .machine = word_size == 4 ? "i686" : "x86_64"}));
                    opened.holds(memory);
                    BOOST_TEST((*opened.source)->findings().empty());
                    BOOST_TEST((*opened.source)->machine() == (word_size == 4 ? 3 : 62));
                }
            }
}

BOOST_AUTO_TEST_CASE(every_page_size_gives_the_memory_back) {
    for (const std::uint64_t size : {8192, 16384, 65536}) {
        const Memory memory = some_pages(size);
        Opened(lkcd_image(memory)).holds(memory);
    }
}

BOOST_AUTO_TEST_CASE(a_dump_without_an_end_mark_is_read_and_said_to_be_cut_off) {
    const Memory memory = some_pages();
    const Opened opened(lkcd_image(memory, {.end_mark = false}));
    opened.holds(memory);
    opened.damaged("lacks its end mark");
}

BOOST_AUTO_TEST_CASE(a_page_that_is_cut_off_is_unreadable_and_the_others_are_not) {
    const Memory memory = some_pages();
    std::string bytes = lkcd_image(memory, {.pages = Pages::Raw, .end_mark = false});
    bytes.resize(bytes.size() - 10);
    const Opened opened(bytes);
    opened.damaged("lacks its end mark");
    BOOST_TEST((*opened.source)->scan([](PhysAddr, Bytes) {}) == 1U);
}

BOOST_AUTO_TEST_CASE(a_page_that_is_there_twice_counts_once) {
    const Memory memory = some_pages();
    std::string bytes = lkcd_image(memory, {.end_mark = false});
    bytes += lkcd_page(70 * 4096, 1, std::string(4096, 'z')) + lkcd_page(0, 4, {});
    Opened(bytes).holds(memory);
}

BOOST_AUTO_TEST_CASE(what_is_no_page_ends_the_dump_and_says_where) {
    const Memory memory = some_pages();
    const std::string good = lkcd_image(memory, {.end_mark = false});
    for (const std::string& bad :
         {lkcd_page(0x5000, 0, "x"), lkcd_page(0x5000, 2, {}), lkcd_page(0x5000, 2, std::string(9000, 'x'))}) {
        const Opened opened(good + bad + lkcd_page(0x5000, 1, std::string(4096, 'y')));
        opened.holds(memory);
        opened.damaged("no page at offset " + std::to_string(good.size()));
    }
}

BOOST_AUTO_TEST_CASE(runs_that_do_not_make_a_page_are_corrupt) {
    const std::string header = lkcd_image(Memory(4096, 300), {.end_mark = false});
    using namespace std::string_literals;
    for (const std::string& runs : {"\0"s, "\0\7"s, "abc"s, std::string(17 * 3, '\xff').replace(0, 2, "\0\xff"s)}) {
        std::string bytes = header + lkcd_page(0x5000, 2, runs);
        for (int i = 0; i < 17; ++i) bytes += lkcd_page(0x7000, 2, "\0\xff"s + std::string(1, static_cast<char>(i)));
        const Opened opened(bytes + lkcd_page(0, 4, {}));
        BOOST_REQUIRE(opened.source.ok());
        std::string out(16, '\0');
        const auto got = (*opened.source)->read({0x5000}, std::as_writable_bytes(std::span(out)));
        BOOST_TEST((!got.ok() && got.error().code == ErrorCode::Corrupt));
    }
}

BOOST_AUTO_TEST_CASE(headers_that_cannot_be_are_refused) {
    const std::string good = lkcd_image(some_pages());
    const auto with = [&](std::size_t at, std::uint32_t value) {
        return std::string(good).replace(at, 4, as_text(bytes_of(value)));
    };
    Opened(with(20, 0)).fails(ErrorCode::Corrupt, "pages of 0 bytes");
    Opened(with(20, 0x80000000)).fails(ErrorCode::Corrupt, "pages of 2147483648 bytes");
    Opened(with(8, 4)).fails(ErrorCode::Unsupported, "version 4");
    Opened(with(734, 0xfffffff0)).fails(ErrorCode::Corrupt, "without a page");
    Opened(good.substr(0, 100)).fails(ErrorCode::Truncated, "cut off in its header");
    Opened(good.substr(0, 8192)).fails(ErrorCode::Corrupt, "without a page: the dump lacks its end mark");
}

BOOST_AUTO_TEST_CASE(changed_bytes_neither_crash_nor_hang) {
    const TempFolder folder;
    const std::string good = lkcd_image(some_pages());
    const CpuTime spent;
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Random random(seed);
        std::string bytes = good;
        for (int i = 0; i < 4; ++i)
            bytes[(seed % 2 == 0 ? 8192 : 0) + random.below(800)] = static_cast<char>(random.next() >> 24);
        if (seed % 5 == 0) bytes.resize(random.below(bytes.size()) + 1);
        const auto opened = open_memory_source(MappedFile::open(folder.write("hostile", bytes)).value());
        if (opened) (void)(*opened)->scan([](PhysAddr, Bytes) {});
    }
    BOOST_TEST(spent.seconds() < 20);
}

BOOST_AUTO_TEST_CASE(it_agrees_with_libkdumpfile_on_gzip_and_raw_pages) {
    const TempFolder folder;
    const Memory memory = some_pages();
    for (const Pages pages : {Pages::Raw, Pages::Gzip}) {
        const auto file = MappedFile::open(folder.write("dump", lkcd_image(memory, {.pages = pages}))).value();
        const auto theirs = open_through_kdumpfile(file);
        BOOST_REQUIRE(theirs.ok());
        std::string out(4096, '\0');
        for (const auto& [frame, page] : memory.pages()) {
            BOOST_REQUIRE((*theirs)->read({frame * 4096}, std::as_writable_bytes(std::span(out))).ok());
            BOOST_TEST((out == page), "frame " << frame);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
