// SPDX-License-Identifier: GPL-2.0-or-later
// Our readers and libkdumpfile on the same dumps; and what is given to it.
#include "analyzer/memory/kdumpfile/kdumpfile.hpp"

#include <fmt/core.h>
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <map>
#include <mutex>

#include "analyzer/memory/kdumpfile/kdumpfile_library.hpp"
#include "analyzer/memory/open/open_memory.hpp"
#include "tests/support/cpu_time.hpp"
#include "tests/support/dumps/elf_image.hpp"
#include "tests/support/dumps/kdump_image.hpp"
#include "tests/support/dumps/lkcd_image.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

Memory some_pages() {
    Memory memory(4096, 9000);
    Random random(3);
    for (const std::uint64_t frame : {0, 1, 70, 71, 4095, 4096, 8191, 8999}) {
        std::string page(4096, '\0');
        for (std::size_t i = 0; i < page.size(); ++i)
            page[i] =
                frame == 70 ? static_cast<char>(random.next() >> 24) : static_cast<char>('a' + (i / 16 + frame) % 26);
        if (frame != 4096) memory.write({frame * 4096}, as_bytes(page));
        else memory.write({frame * 4096}, as_bytes(std::string(1, '\0')));  // a page of zeros
    }
    return memory;
}

std::map<std::uint64_t, std::string> pages_of(const MemorySource& source) {
    std::map<std::uint64_t, std::string> pages;
    std::mutex mutex;
    const std::uint64_t unreadable = source.scan([&](PhysAddr first, Bytes bytes) {
        const std::lock_guard lock(mutex);
        for (std::size_t at = 0; at < bytes.size(); at += 4096)
            pages.emplace((first.value + at) / 4096, as_text(bytes.subspan(at, 4096)));
    });
    BOOST_TEST(unreadable == 0U);
    return pages;
}

/// Every page that is there reads alike through both.
void agree(const std::string& path, std::uint64_t frames) {
    const auto file = MappedFile::open(path).value();
    const auto ours = open_memory_source(file);
    const auto theirs = open_through_kdumpfile(file);
    BOOST_REQUIRE(ours.ok());
    BOOST_TEST(theirs.ok(), (theirs.ok() ? "" : theirs.error().message));
    if (!theirs) return;
    BOOST_TEST((*theirs)->format().ends_with("(by libkdumpfile)"), (*theirs)->format());
    BOOST_TEST((*theirs)->page_size() == 4096U);
    // Both are in notes only, for it; real dumps have them (tests/tools/compare_readers.cpp).
    if ((*theirs)->machine() != 0) BOOST_TEST((*theirs)->machine() == (*ours)->machine());
    if (!(*theirs)->vmcoreinfo().empty()) BOOST_TEST((*theirs)->vmcoreinfo() == (*ours)->vmcoreinfo());
    std::string a(4096, '\0'), b(4096, '\0');
    std::uint64_t present = 0;
    for (std::uint64_t frame = 0; frame < frames; ++frame) {
        const auto one = (*ours)->read({frame * 4096}, std::as_writable_bytes(std::span(a)));
        const auto two = (*theirs)->read({frame * 4096}, std::as_writable_bytes(std::span(b)));
        // It takes the frame before a segment of an ELF core for present, too.
        BOOST_TEST((two.ok() || !one.ok()), "frame " << frame);
        if (!one) continue;
        ++present;
        BOOST_TEST((a == b), "frame " << frame);
    }
    BOOST_TEST(present == 8U);
    const auto scanned = pages_of(**theirs);
    for (const auto& [frame, page] : pages_of(**ours))
        BOOST_TEST((scanned.contains(frame) && scanned.at(frame) == page), "frame " << frame);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kdumpfile)

BOOST_AUTO_TEST_CASE(it_agrees_with_our_readers_on_every_page) {
    const TempFolder folder;
    const Memory memory = some_pages();
    for (const Codec codec : kCodecs)
        for (const std::uint32_t version : {3U, 5U, 6U})
            BOOST_TEST_CONTEXT("codec " << static_cast<unsigned>(codec) << ", version " << version) {
                agree(folder.write("kdump", kdump_image(memory, {.codec = codec,
                                                                 .version = version,
                                                                 .vmcoreinfo = "OSRELEASE=6.1.0\nPAGESIZE=4096\n",
                                                                 .machine = "x86_64"})
                                                .bytes),
                      9000);
            }
    agree(folder.write("elf", elf_core(memory, {.vmcoreinfo = "OSRELEASE=6.1.0\nPAGESIZE=4096\n"})), 9000);
}

BOOST_AUTO_TEST_CASE(it_is_given_only_what_begins_like_a_format_of_its_own) {
    const TempFolder folder;
    const auto open = [&](const std::string& bytes) {
        return open_kdumpfile(MappedFile::open(folder.write("file", bytes)).value());
    };
    const std::string rest(1 << 20, '\0');
    BOOST_TEST((open(rest).error().code == ErrorCode::NotMine));
    BOOST_TEST((open("KDUMP   " + rest).error().code == ErrorCode::NotMine));
    for (const std::string& start : {std::string("\xa8\x19\x01\x73\x61\x8f\x23\xed"), std::string("DISKDUMP"),
                                     std::string("sadump\0\0", 8), std::string("\xed\xeb\x0f\xf0")}) {
        const auto opened = open(start + rest);
        BOOST_REQUIRE(!opened.ok());
        BOOST_TEST((opened.error().code != ErrorCode::NotMine));
        BOOST_TEST(opened.error().message.starts_with("libkdumpfile"), opened.error().message);
    }
}

BOOST_AUTO_TEST_CASE(what_breaks_it_does_not_break_us) {
    const TempFolder folder;
    std::string good = kdump_image(some_pages(), {.version = 1, .machine = "x86_64"}).bytes;
    good.replace(0, 8, "DISKDUMP");
    const CpuTime spent;
    for (std::uint64_t seed = 1; seed <= 60; ++seed) {
        Random random(seed);
        std::string bytes = good;
        for (int i = 0; i < 3; ++i) bytes[8 + random.below(600)] = static_cast<char>(random.next() >> 24);
        if (seed % 4 == 0) bytes.resize(random.below(bytes.size()) + 1);
        const auto opened = open_memory_source(MappedFile::open(folder.write("hostile", bytes)).value());
        if (!opened) continue;
        (void)(*opened)->scan([](PhysAddr, Bytes) {});
        (void)(*opened)->findings();
    }
    BOOST_TEST(spent.seconds() < 20);
}

BOOST_AUTO_TEST_CASE(what_breaks_it_costs_one_answer) {
    const TempFolder folder;
    const Memory memory = some_pages();
    const LkcdForm form{.pages = LkcdForm::Pages::Gzip};
    const auto opened =
        open_through_kdumpfile(MappedFile::open(folder.write("lkcd", lkcd_image(memory, form))).value());
    BOOST_REQUIRE(opened.ok());
    std::string out(4096, '\0');
    const auto read = [&](std::uint64_t frame) {
        return (*opened)->read({frame * 4096}, std::as_writable_bytes(std::span(out)));
    };
    for (int i = 1; i <= 2; ++i) {
        BOOST_REQUIRE(read(70).ok());
        BOOST_TEST((out == memory.pages().at(70)));
        // As a page does that breaks the library. Children of earlier tests may still be on their way out.
        pid_t child = 0;
        for (std::ifstream children("/proc/thread-self/children"); children >> child;) continue;
        BOOST_REQUIRE(child > 0);
        ::kill(child, SIGSEGV);
        const auto broken = read(71);
        BOOST_REQUIRE(!broken.ok());
        BOOST_TEST(broken.error().message.starts_with("libkdumpfile broke down"), broken.error().message);
        const auto damage = texts((*opened)->findings());
        BOOST_REQUIRE(damage.size() == 1U);
        BOOST_TEST(damage[0].starts_with(
                       fmt::format("libkdumpfile broke down {} times over this file, first at address 0x47000", i)),
                   damage[0]);
    }
    BOOST_TEST(read(71).ok());
}

BOOST_AUTO_TEST_CASE(its_reason_is_shown_and_its_pages_are_too) {
    // It does not tell how many pages there are of a dump that lacks its end mark.
    const TempFolder folder;
    const Memory memory = some_pages();
    const LkcdForm form{.pages = LkcdForm::Pages::Gzip, .end_mark = false};
    const auto opened =
        open_through_kdumpfile(MappedFile::open(folder.write("lkcd", lkcd_image(memory, form))).value());
    BOOST_REQUIRE(opened.ok());
    BOOST_TEST((*opened)->memory_size() > 0U);
    const auto damage = texts((*opened)->findings());
    BOOST_REQUIRE(damage.size() == 1U);
    BOOST_TEST(damage[0].starts_with("libkdumpfile: "), damage[0]);
    std::string out(4096, '\0');
    BOOST_REQUIRE((*opened)->read({PhysAddr{70 * 4096}}, std::as_writable_bytes(std::span(out))).ok());
    BOOST_TEST((out == memory.pages().at(70)));
}

BOOST_AUTO_TEST_CASE(an_old_diskdump_is_read_through_it) {
    // The header that came before "KDUMP   ", with the same fields.
    const TempFolder folder;
    const Memory memory = some_pages();
    std::string bytes = kdump_image(memory, {.version = 1, .machine = "x86_64"}).bytes;
    bytes.replace(0, 8, "DISKDUMP");
    const auto opened = open_memory_source(MappedFile::open(folder.write("diskdump", bytes)).value());
    BOOST_TEST(opened.ok(), (opened.ok() ? "" : opened.error().message));
    if (!opened) return;
    BOOST_TEST((*opened)->format().ends_with("(by libkdumpfile)"), (*opened)->format());
    for (const auto& [frame, page] : pages_of(**opened)) BOOST_TEST((memory.pages().at(frame) == page));
}

BOOST_AUTO_TEST_CASE(a_library_that_is_not_there_has_no_functions) {
    BOOST_TEST(function_of("libno-such-library.so.1", "kdump_new") == nullptr);
    BOOST_TEST(function_of(kKdumpfileLibrary, "no_such_function") == nullptr);
    BOOST_TEST(function_of(kKdumpfileLibrary, "kdump_new") != nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
