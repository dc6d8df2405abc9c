// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/base/output_file.hpp"

#include <sys/resource.h>
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "tests/support/limits.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

std::unique_ptr<OutputFile> create(const std::string& path, std::span<const FileIdentity> inputs = {}) {
    auto file = OutputFile::create(path, inputs);
    BOOST_REQUIRE(file.ok());
    return std::move(*file);
}

mode_t mode_of(const std::string& path) {
    struct stat info {};
    BOOST_REQUIRE(::stat(path.c_str(), &info) == 0);
    return info.st_mode & 07777;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(output_file)

BOOST_AUTO_TEST_CASE(a_file_gets_its_name_when_it_is_whole) {
    const TempFolder folder;
    const std::string path = folder.path("report");
    const auto file = create(path);
    BOOST_TEST(file->write("some ").ok());
    BOOST_TEST(file->write("text").ok());
    BOOST_TEST(!std::filesystem::exists(path));
    BOOST_TEST(file->commit().ok());
    BOOST_TEST(read_file(path) == "some text");
    BOOST_TEST(mode_of(path) == 0600U);
    BOOST_TEST(folder.count() == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_not_committed_leaves_nothing) {
    const TempFolder folder;
    folder.write("report", "old");
    {
        const auto file = create(folder.path("report"));
        BOOST_TEST(file->write("new").ok());
    }
    BOOST_TEST(read_file(folder.path("report")) == "old");
    BOOST_TEST(folder.count() == 1U);
}

BOOST_AUTO_TEST_CASE(an_older_file_is_replaced) {
    const TempFolder folder;
    folder.write("report", "old and longer");
    const auto file = create(folder.path("report"));
    BOOST_TEST(file->write("new").ok());
    BOOST_TEST(file->commit().ok());
    BOOST_TEST(read_file(folder.path("report")) == "new");
}

BOOST_AUTO_TEST_CASE(an_input_is_never_replaced_by_whatever_name) {
    const TempFolder folder;
    const std::string input = folder.write("dump", "precious");
    std::filesystem::create_symlink(input, folder.path("link"));
    std::filesystem::create_hard_link(input, folder.path("hard"));
    const FileIdentity inputs[] = {MappedFile::open(input).value()->identity()};
    for (const std::string& path : {input, folder.path("link"), folder.path("hard"), folder.path("./dump")}) {
        const auto file = OutputFile::create(path, inputs);
        BOOST_REQUIRE(!file.ok());
        BOOST_TEST((file.error().code == ErrorCode::Usage));
        BOOST_TEST(file.error().message.starts_with(path));
    }
    BOOST_TEST(read_file(input) == "precious");
}

BOOST_AUTO_TEST_CASE(what_is_no_regular_file_is_not_replaced) {
    const TempFolder folder;
    std::filesystem::create_directory(folder.path("folder"));
    BOOST_REQUIRE(::mkfifo(folder.path("fifo").c_str(), 0600) == 0);
    for (const char* name : {"folder", "fifo"}) {
        const auto file = OutputFile::create(folder.path(name), {});
        BOOST_REQUIRE(!file.ok());
        BOOST_TEST((file.error().code == ErrorCode::Usage));
    }
}

BOOST_AUTO_TEST_CASE(a_folder_that_does_not_exist_cannot_be_written_to) {
    const TempFolder folder;
    const auto file = OutputFile::create(folder.path("missing/report"), {});
    BOOST_REQUIRE(!file.ok());
    BOOST_TEST((file.error().code == ErrorCode::Io));
    BOOST_TEST(file.error().message.starts_with(folder.path("missing/report")));
}

BOOST_AUTO_TEST_CASE(a_full_disk_fails_once_and_leaves_nothing) {
    const TempFolder folder;
    {
        const auto file = create(folder.path("report"));
        const FileSizeLimit limit(100);
        BOOST_TEST(file->write(std::string(60, 'x')).ok());
        const auto full = file->write(std::string(60, 'y'));
        BOOST_REQUIRE(!full.ok());
        BOOST_TEST((full.error().code == ErrorCode::Io));
        const auto again = file->write("z");
        BOOST_REQUIRE(!again.ok());
        BOOST_TEST(again.error().message == full.error().message);
        BOOST_TEST(file->commit().error().message == full.error().message);
    }
    BOOST_TEST(folder.count() == 0U);
}

BOOST_AUTO_TEST_CASE(a_name_that_becomes_a_folder_meanwhile_fails_at_the_end) {
    const TempFolder folder;
    {
        const auto file = create(folder.path("report"));
        BOOST_TEST(file->write("text").ok());
        std::filesystem::create_directory(folder.path("report"));
        BOOST_TEST(!file->commit().ok());
    }
    BOOST_TEST(folder.count() == 1U);  // the folder
}

BOOST_AUTO_TEST_SUITE_END()
