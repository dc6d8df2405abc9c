// SPDX-License-Identifier: GPL-2.0-or-later
// Raw images; which format a file is taken for; files that are none.
#include <sys/stat.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "analyzer/memory/open/open_memory.hpp"
#include "tests/support/dumps/elf_image.hpp"
#include "tests/support/dumps/kdump_image.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

std::string format_of(std::string_view bytes) {
    const TempFolder folder;
    const auto source = open_memory_source(MappedFile::open(folder.write("image", bytes)).value());
    return source ? std::string((*source)->format()) : "none: " + source.error().message;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory_sources)

BOOST_AUTO_TEST_CASE(a_raw_images_offset_is_the_address) {
    Memory memory(4096);
    memory.write({0x5000}, as_bytes("hello"));
    const TempFolder folder;
    const auto source = open_memory_source(MappedFile::open(folder.write("image", raw_image(memory))).value());
    BOOST_REQUIRE(source.ok());
    BOOST_TEST((*source)->memory_size() == memory.size());
    std::string out(5, ' ');
    BOOST_TEST((*source)->read({0x5000}, std::as_writable_bytes(std::span(out))).ok());
    BOOST_TEST(out == "hello");
    BOOST_TEST(!(*source)->read({memory.size() - 4}, std::as_writable_bytes(std::span(out))).ok());
    BOOST_TEST(!(*source)->read({~0ULL}, std::as_writable_bytes(std::span(out))).ok());
}

BOOST_AUTO_TEST_CASE(a_raw_image_may_end_within_a_page) {
    const TempFolder folder;
    const std::string bytes(1048576 + 100, 'x');
    const auto source = open_memory_source(MappedFile::open(folder.write("image", bytes)).value());
    BOOST_REQUIRE(source.ok());
    std::string out(100, ' ');
    BOOST_TEST((*source)->read({1048576}, std::as_writable_bytes(std::span(out))).ok());
    std::atomic<std::uint64_t> shown{0};
    (*source)->scan([&](PhysAddr, Bytes pages) { shown += pages.size(); });
    BOOST_TEST(shown == 1048576U + 4096);
}

BOOST_AUTO_TEST_CASE(a_format_is_told_by_its_first_bytes) {
    const Memory memory(4096);
    BOOST_TEST(format_of(elf_core({{.address = 0, .data = "x"}})).starts_with("ELF"));
    BOOST_TEST(format_of(kdump_image(memory).bytes).starts_with("kdump"));
    BOOST_TEST(format_of(flattened({{0, kdump_image(memory).bytes}})).find("flattened") != std::string::npos);
    BOOST_TEST(format_of(raw_image(memory)).starts_with("raw"));
}

BOOST_AUTO_TEST_CASE(a_small_file_of_no_format_is_no_memory_image) {
    for (const std::string_view bytes : {std::string_view("x"),
                                         std::string_view("\x7f"
                                                          "EL"),
                                         std::string_view("KDUMP")})
        BOOST_TEST(format_of(bytes).find("not a memory image") != std::string::npos, format_of(bytes));
}

BOOST_AUTO_TEST_CASE(what_is_no_regular_file_is_named_for_what_it_is) {
    const TempFolder folder;
    const auto missing = MappedFile::open(folder.path("missing"));
    BOOST_TEST((missing.error().code == ErrorCode::NotFound));
    BOOST_TEST(MappedFile::open(folder.path("")).error().message.find("directory") != std::string::npos);
    BOOST_TEST(MappedFile::open(folder.write("empty", "")).error().message.find("empty") != std::string::npos);
    const std::string fifo = folder.path("fifo");
    BOOST_REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
    BOOST_TEST(MappedFile::open(fifo).error().message.find("regular file") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(two_names_of_one_file_have_one_identity) {
    const TempFolder folder;
    const std::string path = folder.write("file", "x");
    std::filesystem::create_symlink(path, folder.path("link"));
    std::filesystem::create_hard_link(path, folder.path("hard"));
    const auto identity = MappedFile::open(path).value()->identity();
    BOOST_TEST((MappedFile::open(folder.path("link")).value()->identity() == identity));
    BOOST_TEST((MappedFile::open(folder.path("hard")).value()->identity() == identity));
    BOOST_TEST(!(MappedFile::open(folder.write("other", "x")).value()->identity() == identity));
}

BOOST_AUTO_TEST_SUITE_END()
