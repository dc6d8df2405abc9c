// SPDX-License-Identifier: GPL-2.0-or-later
// The table of importers: who takes which input.
#include "analyzer/session/importers.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "analyzer/importers/kstrax_files/buffer_files.hpp"
#include "analyzer/importers/kstrax_memory/importer.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

ImportInput named(std::initializer_list<std::string> names) {
    ImportInput input;
    input.names = names;
    return input;
}

std::string_view taker_of(const ImportInput& input) {
    const Importer* importer = input.memory != nullptr ? &importer_of_memory(input) : importer_of_files(input);
    return importer == nullptr ? "nobody" : importer->name;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(importer_table)

BOOST_AUTO_TEST_CASE(each_has_a_name_of_its_own) {
    std::set<std::string_view> names;
    for (const Importer* one : file_importers()) BOOST_TEST(names.insert(one->name).second);
    for (const Importer* one : memory_importers()) BOOST_TEST(names.insert(one->name).second);
    BOOST_TEST(names.size() >= 4U);
}

BOOST_AUTO_TEST_CASE(each_input_has_its_importer) {
    const RingImage image("cpus 1\n0 100 tid=10 getppid\n0 110 tid=10 getppid = 1\n");
    const SearchedMemory memory(image.memory);
    const TempFolder folder;
    const std::string name = folder.path("trace");
    BOOST_REQUIRE(write_buffer_files(memory.recording(), name, {}).ok());

    BOOST_TEST(taker_of(named({name})) == "kstrax_files");
    BOOST_TEST(taker_of(named({name + "_0"})) == "kstrax_files");
    BOOST_TEST(taker_of(named({name, name})) == "nobody");
    BOOST_TEST(taker_of(named({folder.write("image", "any memory")})) == "nobody");  // before it is opened as an image
    BOOST_TEST(taker_of(named({folder.write("trace.dat", "\x17\x08\x44tracing")})) == "trace_dat");
    FindOptions find;
    ImportInput input = named({name});
    input.memory = input.ahead = &memory.view;
    input.find = &find;
    BOOST_TEST(taker_of(input) == "kstrax_memory");
    find.way = Way::Ftrace;
    BOOST_TEST(taker_of(input) == "ftrace_memory");
    find.way = Way::LastBoot;
    BOOST_TEST(taker_of(input) == "ftrace_memory");
}

BOOST_AUTO_TEST_CASE(a_recording_is_opened_any_number_of_times) {
    const RingImage image("cpus 1\n0 100 tid=10 getppid\n0 110 tid=10 getppid = 1\n");
    const SearchedMemory memory(image.memory);
    const TempFolder folder;
    BOOST_REQUIRE(write_buffer_files(memory.recording(), folder.path("trace"), {}).ok());
    const ImportInput input = named({folder.path("trace_0")});
    const auto found = importer_of_files(input)->find(input);
    BOOST_TEST_REQUIRE(found.ok());
    BOOST_TEST((*found)->name() == folder.path("trace"));
    BOOST_TEST((*found)->files().size() == 1U);
    for (int again = 0; again < 2; ++again) {
        const auto opened = (*found)->open(nullptr);
        BOOST_TEST_REQUIRE(opened.ok());
        BOOST_TEST(opened->recording.cpus.size() == 1U);
        BOOST_TEST(opened->others.empty());
    }
}

BOOST_AUTO_TEST_CASE(an_import_says_what_was_found_in_memory) {
    const RingImage image("cpus 1\n0 100 tid=10 getppid\n0 110 tid=10 getppid = 1\n");
    const SearchedMemory memory(image.memory);
    const FindOptions find;
    ImportInput input = named({"image"});
    input.memory = input.ahead = &memory.view;
    input.find = &find;
    const auto of_memory = importer_of_memory(input).find(input);
    BOOST_TEST_REQUIRE(of_memory.ok());
    BOOST_TEST_REQUIRE((*of_memory)->located() != nullptr);
    const auto anchor = (*of_memory)->choose_anchor();
    BOOST_TEST_REQUIRE(anchor.ok());
    BOOST_TEST(*anchor == &(*of_memory)->located()->anchors.front());

    const TempFolder folder;
    BOOST_REQUIRE(write_buffer_files(memory.recording(), folder.path("trace"), {}).ok());
    const ImportInput files = named({folder.path("trace")});
    const auto of_files = importer_of_files(files)->find(files);
    BOOST_TEST_REQUIRE(of_files.ok());
    BOOST_TEST((*of_files)->located() == nullptr);
}

BOOST_AUTO_TEST_SUITE_END()
