// SPDX-License-Identifier: GPL-2.0-or-later
// Any number of cursors over one track, on any threads: make unit-tsan runs them under the thread sanitizer.
#include <boost/test/unit_test.hpp>
#include <thread>

#include "analyzer/importers/kstrax_files/buffer_files.hpp"
#include "analyzer/trace/record_reader.hpp"
#include "tests/support/dumps/kdump_image.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/rings/ring_image.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

std::string many_records() {
    std::string script = "cpus 2\nentries 700\n";
    for (int i = 0; i < 1000; ++i)
        script +=
            std::to_string(i % 2) + " " + std::to_string(100 + i) + " tid=" + std::to_string(7 + i % 3) + " read\n";
    return script;
}

/// The times of all records of a track, by a cursor of its own.
std::vector<Nanos> times_of(const Recording& recording, std::size_t track) {
    RecordReader reader(recording, recording.cpus.at(track));
    std::vector<Nanos> times;
    Record record;
    while (reader.next(record)) times.push_back(record.entry.time);
    return times;
}

void check(const Recording& recording) {
    for (std::size_t track = 0; track < recording.cpus.size(); ++track) {
        const std::vector<Nanos> expected = times_of(recording, track);
        BOOST_TEST(expected.size() == 500U);
        std::vector<std::vector<Nanos>> got(4);
        std::vector<std::jthread> threads;
        for (auto& times : got) threads.emplace_back([&, track] { times = times_of(recording, track); });
        threads.clear();  // joins them
        for (const auto& times : got) BOOST_TEST(times == expected, boost::test_tools::per_element());
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cursor)

BOOST_AUTO_TEST_CASE(threads_read_one_ring_in_memory) {
    const RingImage image(many_records());
    const SearchedMemory searched(image.memory);
    check(searched.recording());
}

/// Whose pages are expanded when somebody reads them, and kept.
BOOST_AUTO_TEST_CASE(threads_read_one_compressed_dump) {
    const RingImage image(many_records());
    const TempFolder folder;
    const auto dump = open_dump(folder.write("dump", kdump_image(image.memory).bytes));
    BOOST_TEST_REQUIRE(dump.ok());
    check(dump->recording());
}

BOOST_AUTO_TEST_CASE(threads_read_one_buffer_file) {
    const RingImage image(many_records());
    const SearchedMemory searched(image.memory);
    const TempFolder folder;
    BOOST_REQUIRE(write_buffer_files(searched.recording(), folder.path("X"), {}).ok());
    const auto set = open_buffer_files(folder.path("X"));
    BOOST_REQUIRE(set.ok());
    check(set->recording);
}

BOOST_AUTO_TEST_CASE(one_cursor_does_not_move_another) {
    const RingImage image(many_records());
    const SearchedMemory searched(image.memory);
    const Recording recording = searched.recording();
    RecordReader one(recording, recording.cpus[0]);
    Record record;
    for (int i = 0; i < 100; ++i) BOOST_REQUIRE(one.next(record));
    RecordReader other(recording, recording.cpus[0]);
    Record first;
    BOOST_REQUIRE(other.next(first));
    BOOST_TEST(first.position == 0U);
    BOOST_REQUIRE(one.next(record));
    BOOST_TEST(record.position == 100U);
}

BOOST_AUTO_TEST_SUITE_END()
