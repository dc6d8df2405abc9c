// SPDX-License-Identifier: GPL-2.0-or-later
// A session opens everything before it looks at anything: between the two, programs give up the right to open files.
#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "analyzer/importers/kstrax_files/buffer_files.hpp"
#include "analyzer/session/session.hpp"
#include "tests/support/dumps/elf_image.hpp"
#include "tests/support/dumps/kdump_image.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::string_view kScript = R"(
    cpus 2
    0 100 tid=10 read
    1 110 tid=11 write
)";

Result<std::unique_ptr<Session>> open_files(std::vector<std::string> names, FindOptions find = {}) {
    return Session::open_files({.names = std::move(names), .find = std::move(find), .tell = {}});
}

/// How many CPUs a recording has whose files were removed once they were open.
std::size_t cpus_without_files(const TempFolder& folder, const std::string& name) {
    const auto session = open_files({name});
    BOOST_TEST_REQUIRE(session.ok());
    for (const auto& entry : std::filesystem::directory_iterator(folder.path("."))) std::filesystem::remove(entry);
    BOOST_TEST_REQUIRE((*session)->read().ok());
    for (int i = 0; i < 2; ++i) BOOST_TEST_REQUIRE((*session)->open_recording().ok());
    return (*session)->open_recording()->recording.cpus.size();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(open_files_first)

BOOST_AUTO_TEST_CASE(a_dump_needs_its_name_no_more) {
    const TempFolder folder;
    const RingImage image(kScript);
    BOOST_TEST(cpus_without_files(folder, folder.write("elf", elf_core(image.memory, {}))) == 2U);
    const std::string kdump = kdump_image(image.memory, {}).bytes;
    BOOST_TEST(cpus_without_files(folder, folder.write("kdump", kdump)) == 2U);
    BOOST_TEST(cpus_without_files(folder, folder.write("flat", flattened(shuffled_records(kdump, 1000, 1)))) == 2U);
}

BOOST_AUTO_TEST_CASE(buffer_files_need_theirs_no_more) {
    const TempFolder folder;
    const RingImage image(kScript);
    const SearchedMemory memory(image.memory);
    BOOST_TEST_REQUIRE(write_buffer_files(memory.recording(), folder.path("trace"), {}).ok());
    BOOST_TEST(cpus_without_files(folder, folder.path("trace")) == 2U);
}

BOOST_AUTO_TEST_CASE(what_files_hold_is_not_looked_at) {
    const TempFolder folder;
    // Damaged where a format is told apart: what looked at it would fail.
    for (const std::string& name : {folder.write("flat", "makedumpfile" + std::string(5000, '\xff')),
                                    folder.write("elf",
                                                 "\x7f"
                                                 "ELF" +
                                                     std::string(5000, '\xff')),
                                    folder.write("trace_0", "KSTRAXB" + std::string(5000, '\0'))}) {
        const auto session = open_files({name});
        BOOST_TEST_REQUIRE(session.ok());
        const auto read = (*session)->read();
        BOOST_TEST((!read.ok() || !(*session)->open_recording().ok()), name);
    }
}

BOOST_AUTO_TEST_SUITE_END()
