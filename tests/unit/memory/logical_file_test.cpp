// SPDX-License-Identifier: GPL-2.0-or-later
// Flattened files against what they rearrange to.
#include "analyzer/memory/logical_file.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/cpu_time.hpp"
#include "tests/support/dumps/kdump_image.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

struct Opened {
    explicit Opened(std::string_view bytes)
        : file(LogicalFile::open(MappedFile::open(folder.write("file", bytes)).value())) {}

    /// The text at `offset`; "absent" if any of it is not there.
    [[nodiscard]] std::string at(std::uint64_t offset, std::uint64_t size) const {
        std::vector<std::byte> scratch;
        const auto view = file->view(offset, size, scratch);
        if (view) return std::string(as_text(*view));
        BOOST_TEST((view.error().code == ErrorCode::Truncated));
        return "absent";
    }

    TempFolder folder;
    Result<LogicalFile> file;
};

/// Writing the records one after the other: what rearranging means.
std::string rearranged(const std::vector<FlatRecord>& records, std::size_t size) {
    std::string bytes(size, '\0');
    for (const FlatRecord& record : records) bytes.replace(record.offset, record.bytes.size(), record.bytes);
    return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(logical_file)

BOOST_AUTO_TEST_CASE(any_other_file_is_taken_as_it_is) {
    const Opened opened("some bytes");
    BOOST_TEST(!opened.file->flattened());
    BOOST_TEST(!opened.file->cut_off());
    BOOST_TEST(opened.at(5, 5) == "bytes");
    BOOST_TEST(opened.at(5, 6) == "absent");
    BOOST_TEST(opened.at(11, 1) == "absent");
    BOOST_TEST(opened.at(~0ULL, 1) == "absent");
    BOOST_TEST(opened.at(1, ~0ULL) == "absent");
}

BOOST_AUTO_TEST_CASE(records_come_in_any_order) {
    const Opened opened(flattened({{6, "world"}, {0, "hello,"}, {100, "far"}}));
    BOOST_TEST(opened.file->flattened());
    BOOST_TEST(!opened.file->cut_off());
    BOOST_TEST(opened.at(0, 11) == "hello,world");
    BOOST_TEST(opened.at(4, 4) == "o,wo");
    BOOST_TEST(opened.at(100, 3) == "far");
    BOOST_TEST(opened.at(10, 2) == "absent");
    BOOST_TEST(opened.at(99, 2) == "absent");
    BOOST_TEST(opened.at(102, 2) == "absent");
}

BOOST_AUTO_TEST_CASE(a_later_record_replaces_what_earlier_ones_wrote) {
    BOOST_TEST(Opened(flattened({{0, "aaaaaa"}, {2, "bb"}})).at(0, 6) == "aabbaa");
    BOOST_TEST(Opened(flattened({{2, "bb"}, {0, "aaaaaa"}})).at(0, 6) == "aaaaaa");
    BOOST_TEST(Opened(flattened({{0, "aaaa"}, {2, "bbbb"}})).at(0, 6) == "aabbbb");
    BOOST_TEST(Opened(flattened({{2, "bbbb"}, {0, "aaaa"}})).at(0, 6) == "aaaabb");
    BOOST_TEST(Opened(flattened({{0, "aaaa"}, {0, "bb"}})).at(0, 4) == "bbaa");
    BOOST_TEST(Opened(flattened({{0, "bb"}, {0, "aaaa"}})).at(0, 4) == "aaaa");
    BOOST_TEST(Opened(flattened({{1, "x"}, {0, "aaa"}, {1, "y"}})).at(0, 3) == "aya");
}

BOOST_AUTO_TEST_CASE(records_without_bytes_say_nothing) {
    BOOST_TEST(Opened(flattened({{0, "ab"}, {1, ""}, {50, ""}})).at(0, 2) == "ab");
}

BOOST_AUTO_TEST_CASE(random_records_read_as_if_they_were_written_in_order) {
    for (std::uint64_t seed = 1; seed <= 40; ++seed) {
        Random random(seed);
        std::vector<FlatRecord> records;
        for (int i = 0; i < 60; ++i)
            records.push_back({random.below(300), std::string(random.below(80), static_cast<char>('!' + i))});
        records.insert(records.begin(), {0, std::string(400, ' ')});
        const Opened opened(flattened(records));
        const std::string expected = rearranged(records, 400);
        BOOST_TEST(opened.at(0, 400) == expected, "seed " << seed);
        for (int i = 0; i < 50; ++i) {
            const std::size_t at = random.below(400);
            const std::size_t size = random.below(400 - at);
            BOOST_TEST(opened.at(at, size) == expected.substr(at, size), "seed " << seed);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_flattened_file_without_its_end_mark_is_cut_off) {
    const std::string whole = flattened({{0, "hello,"}, {6, "world"}});
    for (std::size_t size = 16; size < whole.size(); size += size < 4090 ? 509 : 1) {
        const Opened opened(whole.substr(0, size));
        BOOST_TEST(opened.file->flattened());
        // The end is marked by its first eight bytes.
        BOOST_TEST(opened.file->cut_off() == (size < whole.size()), "at " << size);
    }
    const Opened inside(whole.substr(0, whole.size() - 16 - 2));
    BOOST_TEST(inside.at(0, 9) == "hello,wor");
    BOOST_TEST(inside.at(0, 10) == "absent");
}

BOOST_AUTO_TEST_CASE(a_record_beyond_any_files_end_is_corrupt) {
    const Opened opened(flattened({{~0ULL - 2, "four"}}));
    BOOST_REQUIRE(!opened.file.ok());
    BOOST_TEST((opened.file.error().code == ErrorCode::Corrupt));
}

BOOST_AUTO_TEST_CASE(a_size_beyond_the_files_end_takes_what_is_there) {
    std::string file = flattened({{0, "abcd"}}, false);
    file[4096 + 8] = '\x7f';  // the record's size, big-endian
    const Opened opened(file);
    BOOST_TEST(opened.file->cut_off());
    BOOST_TEST(opened.at(0, 4) == "abcd");
    BOOST_TEST(opened.at(0, 5) == "absent");
}

BOOST_AUTO_TEST_CASE(hostile_overlaps_cost_no_more_than_sorting) {
    // Nested, a staircase up and one down: each record overlaps all others.
    constexpr std::size_t kRecords = 3000;
    for (const int shape : {0, 1, 2}) {
        std::vector<FlatRecord> records;
        for (std::size_t i = 0; i < kRecords; ++i) {
            const std::size_t at = shape == 2 ? kRecords - i : i;
            const std::size_t size = shape == 0 ? 2 * (kRecords - i) : 2 * kRecords - at;
            records.push_back({at, std::string(size, static_cast<char>('a' + i % 26))});
        }
        const CpuTime spent;
        const Opened opened(flattened(records));
        BOOST_TEST(opened.at(0, 2 * kRecords) == (shape == 2 ? "absent" : rearranged(records, 2 * kRecords)));
        BOOST_TEST(spent.seconds() < 2.0);
    }
}

BOOST_AUTO_TEST_SUITE_END()
