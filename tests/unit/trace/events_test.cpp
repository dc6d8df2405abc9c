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
constexpr EventType kIrqBegin{
    .name = "irq_enter", .role = EventRole::Begin, .family = "irq", .key = 0, .fields = kIrqFields};
constexpr EventType kIrqEnd{
    .name = "irq_leave", .role = EventRole::End, .family = "irq", .key = 0, .fields = kIrqFields};
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
    SpanTracker tracker([&](const EventSpan& span, SpanStep step) {
        if (step != SpanStep::Begin) spans.push_back(text_of(span));
    });
    while (const Record* record = records.next()) tracker.feed(*record);
    tracker.finish();
    const std::vector<std::string> expected{"8 irq -90 irq=3", "8 sched 125-125 target=7 prio=120",
                                            "7 irq 120-130 irq=10", "7 irq 110-140 irq=9", "8 irq 126- irq=4"};
    BOOST_TEST(spans == expected, boost::test_tools::per_element());
}

/// "begin f1", "end f1 20" (how long it took, and less what is in it), and so on, of these records.
std::vector<std::string> steps_of(const std::vector<Record>& records) {
    constexpr std::array<std::string_view, 5> kSteps{"begin", "end", "end lost", "open", "instant"};
    std::vector<std::string> steps;
    SpanTracker tracker([&](const EventSpan& span, SpanStep step) {
        std::string text(kSteps[static_cast<std::size_t>(step)]);
        text += " " + std::to_string(span.depth) + ":f" + std::to_string(span.args[0]);
        if (const auto taken = span.taken()) text += " " + std::to_string(*taken) + "-" + std::to_string(span.inner);
        steps.push_back(text);
    });
    for (const Record& record : records) tracker.feed(record);
    tracker.finish();
    return steps;
}

constexpr std::array<std::string_view, 4> kFunctionFields{"func", "depth", "calltime", "rettime"};
constexpr EventType kCalled{.name = "funcgraph_entry",
                            .role = EventRole::Begin,
                            .family = "ftrace",
                            .span = "function",
                            .key = 0,
                            .level = 1,
                            .fields = kFunctionFields};
constexpr EventType kReturned{.name = "funcgraph_exit",
                              .role = EventRole::End,
                              .family = "ftrace",
                              .span = "function",
                              .key = 0,
                              .level = 1,
                              .fields = kFunctionFields};
constexpr EventType kMeasured{.name = "funcgraph_exit",
                              .role = EventRole::End,
                              .family = "ftrace",
                              .span = "function",
                              .key = 0,
                              .level = 1,
                              .from = 2,
                              .to = 3,
                              .fields = kFunctionFields};

BOOST_AUTO_TEST_CASE(spans_know_what_is_in_them) {
    const std::vector<std::string> expected{"begin 0:f1", "begin 1:f2",   "end 1:f2 10-0",
                                            "begin 1:f3", "end 1:f3 5-0", "end 0:f1 30-15"};
    BOOST_TEST(steps_of({event(100, 7, kCalled, 1, 0), event(105, 7, kCalled, 2, 1), event(115, 7, kReturned, 2, 1),
                         event(120, 7, kCalled, 3, 1), event(125, 7, kReturned, 3, 1),
                         event(130, 7, kReturned, 1, 0)}) == expected,
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(lost_ends_and_begins_are_told) {
    const std::vector<std::string> by_the_outer_end{"begin 0:f1", "begin 1:f2", "end lost 1:f2", "end 0:f1 30-0"};
    BOOST_TEST(steps_of({event(100, 7, kCalled, 1, 0), event(105, 7, kCalled, 2, 1), event(130, 7, kReturned, 1, 0)}) ==
                   by_the_outer_end,
               boost::test_tools::per_element());
    const std::vector<std::string> by_the_depth{"begin 0:f1", "begin 1:f2", "end lost 1:f2",
                                                "begin 1:f3", "open 0:f1",  "open 1:f3"};
    BOOST_TEST(steps_of({event(100, 7, kCalled, 1, 0), event(105, 7, kCalled, 2, 1), event(130, 7, kCalled, 3, 1)}) ==
                   by_the_depth,
               boost::test_tools::per_element());
    const std::vector<std::string> without_begin{"begin 0:f1", "end 1:f9", "end 0:f1 30-0"};
    BOOST_TEST(steps_of({event(100, 7, kCalled, 1, 0), event(105, 7, kReturned, 9, 4),
                         event(130, 7, kReturned, 1, 0)}) == without_begin,
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_recorder_may_have_measured_spans) {
    Record end = event(130, 7, kMeasured, 1, 0);
    end.entry.args[2] = 5000;
    end.entry.args[3] = 5017;
    const std::vector<std::string> expected{"begin 0:f1", "end 0:f1 17-0"};
    BOOST_TEST(steps_of({event(100, 7, kCalled, 1, 0), end}) == expected, boost::test_tools::per_element());
}

/// Each CPU's idle thread is 0.
BOOST_AUTO_TEST_CASE(idle_threads_are_told_apart) {
    Record other = event(110, 0, kCalled, 2, 0);
    other.cpu = 1;
    const std::vector<std::string> expected{"begin 0:f1", "begin 0:f2", "end 0:f1 20-0", "open 0:f2"};
    BOOST_TEST(steps_of({event(100, 0, kCalled, 1, 0), other, event(120, 0, kReturned, 1, 0)}) == expected,
               boost::test_tools::per_element());
}

/// Where only begins come, a thread does not take more and more memory.
BOOST_AUTO_TEST_CASE(open_spans_of_a_thread_are_limited) {
    std::vector<Record> records;
    for (std::uint64_t i = 0; i < 600; ++i) records.push_back(event(100 + i, 7, kIrqBegin, i));
    const auto steps = steps_of(records);
    BOOST_TEST(std::ranges::count_if(steps, [](const std::string& step) { return step.starts_with("end lost"); }) ==
               512);
    BOOST_TEST(std::ranges::count_if(steps, [](const std::string& step) { return step.starts_with("open"); }) == 88);
}

BOOST_AUTO_TEST_CASE(the_tree_shows_what_was_in_what) {
    Recording recording = made_up();
    recording.cpus.clear();
    add_track(recording, 0,
              {event(100, 7, kCalled, 1, 0), event(105, 7, kCalled, 2, 1), event(115, 7, kReturned, 2, 1),
               event(116, 7, kWake, 8, 120), call(117, 7, kKindEntry, 110, 0), event(130, 7, kReturned, 1, 0),
               event(131, 7, kReturned, 5, 0), event(140, 7, kCalled, 3, 0)});
    TraceDescription trace;
    trace.function = [](VirtAddr at) {
        return at.value == 2 ? std::string() : "f\x1b" + std::to_string(at.value) + "+0x4";
    };
    recording.trace = std::make_shared<const TraceDescription>(std::move(trace));
    const std::string text = make_report(recording, ReportKind::Tree).text;
    std::string lines;
    for (std::size_t at = text.find("\n  "); at != text.npos; at = text.find("\n  ", at + 1)) {
        const std::size_t bar = text.find('|', at);
        lines += text.substr(bar - 9, text.find('\n', bar) - bar + 9) + "\n";
    }
    BOOST_TEST(lines ==
               "         | f\\0331() {\n"
               "   10ns  |   0x2();\n"
               "         |   /* wakeup target=0x8 prio=0x78 */\n"
               "         |   /* getppid() */\n"
               "   30ns  | } /* f\\0331() */\n"
               "         | } /* f\\0335(), whose begin is not recorded */\n"
               "         | f\\0333() {\n");
    const std::string rows = make_report(recording, ReportKind::Tree, "jsonl").text;
    const auto holds = [&](std::string_view part) { return rows.find(part) != rows.npos; };
    BOOST_TEST(holds(R"x("start_ns":100,"end_ns":130,"cpu":0,"pid":7,"command":null,"duration_ns":30,"self_ns":20)x"));
    BOOST_TEST(holds(R"x("depth":0,"event":"funcgraph_entry","text":"f\\0331()","state":"complete")x"));
    BOOST_TEST(holds(R"x("text":"f\\0335()","state":"begin_lost")x"));
    BOOST_TEST(holds(R"x("text":"f\\0333()","state":"open")x"));
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
