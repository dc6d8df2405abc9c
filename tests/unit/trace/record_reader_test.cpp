// SPDX-License-Identifier: GPL-2.0-or-later
// Slots joined to records with their file names, and the count of what is not whole.
#include "analyzer/trace/record_reader.hpp"

#include <fmt/core.h>

#include <boost/test/unit_test.hpp>

#include "tests/support/calls.hpp"
#include "tests/support/reports.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

struct Read {
    std::vector<Record> records;
    CpuTrust trust;
};

Read read_cpu_0(const Memory& memory) {
    const SearchedMemory searched(memory);
    const Recording recording = searched.recording();
    RecordReader reader(recording, recording.cpus.at(0));
    Read read;
    Record record;
    while (reader.next(record)) read.records.push_back(record);
    read.trust = reader.trust();
    return read;
}
Read read_cpu_0(std::string_view script) { return read_cpu_0(RingImage(script).memory); }

/// "SERIAL KIND" and the file name, in quotes, with ... where it is cut off.
std::vector<std::string> described(const Read& read) {
    constexpr std::string_view kKinds[] = {"?", "entry", "exit", "path"};
    std::vector<std::string> lines;
    for (const Record& record : read.records) {
        std::string line = fmt::format("{} {}", record.position + 1, kKinds[record.entry.kind]);
        if (record.has_path) line += " \"" + record.path + (record.path_cut ? "\"..." : "\"");
        lines.push_back(line);
    }
    return lines;
}

void check(std::string_view script, std::string_view expected) {
    BOOST_TEST(described(read_cpu_0(script)) == expected_lines(expected), boost::test_tools::per_element());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(record_reader)

BOOST_AUTO_TEST_CASE(file_names_of_every_length_in_every_layout) {
    struct {
        const char* layout;
        std::size_t piece;
    } const layouts[] = {{"ia32", 24}, {"ia64", 56}, {"x86_64", 48}};
    for (const auto& [layout, piece] : layouts)
        for (const std::size_t length : {std::size_t{0}, std::size_t{1}, piece - 1, piece, piece + 1, 2 * piece - 1,
                                         2 * piece, 2 * piece + 1, std::size_t{255}, std::size_t{4095}})
            BOOST_TEST_CONTEXT(layout << ", " << length << " bytes") {
                std::string name;
                while (name.size() < length) name.push_back(static_cast<char>('a' + name.size() % 26));
                const Read read =
                    read_cpu_0(fmt::format("layout {}\nentries 200\n0 100 tid=10 open path=\"{}\"\n"
                                           "0 110 tid=10 open = 3\n",
                                           layout, name));
                BOOST_REQUIRE(read.records.size() == 2U);
                BOOST_TEST(read.records[0].has_path);
                BOOST_TEST(!read.records[0].path_cut);
                BOOST_TEST(read.records[0].path == name);
                BOOST_TEST(!read.records[1].has_path);
                BOOST_TEST(read.trust.entries == 2 + length / piece + 1);
            }
}

BOOST_AUTO_TEST_CASE(a_name_without_its_nul_is_cut_off) {
    const std::string name(96, 'x');
    check("0 100 tid=10 open cut=\"" + name + "\"\n0 110 tid=10 open = 3", "1 entry \"" + name + "\"...\n4 exit");
}

BOOST_AUTO_TEST_CASE(no_name_grows_beyond_path_max) {
    const Read read = read_cpu_0("entries 400\n0 100 tid=10 open cut=\"" + std::string(48 * 300, 'x') + "\"");
    BOOST_REQUIRE(read.records.size() == 1U);
    BOOST_TEST(read.records[0].path_cut);
    BOOST_TEST(read.records[0].path.size() <= std::size_t{KSTRAX_PATH_MAX});
}

BOOST_AUTO_TEST_CASE(path_slots_whose_record_is_overwritten_are_the_rest_of_a_name) {
    const std::string name = std::string(48, 'a') + std::string(48, 'b') + "c";
    check("entries 3\n0 100 tid=10 open path=\"" + name + "\"\n0 110 tid=10 open = 3",
          "3 path \"" + std::string(48, 'b') + "c\"\n5 exit");
}

BOOST_AUTO_TEST_CASE(a_gap_inside_a_name_cuts_it_off) {
    RingImage image("0 100 tid=10 open path=\"" + std::string(48, 'a') + std::string(48, 'b') + "c\"\n" +
                    "0 110 tid=10 open = 3");
    image.memory.flip(image.places.slot_byte(0, 2));  // the serial of the name's second slot
    const Read read = read_cpu_0(image.memory);
    const std::vector<std::string> expected{"1 entry \"" + std::string(48, 'a') + "\"...", "4 path \"c\"", "5 exit"};
    BOOST_TEST(described(read) == expected, boost::test_tools::per_element());
    BOOST_TEST(read.records[1].loss_before.damaged);
    BOOST_TEST(!read.records[2].loss_before.any());
    BOOST_TEST(read.trust.torn == 1U);
}

BOOST_AUTO_TEST_CASE(a_name_belongs_to_the_record_of_its_own_thread_call_and_time) {
    for (const char* other : {"0 100 tid=11 open", "0 100 tid=10 creat", "0 101 tid=10 open"})
        check("0 100 tid=10 open\n0 torn\n" + std::string(other) + " rest \"name\"", "1 entry\n3 path \"name\"");
    check("0 100 tid=10 open\n0 100 tid=10 open rest \"name\"", "1 entry \"name\"");
}

BOOST_AUTO_TEST_CASE(a_name_with_nothing_lost_before_it_is_something_else) {
    for (const char* before :
         {"0 100 tid=10 open path=\"one\"", "0 100 tid=11 open path=\"one\"", "0 100 tid=10 read"}) {
        const Read read = read_cpu_0(std::string(before) + "\n0 100 tid=10 open rest \"two\"\n0 110 tid=10 open = 3");
        BOOST_TEST(read.records.size() == 2U);
        BOOST_TEST(read.trust.flaws[static_cast<std::size_t>(Flaw::Name)] == 1U);
        BOOST_TEST(read.trust.invalid == 1U);
        BOOST_TEST(read.records.at(1).loss_before.missing);
    }
}

BOOST_AUTO_TEST_CASE(a_torn_newest_slot_is_no_damage) {
    const Read read = read_cpu_0("0 100 tid=10 open\n0 torn");
    BOOST_TEST(read.trust.torn == 1U);
    BOOST_TEST(read.trust.newest_torn);
    BOOST_TEST(!read.trust.damaged());
}

BOOST_AUTO_TEST_CASE(any_other_torn_slot_is) {
    const Read read = read_cpu_0("0 torn\n0 100 tid=10 open\n0 torn");
    BOOST_TEST(read.trust.torn == 2U);
    BOOST_TEST(read.trust.damaged());
    BOOST_TEST(read.records.at(0).loss_before.damaged);
    const Read middle = read_cpu_0("0 torn\n0 100 tid=10 open");
    BOOST_TEST(middle.trust.torn == 1U);
    BOOST_TEST(!middle.trust.newest_torn);
    BOOST_TEST(middle.trust.damaged());
}

BOOST_AUTO_TEST_CASE(a_torn_slot_of_a_ring_that_wrapped_still_holds_an_older_record) {
    // Position 2 lies where position 0 was.
    const Read read = read_cpu_0("entries 2\n0 100 tid=10 open\n0 110 tid=10 open = 3\n0 torn");
    const std::vector<std::string> expected{"2 exit"};
    BOOST_TEST(described(read) == expected);
    BOOST_TEST(read.trust.torn == 1U);
    BOOST_TEST(read.trust.overwritten == 1U);
}

BOOST_AUTO_TEST_CASE(slots_of_no_known_kind_are_invalid) {
    for (const int kind : {0, 4, 15}) {
        const Read read =
            read_cpu_0("0 90 tid=9 read\n0 100 tid=10 open kind=" + std::to_string(kind) + "\n0 110 tid=10 open = 3");
        BOOST_TEST(read.trust.invalid == 1U);
        BOOST_TEST(read.trust.entries == 2U);
        BOOST_TEST(read.trust.damaged());
        BOOST_TEST(read.records.at(1).loss_before.damaged);
    }
}

BOOST_AUTO_TEST_CASE(trust_counts_every_position_once) {
    RingImage image("entries 200\nlost 0 3 4");
    Script script = image.script;
    for (std::uint64_t i = 0; i < 500; ++i) {
        Entry entry{};
        entry.time = 1000 + i;
        entry.pid = 10;
        entry.kind = KSTRAX_KIND_ENTRY;
        script.cpus[0].slots.push_back({i % 50 == 7, entry, {}});
    }
    Memory memory(4096);
    const RingPlaces places = place_rings(script, memory);
    memory.drop(places.cpus[0].pages[1]);
    const CpuTrust trust = read_cpu_0(memory).trust;
    BOOST_TEST(trust.head == 500U);
    BOOST_TEST(trust.overwritten == 300U);
    // Slots 56 to 113 touch the second page: positions 300 to 313 and 456 to 499.
    BOOST_TEST(trust.unreadable == 58U);
    BOOST_TEST(trust.invalid == 0U);
    BOOST_TEST(trust.gaps == 2U);
    BOOST_TEST(trust.torn == 2U);  // 357 and 407
    BOOST_TEST(trust.entries + trust.overwritten + trust.unreadable + trust.torn + trust.invalid == trust.head);
    BOOST_TEST(trust.first_time.value() == 1314U);
    BOOST_TEST(trust.last_time.value() == 1455U);
    BOOST_TEST(trust.lost[KSTRAX_LOST_PATH_FAULT] == 3U);
    BOOST_TEST(trust.lost[KSTRAX_LOST_PATH_BUSY] == 4U);
}

BOOST_AUTO_TEST_CASE(a_serial_has_the_low_32_bits_of_its_position) {
    Script script = parse_script("entries 4\n0 100 tid=10 read\n0 110 tid=10 read = 1");
    Memory memory(4096);
    const RingPlaces places = place_rings(script, memory);
    // As if 2^32 records had gone before: same serials, same places.
    memory.put(KSTRAX_TEST_AT(places.cpus[0].descriptor, kstrax_cpu, head), (std::uint64_t{1} << 32) + 2);
    const Read read = read_cpu_0(memory);
    BOOST_TEST((described(read) == std::vector<std::string>{"4294967297 entry", "4294967298 exit"}));
    BOOST_TEST(read.trust.overwritten == (std::uint64_t{1} << 32) - 2);
    // Of the slots that were never written one has the serial that its place demands: 0.
    BOOST_TEST(read.trust.torn == 1U);
    BOOST_TEST(read.trust.invalid == 1U);
}

BOOST_AUTO_TEST_SUITE_END()
