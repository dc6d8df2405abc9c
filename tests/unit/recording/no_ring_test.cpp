// SPDX-License-Identifier: GPL-2.0-or-later
// CPUs that the kernel numbers and that have no ring.
#include "analyzer/recording/no_ring.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "analyzer/importers/kstrax_files/buffer_files.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::string_view kNeverRan = R"(
    cpus 5
    absent 1 0
    absent 3 0
    absent 4 0
    0 100 tid=10 read
    0 110 tid=10 read = 1
    2 120 tid=11 write
)";
constexpr std::string_view kNoMemory = R"(
    cpus 3
    absent 1 20
    absent 2 0
    0 100 tid=10 read
    0 150 tid=11 write = 3
)";

/// Memory that counts how often all of it is looked at.
class Counted final : public MemorySource {
  public:
    explicit Counted(const Memory& memory) : view_(memory) {}
    [[nodiscard]] std::string_view format() const override { return view_.format(); }
    [[nodiscard]] std::uint64_t page_size() const override { return view_.page_size(); }
    [[nodiscard]] std::uint64_t memory_size() const override { return view_.memory_size(); }
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override { return view_.read(at, out); }
    std::uint64_t scan(const PageVisitor& visit) const override {
        ++scans;
        return view_.scan(visit);
    }
    mutable std::size_t scans = 0;

  private:
    MemoryView view_;
};

std::size_t files_in(const TempFolder& folder) {
    std::size_t count = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder.path(".")))
        count += file.is_regular_file() ? 1 : 0;
    return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(no_ring)

BOOST_AUTO_TEST_CASE(cpus_that_never_ran_are_a_number) {
    const RingImage image(kNeverRan);
    const SearchedMemory searched(image.memory);
    const Recording recording = searched.recording();
    BOOST_TEST(recording.without_ring == 3U);
    BOOST_TEST(recording.cpus.size() == 2U);
    BOOST_TEST(recording.findings.empty());
    const std::string summary = make_report(recording, ReportKind::Summary).text;
    BOOST_TEST(summary.find("rings      2 CPUs, 64 entries of 72 bytes each; 3 CPUs without a ring\n") != summary.npos);
}

/// One at a known place is not searched for, as a damaged descriptor's ring is: that would read all of memory.
BOOST_AUTO_TEST_CASE(their_rings_are_not_searched_for) {
    const RingImage image(kNeverRan);
    const Counted memory(image.memory);
    const Located located = locate_anchor_at(memory, image.places.anchor, "a test");
    BOOST_REQUIRE(located.anchors.size() == 1U);
    const Recording recording = open_recording(memory, located, located.anchors[0]);
    BOOST_TEST(recording.without_ring == 3U);
    BOOST_TEST(memory.scans == 0U);
}

/// Only up to the last CPU with a ring; what the kernel numbers stands in the report all the same.
BOOST_AUTO_TEST_CASE(files_are_as_many_as_needed) {
    const RingImage image(kNeverRan);
    const SearchedMemory searched(image.memory);
    const Recording recording = searched.recording();
    const TempFolder folder;
    const auto paths = write_buffer_files(recording, folder.path("trace"), {});
    BOOST_REQUIRE(paths.ok());
    BOOST_TEST(paths->size() == 3U);
    BOOST_TEST(files_in(folder) == 3U);
    const auto set = open_buffer_files(folder.path("trace"));
    BOOST_REQUIRE(set.ok());
    BOOST_TEST(set->recording.findings.empty());
    BOOST_TEST(set->recording.without_ring == 3U);
    BOOST_TEST(set->recording.facts.possible_cpus == 5U);
    for (const ReportKind kind : {ReportKind::Paired, ReportKind::Raw, ReportKind::Statistics, ReportKind::InFlight})
        BOOST_TEST(make_report(set->recording, kind).text == make_report(recording, kind).text);
    // What the header says to a reader of version 2.0.0.
    const auto header = copy_record<kstrax_file_header>(as_bytes(read_file(folder.path("trace_2"))));
    BOOST_TEST(std::uint32_t{header->facts.possible_cpus} == 3U);

    std::filesystem::remove(folder.path("trace_2"));
    BOOST_TEST(mentions(open_buffer_files(folder.path("trace"))->recording.findings, "trace_2: is missing"));
}

BOOST_AUTO_TEST_CASE(records_that_there_was_no_memory_for_are_lost_and_counted) {
    const RingImage image(kNoMemory);
    const SearchedMemory searched(image.memory);
    const Recording recording = searched.recording();
    constexpr std::string_view kWhy =
        "CPU 1: there was no memory for its ring when it came: its 20 records were counted, not kept";
    BOOST_TEST(mentions(recording.findings, kWhy));
    const MadeReport report = make_report(recording, ReportKind::Paired);
    BOOST_TEST(report.text.find("# lost: 20 records of about 10 calls (20 unreadable)\n") != std::string::npos,
               report.text);
    // An exit whose entry was made there, perhaps, is not said to have been before the recording.
    BOOST_TEST(report.text.find("write") != std::string::npos);
    const TempFolder folder;
    BOOST_REQUIRE(write_buffer_files(recording, folder.path("trace"), {}).ok());
    BOOST_TEST(files_in(folder) == 2U);
    const auto set = open_buffer_files(folder.path("trace"));
    BOOST_REQUIRE(set.ok());
    BOOST_TEST(!set->recording.findings.empty());
    BOOST_TEST(make_report(set->recording, ReportKind::Paired).text == report.text);
}

BOOST_AUTO_TEST_SUITE_END()
