// SPDX-License-Identifier: GPL-2.0-or-later
// Samples of perf.data files are calls and events of the CPUs that they were taken on; what was lost between them is counted.
#include <boost/test/unit_test.hpp>
#include <functional>

#include "analyzer/importers/perf_data/importer.hpp"
#include "analyzer/session/session.hpp"
#include "analyzer/trace/record_reader.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/rings/perf_file_image.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

struct Opened {
    std::unique_ptr<Session> session;
    Result<OpenedRecording> result = Error{ErrorCode::Io, "was not opened"};

    Opened(const TempFolder& folder, const std::string& bytes) {
        auto made = Session::open({.names = {folder.write("perf.data", bytes)}, .find = {}, .tell = {}});
        if (made) {
            session = std::move(*made);
            result = session->open_recording();
        } else {
            result = made.error();
        }
    }
    [[nodiscard]] const Recording& recording() const { return result->recording; }
};

/// "CPU@POSITION TIME TID/TGID NUMBER KIND WORD" of each event; "!" before those that something is missing before.
std::string events(const Recording& recording) {
    std::string all;
    for (const CpuTrack& track : recording.cpus) {
        RecordReader reader(recording, track);
        Record record;
        while (reader.next(record)) {
            const Entry& entry = record.entry;
            all += (record.loss_before.missing ? "!" : "") + std::to_string(record.cpu) + "@" +
                   std::to_string(record.position) + " " + std::to_string(entry.time) + " " +
                   std::to_string(entry.pid) + "/" + std::to_string(entry.tgid) + " ";
            if (record.type != nullptr) all += std::string(record.type->name) + "\n";
            else
                all += std::to_string(entry.nr) + " " + std::to_string(entry.kind) + " " +
                       std::to_string(entry.args[0]) + "\n";
        }
        if (reader.loss_at_end().missing) all += "!\n";
    }
    return all;
}

/// Two CPUs' samples, some of each at a time.
std::string some_records(const PerfFileImage& image) {
    return image.command(9, 10, "cat") + image.sample(1, 100, 9, 10, image.event(1, 39, 5)) +
           image.sample(1, 150, 9, 10, image.event(2, 39, 7)) + image.sample(0, 90, 8, 8, image.event(3)) +
           image.command(9, 10, "tac") + image.sample(0, 95, 8, 8, image.event(1, 231)) +
           image.sample(1, 200, 9, 10, image.event(3));
}
constexpr std::string_view kSome =
    "0@0 90 8/8 tick\n0@1 95 8/8 231 1 0\n1@0 100 10/9 39 1 5\n1@1 150 10/9 39 2 7\n1@2 200 10/9 tick\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(perf_data)

BOOST_AUTO_TEST_CASE(samples_go_to_their_cpus) {
    const TempFolder folder;
    for (const std::endian order : {std::endian::little, std::endian::big}) {
        PerfFileImage image{.order = order};
        image.records = some_records(image);
        const Opened file(folder, image.bytes());
        BOOST_TEST_REQUIRE(file.result.ok());
        const Recording& recording = file.recording();
        BOOST_TEST(events(recording) == kSome);
        BOOST_TEST(recording.facts.host_name == "host");
        BOOST_TEST(recording.facts.kernel_release == "6.1.0");
        BOOST_TEST((recording.commands == std::map<Tid, std::string>{{10, "tac"}}));
        BOOST_TEST(recording.provenance.back() == "5 samples of 1 counters, taken by perf 6.1.9 on 2 CPUs, clock perf");
        BOOST_TEST((recording.findings.worst() == Severity::Note));  // of calls' ABI
    }
}

/// perf has no number for a task that is about to be gone; its event has the thread's.
BOOST_AUTO_TEST_CASE(threads_that_are_gone_have_their_numbers) {
    const TempFolder folder;
    PerfFileImage image;
    image.records =
        image.sample(0, 90, 8, ~Tid{0}, image.event(3)) + image.sample(0, 95, ~Tid{0}, ~Tid{0}, image.event(3));
    BOOST_TEST(events(Opened(folder, image.bytes()).recording()) == "0@0 90 99/8 tick\n0@1 95 99/0 tick\n");
}

BOOST_AUTO_TEST_CASE(compressed_records_are_one_stream) {
    const TempFolder folder;
    PerfFileImage image;
    const std::string plain = some_records(image);
    for (const std::size_t cut : {std::size_t{7}, plain.size() / 2 + 3}) {  // within a record
        const auto pieces = compressed_pieces({plain.substr(0, cut), plain.substr(cut)});
        image.records = image.record(PerfRecordType::Compressed, pieces[0]) + image.compressed2(pieces[1]);
        BOOST_TEST(events(Opened(folder, image.bytes()).recording()) == kSome);
    }
    image.records = image.record(PerfRecordType::Compressed, compressed_pieces({plain})[0]) +
                    image.record(PerfRecordType::Compressed, "no piece of a stream");
    const Opened damaged(folder, image.bytes());
    BOOST_TEST(events(damaged.recording()) == kSome);
    BOOST_TEST((damaged.recording().findings.worst() == Severity::Incomplete));
}

BOOST_AUTO_TEST_CASE(what_was_lost_is_counted_where_it_was) {
    const TempFolder folder;
    PerfFileImage image;
    image.records = image.sample(0, 90, 8, 8, image.event(3)) + image.lost(0, 5) + image.lost(1, 2) +
                    image.sample(0, 95, 8, 8, image.event(3));
    const Opened file(folder, image.bytes());
    BOOST_TEST_REQUIRE(file.result.ok());
    BOOST_TEST(events(file.recording()) == "0@0 90 8/8 tick\n!0@6 95 8/8 tick\n!\n");
    BOOST_TEST(file.recording().cpus[0].head == 7U);
    BOOST_TEST(file.recording().cpus[1].head == 2U);
    RecordReader reader(file.recording(), file.recording().cpus[0]);
    Record record;
    while (reader.next(record)) {
    }
    BOOST_TEST(reader.trust().unreadable == 5U);
    // A count at the end that is no larger says nothing new.
    const std::string told = image.records;
    for (const std::uint64_t count : {7U, 9U}) {
        image.records =
            told + image.record(PerfRecordType::LostSamples, image.number(count, 8) + std::string(32, '\0'));
        const Opened counted(folder, image.bytes());
        const auto worst = counted.recording().findings.worst();
        BOOST_TEST((worst == (count == 7 ? Severity::Note : Severity::Incomplete)));
    }
}

/// All parts that may stand before the event.
BOOST_AUTO_TEST_CASE(the_event_is_found_behind_other_parts) {
    const TempFolder folder;
    PerfFileImage image;
    constexpr std::uint64_t kIdentifier = 1 << 16, kAddress = 8, kRead = 16, kCallers = 32, kStream = 512;
    image.counters[0].sample_type |= kIdentifier | kAddress | kRead | kCallers | kStream;
    const std::string event = image.event(1, 39, 5);
    const std::string rest = image.number(event.size(), 4) + event;
    const std::uint64_t who = (std::uint64_t{10} << 32) | 9;
    const std::vector<std::uint64_t> fixed{11, 1, who, 100, 2, 11, 3, 0, 1};
    const auto with = [&](std::vector<std::uint64_t> values) {
        values.insert(values.begin(), fixed.begin(), fixed.end());
        values.insert(values.end(), {2, 7, 7});  // callers
        return values;
    };
    for (const auto& [format, values] : std::vector<std::pair<std::uint64_t, std::vector<std::uint64_t>>>{
             {0, {1}}, {1 | 2 | 4 | 16, {1, 2, 3, 4, 5}}, {8 | 4 | 1, {2, 0, 1, 11, 2, 12}}}) {
        image.counters[0].read_format = format;
        image.records = image.sample_of_parts(with(values), rest);
        BOOST_TEST(events(Opened(folder, image.bytes()).recording()) == "0@0 100 10/9 39 1 5\n");
    }
    // Sizes that cannot be.
    auto wrong = with({1});
    image.counters[0].read_format = 0;
    wrong[wrong.size() - 3] = ~std::uint64_t{0} / 8;
    image.records = image.sample_of_parts(wrong, rest) + image.sample_of_parts(with({1}), image.number(4000, 4)) +
                    image.sample_of_parts(with({1}), rest);
    BOOST_TEST(events(Opened(folder, image.bytes()).recording()) == "!0@2 100 10/9 39 1 5\n");
}

BOOST_AUTO_TEST_CASE(other_counters_samples_are_events) {
    const TempFolder folder;
    PerfFileImage image;
    constexpr std::uint64_t kRaw = 1 << 10;
    image.counters.push_back({.type = 0, .sample_type = PerfFileImage::kAsPerfDoes & ~kRaw, .ids = {21}});
    image.records = image.sample(0, 90, 8, 8, image.event(3)) +
                    image.sample_of_parts({0xffff, (std::uint64_t{8} << 32) | 8, 95, 21, 0, 1000}, "");
    const Opened file(folder, image.bytes());
    // Where the id stands must be the same in all: behind address, thread and time.
    BOOST_TEST(events(file.recording()) == "0@0 90 8/8 tick\n0@1 95 8/8 sample\n");
    const std::string raw = make_report(file.recording(), ReportKind::Raw).text;
    BOOST_TEST(raw.find("perf: sample ip=0xffff period=0x3e8") != raw.npos);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_said) {
    const TempFolder folder;
    const auto error = [&](const std::function<void(PerfFileImage&)>& change) {
        PerfFileImage image;
        image.records = some_records(image);
        change(image);
        const Opened file(folder, image.bytes());
        BOOST_TEST(!file.result.ok());
        return file.result.ok() ? "" : file.result.error().message.substr(folder.path("perf.data").size() + 2);
    };
    BOOST_TEST(error([](PerfFileImage& image) { image.records.clear(); }) ==
               "a perf.data file whose header was not completed: perf record was killed before its end, and what its "
               "events are was not written; copy the file anew, or record again with perf record");
    BOOST_TEST(error([](PerfFileImage& image) { image.records = image.command(1, 1, "cat"); }) ==
               "it holds no samples");
    BOOST_TEST(
        error([](PerfFileImage& image) { image.describes_events = false; }) ==
        "a perf.data file without events of the kernel's tracing: perf record -e 'raw_syscalls:*' records calls");
    BOOST_TEST(error([](PerfFileImage& image) { image.counters[0].sample_type &= ~std::uint64_t{1 << 7}; }) ==
               "a perf.data file without its samples' CPUs: perf record -T --sample-cpu records them");
    BOOST_TEST(error([](PerfFileImage& image) { image.counters.clear(); }) ==
               "a perf.data file of 0 counters, not 1 to 4096; copy the file anew, or record again with perf record");
}

BOOST_AUTO_TEST_CASE(a_record_that_cannot_be_ends_what_is_read) {
    const TempFolder folder;
    PerfFileImage image;
    image.records = image.sample(0, 90, 8, 8, image.event(3)) + std::string(8, '\0') + some_records(image);
    const Opened file(folder, image.bytes());
    BOOST_TEST(events(file.recording()) == "0@0 90 8/8 tick\n");
    BOOST_TEST((file.recording().findings.worst() == Severity::Incomplete));
    // What lies behind a record of a processor's own trace is none.
    image.records = image.sample(0, 90, 8, 8, image.event(3)) +
                    image.record(PerfRecordType::Auxtrace, image.number(8, 8) + std::string(32, '\0')) +
                    std::string(8, '\xff') + image.sample(0, 95, 8, 8, image.event(3));
    BOOST_TEST(events(Opened(folder, image.bytes()).recording()) == "0@0 90 8/8 tick\n0@1 95 8/8 tick\n");
}

BOOST_AUTO_TEST_CASE(a_file_that_is_cut_off_says_so) {
    const TempFolder folder;
    PerfFileImage image;
    image.records = some_records(image);
    const std::string whole = image.bytes();
    for (std::size_t size = 8; size < whole.size(); size += 7) {
        const Opened file(folder, whole.substr(0, size));
        if (file.result.ok()) {  // names of the machine are missing, or of events
            const bool damaged = file.recording().findings.worst() == Severity::Incomplete;
            BOOST_TEST((damaged || events(file.recording()) == kSome));
        } else BOOST_TEST(file.result.error().message.starts_with(folder.path("perf.data") + ": "));
    }
}

BOOST_AUTO_TEST_SUITE_END()
