// SPDX-License-Identifier: GPL-2.0-or-later
// A made-up importer whose events are not all system calls: they go through merging and into rows, and the
// system calls beside them are what they were.
#include <boost/test/unit_test.hpp>

#include "analyzer/fields/all_fields.hpp"
#include "analyzer/importers/kstrax_files/buffer_files.hpp"
#include "analyzer/query/filter.hpp"
#include "analyzer/trace/merge.hpp"
#include "analyzer/trace/pair.hpp"
#include "analyzer/trace/spans.hpp"
#include "analyzer/trace/survey.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::array<std::string_view, 1> kIrqFields{"irq"};
constexpr std::array<std::string_view, 2> kWakeFields{"target", "prio"};
constexpr EventType kIrqBegin{.name = "irq_enter", .role = EventRole::Begin, .family = "irq", .fields = kIrqFields};
constexpr EventType kIrqEnd{.name = "irq_leave", .role = EventRole::End, .family = "irq", .fields = kIrqFields};
constexpr EventType kWake{.name = "wakeup", .role = EventRole::Instant, .family = "sched", .fields = kWakeFields};

Record event(Nanos time, Tid tid, const EventType& type, std::uint64_t first, std::uint64_t second = 0) {
    Record record;
    record.mark_other(type);
    record.entry.time = time;
    record.entry.pid = record.entry.tgid = tid;
    record.entry.args[0] = first;
    record.entry.args[1] = second;
    return record;
}

Record call(Nanos time, Tid tid, RecordKind kind, std::uint16_t nr, std::uint64_t value) {
    Record record;
    record.entry.time = time;
    record.entry.pid = record.entry.tgid = tid;
    record.entry.kind = kind;
    record.entry.nr = nr;
    record.entry.args[0] = value;
    return record;
}

class Listed final : public EventSource {
  public:
    explicit Listed(std::vector<Record> records) : records_(std::move(records)) {}
    [[nodiscard]] std::unique_ptr<EventCursor> open() const override { return std::make_unique<Cursor>(records_); }

  private:
    class Cursor final : public EventCursor {
      public:
        explicit Cursor(const std::vector<Record>& records) : records_(records) {}
        bool next(Record& record) override {
            record.loss_before = {};
            if (at_ == records_.size()) return false;
            const CpuId cpu = record.cpu;
            record = records_[at_];
            record.cpu = cpu;
            record.position = at_++;
            record.next_position = at_;
            return true;
        }

      private:
        const std::vector<Record>& records_;
        std::size_t at_ = 0;
    };
    std::vector<Record> records_;
};

void add_track(Recording& recording, CpuId cpu, std::vector<Record> records) {
    CpuTrack track;
    track.cpu = cpu;
    track.head = records.size();
    track.events = std::make_unique<Listed>(std::move(records));
    recording.cpus.push_back(std::move(track));
}

/// getppid on CPU 0, with an interrupt in it; on CPU 1 a wake-up, and an interrupt that has not ended.
Recording made_up() {
    Recording recording;
    recording.facts.audit_arch = parse_script("").facts.audit_arch;
    recording.facts.word_size = 8;
    recording.facts.possible_cpus = 2;
    recording.layout = layout_named("x86_64");
    add_track(recording, 0,
              {call(100, 7, kKindEntry, 110, 0), event(110, 7, kIrqBegin, 9), event(120, 7, kIrqBegin, 10),
               event(130, 7, kIrqEnd, 10), event(140, 7, kIrqEnd, 9), call(150, 7, kKindExit, 110, 1)});
    add_track(recording, 1, {event(90, 8, kIrqEnd, 3), event(125, 8, kWake, 7, 120), event(126, 8, kIrqBegin, 4)});
    return recording;
}

std::string text_of(const EventSpan& span) {
    const auto moment = [](const std::optional<Nanos>& time) { return time ? std::to_string(*time) : ""; };
    std::string text = std::to_string(span.tid) + " " + std::string(span.type->family) + " " + moment(span.start) +
                       "-" + moment(span.end);
    for (std::size_t i = 0; i < span.type->fields.size(); ++i)
        text += " " + std::string(span.type->fields[i]) + "=" + std::to_string(span.args[i]);
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(events)

BOOST_AUTO_TEST_CASE(they_have_their_place_in_the_merged_stream) {
    const Recording recording = made_up();
    MergedRecords records(recording);
    std::string order;
    while (const Record* record = records.next())
        order += std::to_string(record->entry.time) + " " + std::string(type_of(*record).name) + "\n";
    BOOST_TEST(order ==
               "90 irq_leave\n100 entry\n110 irq_enter\n120 irq_enter\n125 wakeup\n126 irq_enter\n130 irq_leave\n"
               "140 irq_leave\n150 exit\n");
    BOOST_TEST(records.trust().at(0).entries == 6U);
    BOOST_TEST(records.trust().at(0).calls == 1U);
}

BOOST_AUTO_TEST_CASE(spans_of_other_families_nest_within_their_thread) {
    const Recording recording = made_up();
    MergedRecords records(recording);
    std::vector<std::string> spans;
    SpanTracker tracker([&](const EventSpan& span) { spans.push_back(text_of(span)); });
    while (const Record* record = records.next()) tracker.feed(*record);
    tracker.finish();
    const std::vector<std::string> expected{"8 irq -90 irq=3", "8 sched 125-125 target=7 prio=120",
                                            "7 irq 120-130 irq=10", "7 irq 110-140 irq=9", "8 irq 126- irq=4"};
    BOOST_TEST(spans == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(system_calls_beside_them_are_paired_as_ever) {
    const Recording recording = made_up();
    MergedRecords records(recording);
    const CallNames names(recording.facts.audit_arch);
    std::vector<std::string> calls;
    Pairer pairer(names, 0, [&](const Call& one) {
        calls.push_back(std::string(describe(one.state).name) + " " + std::to_string(one.start) + "-" +
                        std::to_string(one.end));
    });
    while (const Record* record = records.next()) pairer.feed(*record, records.loss());
    pairer.feed_end(records.loss());
    pairer.finish();
    const std::vector<std::string> expected{"complete 100-150"};
    BOOST_TEST(calls == expected, boost::test_tools::per_element());
}

/// How many records pass.
std::size_t passing(const Recording& recording, std::string_view expression) {
    auto parsed = Expression::parse(expression);
    BOOST_TEST_REQUIRE(parsed.ok());
    Filter filter;
    filter.conditions.push_back({"", std::move(*parsed)});
    auto selection = Selection::make(filter, recording, kRecordFields, 0);
    BOOST_TEST_REQUIRE(selection.ok());
    std::size_t count = 0;
    MergedRecords records(recording);
    while (const Record* record = records.next()) count += selection->wants(*record) ? 1 : 0;
    return count;
}

BOOST_AUTO_TEST_CASE(filters_see_of_them_what_reports_show) {
    const Recording recording = made_up();
    const std::size_t all = passing(recording, "serial");
    BOOST_TEST(passing(recording, "call~sched") == 1);
    BOOST_TEST(passing(recording, "kind==entry || kind==exit") == passing(recording, "nr"));
    BOOST_TEST(passing(recording, "abi") == passing(recording, "nr"));
    BOOST_TEST(passing(recording, "nr") < all);
}

BOOST_AUTO_TEST_CASE(they_are_rows_of_the_raw_report_and_of_no_report_of_calls) {
    const Recording recording = made_up();
    const std::string raw = make_report(recording, ReportKind::Raw).text;
    BOOST_TEST(raw.find("sched: wakeup target=0x7 prio=0x78\n") != raw.npos);
    BOOST_TEST(raw.find("irq: irq_enter irq=0x9\n") < raw.find("irq: irq_enter irq=0xa\n"));
    const std::string rows = make_report(recording, ReportKind::Raw, "jsonl").text;
    BOOST_TEST(rows.find(R"("kind":"wakeup","abi":null,"nr":null,"name":"sched","args":["0x7","0x78"],"ret":null)") !=
               rows.npos);
    for (const ReportKind kind : {ReportKind::Paired, ReportKind::Statistics, ReportKind::InFlight}) {
        const std::string report = make_report(recording, kind).text;
        BOOST_TEST(report.find("irq") == report.npos);
        BOOST_TEST(report.find("unknown(") == report.npos);
    }
    BOOST_TEST(make_report(recording, ReportKind::Paired).text.find("getppid() = 0x1\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(they_cannot_be_written_as_slots) {
    const TempFolder folder;
    const auto written = write_buffer_files(made_up(), folder.path("X"), {});
    BOOST_TEST_REQUIRE(!written.ok());
    BOOST_TEST(written.error().message.find("hold the slots of rings") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
