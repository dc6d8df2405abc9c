// SPDX-License-Identifier: GPL-2.0-or-later
// A recording goes into a trace.dat file, and comes out of it as it was; a file that is cut off anywhere says so.
#include "analyzer/exporters/trace_dat/trace_dat.hpp"

#include <boost/test/unit_test.hpp>

#include "analyzer/arch/architecture.hpp"
#include "analyzer/importers/trace_dat/importer.hpp"
#include "analyzer/importers/trace_dat/symbol_table.hpp"
#include "analyzer/session/session.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/rings/ring_image.hpp"
#include "tests/support/rings/ring_page_image.hpp"
#include "tests/support/rings/trace_file_image.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::string_view kScript = R"(
    cpus 2
    entries 8
    0 100 tid=10/9 openat args=0xffffff9c,0x1000 path="/etc/passwd"
    0 150 tid=10/9 openat = 3
    0 400000000000 tid=10/9 read args=3
    1 160 tid=11/11 compat:read args=5,6,7
    1 170 tid=11/11 compat:read = -EINTR
    1 180 tid=12/12 x32:write args=1
    1 190 tid=12/12 x32:write = 9
    1 195 tid=12/12 -1 = 0
)";

/// Writes the recording; answers the file's bytes.
std::string written(const Recording& recording, const TempFolder& folder, std::uint64_t events) {
    auto output = OutputFile::create(folder.path("trace.dat"), {});
    BOOST_TEST_REQUIRE(output.ok());
    const auto outcome = write_trace_dat(recording, {"ffffffff81000000 T _stext\n", "10 bash\n"}, **output, nullptr);
    BOOST_TEST_REQUIRE(outcome.ok());
    BOOST_TEST(outcome->events == events);
    BOOST_TEST_REQUIRE((*output)->commit().ok());
    return read_file(folder.path("trace.dat"));
}

Result<OpenedRecording> opened(const std::string& path, std::unique_ptr<Session>& keeper,
                               std::optional<std::string> instance = {}) {
    FindOptions find;
    find.instance = std::move(instance);
    auto session = Session::open({.names = {path}, .find = std::move(find), .tell = {}});
    if (!session) return session.error();
    keeper = std::move(*session);
    return keeper->open_recording();
}

/// "CPU TIME TID/TGID ABI NUMBER KIND: WORDS" of each call's records; those of other events by their names.
std::string records(const Recording& recording) {
    std::string all;
    for (const CpuTrack& track : recording.cpus) {
        RecordReader reader(recording, track);
        Record record;
        while (reader.next(record)) {
            const Entry& entry = record.entry;
            all += std::to_string(record.cpu) + " " + std::to_string(entry.time) + " " + std::to_string(entry.pid);
            if (record.type != nullptr) {
                all += " " + std::string(record.type->name) + "\n";
                continue;
            }
            all += "/" + std::to_string(entry.tgid) + " " + std::to_string(entry.abi) + " " + std::to_string(entry.nr) +
                   " " + std::to_string(entry.kind) + ":";
            for (std::size_t i = 0; i < (entry.kind == kKindEntry ? 6U : 1U); ++i)
                all += " " + std::to_string(entry.args[i]);
            all += "\n";
            if (record.has_path)
                all += std::to_string(record.cpu) + " " + std::to_string(entry.time) + " " + std::to_string(entry.pid) +
                       " path\n";
        }
    }
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trace_dat)

BOOST_AUTO_TEST_CASE(calls_of_our_recorder_come_back) {
    const TempFolder folder;
    const RingImage image(kScript);
    const SearchedMemory searched(image.memory);
    const Recording recording = searched.recording();
    const std::string expected = records(recording);
    (void)written(recording, folder, 9);
    std::unique_ptr<Session> session;
    const auto again = opened(folder.path("trace.dat"), session);
    BOOST_TEST_REQUIRE(again.ok());
    BOOST_TEST(records(again->recording) == expected);
    BOOST_TEST(!again->recording.abi_untold);
    BOOST_TEST(again->recording.facts.audit_arch == recording.facts.audit_arch);
    BOOST_TEST(again->recording.facts.host_name == recording.facts.host_name);
}

BOOST_AUTO_TEST_CASE(events_of_a_trace_are_passed_on) {
    const TempFolder folder, other;
    const RingImage image(kScript);
    const SearchedMemory searched(image.memory);
    const std::string first = written(searched.recording(), folder, 9);
    std::unique_ptr<Session> session;
    const auto again = opened(folder.path("trace.dat"), session);
    BOOST_TEST_REQUIRE(again.ok());
    (void)written(again->recording, other, 9);
    std::unique_ptr<Session> third;
    const auto last = opened(other.path("trace.dat"), third);
    BOOST_TEST_REQUIRE(last.ok());
    BOOST_TEST(records(last->recording) == records(again->recording));
}

BOOST_AUTO_TEST_CASE(what_was_overwritten_is_counted) {
    std::string script = "cpus 1\nentries 8\n";
    for (int i = 0; i < 20; ++i) script += "0 " + std::to_string(100 + i) + " tid=7 read\n";
    const TempFolder folder;
    const RingImage image(script);
    const SearchedMemory searched(image.memory);
    (void)written(searched.recording(), folder, 8);
    std::unique_ptr<Session> session;
    const auto again = opened(folder.path("trace.dat"), session);
    BOOST_TEST_REQUIRE(again.ok());
    RecordReader reader(again->recording, again->recording.cpus.front());
    Record record;
    while (reader.next(record)) {
    }
    BOOST_TEST(reader.trust().entries == 8U);
    BOOST_TEST(reader.trust().overwritten == 12U);
    BOOST_TEST(reader.trust().unreadable == 0U);
}

BOOST_AUTO_TEST_CASE(instances_have_names) {
    const TempFolder folder;
    const RingImage image(kScript);
    const SearchedMemory searched(image.memory);
    (void)written(searched.recording(), folder, 9);
    std::unique_ptr<Session> session;
    const auto none = opened(folder.path("trace.dat"), session, "foo");
    BOOST_TEST_REQUIRE(!none.ok());
    BOOST_TEST(none.error().message.ends_with("no trace instance foo; there are: \"\""));
    BOOST_TEST(opened(folder.path("trace.dat"), session, "").ok());
}

constexpr RingPageForm kForms[]{{},
                                {.order = std::endian::big, .word_size = 8},
                                {.order = std::endian::little, .word_size = 4},
                                {.order = std::endian::big, .word_size = 4}};

/// A page of one event of type `id`, of thread 7, at that time.
std::string page_of(const RingPageForm& form, std::uint8_t id, std::uint64_t time) {
    RingPageImage image(time, form);
    std::vector<std::uint8_t> data(8 + 7 * form.word_size);
    const bool little = form.order == std::endian::little;
    data[little ? 0 : 1] = id;
    data[little ? 4 : 7] = 7;
    data[8 + (little ? 0 : form.word_size - 1)] = 39;  // getpid
    image.event(0, data);
    const auto page = image.page(4096);
    return std::string(as_text(page));
}

BOOST_AUTO_TEST_CASE(every_version_order_and_word_is_read) {
    const TempFolder folder;
    for (const unsigned version : {6U, 7U}) {
        for (const RingPageForm& form : kForms) {
            const TraceFileImage image{
                .version = version,
                .form = form,
                .rings = {page_of(form, 1, 100), page_of(form, 2, 200) + page_of(form, 3, 300)},
                .instance = "foo",
                .instance_rings = {"", page_of(form, 3, 400)},
                .options = {{TraceOption::Uname, "Linux host 6.1.0 x86_64"}, {TraceOption::Offset, "-5"}},
                .commands = "7 a b\nx\n4294967296 no\n\n8 \n9"};
            const std::string path = folder.write("trace.dat", image.bytes());
            std::unique_ptr<Session> session;
            const auto own = opened(path, session);
            BOOST_TEST_REQUIRE(own.ok());
            BOOST_TEST(records(own->recording) == "0 95 7/0 0 39 1: 0 0 0 0 0 0\n1 195 7/0 0 39 2: 0\n1 295 7 tick\n");
            BOOST_TEST(own->recording.facts.kernel_release == "6.1.0");
            BOOST_TEST(own->recording.abi_untold);
            BOOST_TEST((own->recording.commands == std::map<Tid, std::string>{{7, "a b"}, {8, ""}}));
            const auto foo = opened(path, session, "foo");
            BOOST_TEST_REQUIRE(foo.ok());
            BOOST_TEST(records(foo->recording) == "1 395 7 tick\n");
        }
    }
}

/// Of an image with one change.
std::string error_of(const std::function<void(TraceFileImage&)>& change) {
    const TempFolder folder;
    TraceFileImage image{.version = 7, .rings = {page_of({}, 3, 100)}};
    change(image);
    std::unique_ptr<Session> session;
    const auto none = opened(folder.write("trace.dat", image.bytes()), session);
    BOOST_TEST(!none.ok());
    return none.ok() ? "" : none.error().message.substr(folder.path("trace.dat").size() + 2);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_said) {
    BOOST_TEST(error_of([](TraceFileImage& image) { image.compression = "lzma"; }) ==
               "a trace.dat file compressed by lzma; none, zlib and zstd are read (trace-cmd convert)");
    BOOST_TEST(error_of([](TraceFileImage& image) { image.page_size = 5000; }) ==
               "a trace.dat file whose pages have 5000 bytes; copy the file anew, or record again with trace-cmd");
    BOOST_TEST(error_of([](TraceFileImage& image) { image.rings = {""}; }) == "its trace rings are empty");
    BOOST_TEST(error_of([](TraceFileImage& image) {
                   image.version = 6;
                   image.kind = std::string("latency  \0", 10);
               }) == "a trace.dat file that holds a tracer's text, not its rings: trace-cmd report shows it");
    BOOST_TEST(
        error_of([](TraceFileImage& image) {
            image.version = 6;
            image.options = {{TraceOption::Clock, "local [x86-tsc]"}};
        }) ==
        "the instance that every kernel has is by the clock x86-tsc, which counts no nanoseconds: its times cannot "
        "be told");
}

BOOST_AUTO_TEST_CASE(a_counter_may_be_made_nanoseconds) {
    const TempFolder folder;
    TraceFileImage image{.version = 6, .rings = {page_of({}, 3, 1000)}};
    image.options = {{TraceOption::Clock, "[x86-tsc]"},
                     {TraceOption::TscToNanoseconds, image.number(3, 4) + image.number(1, 4) + image.number(7, 8)}};
    std::unique_ptr<Session> session;
    const auto counted = opened(folder.write("trace.dat", image.bytes()), session);
    BOOST_TEST_REQUIRE(counted.ok());
    BOOST_TEST(records(counted->recording) == "0 1507 7 tick\n");
}

BOOST_AUTO_TEST_CASE(counters_are_of_one_instance_and_tell_a_wrong_clock) {
    const TempFolder folder;
    const TraceFileImage image{
        .version = 7,
        .rings = {page_of({}, 3, 1000)},
        .instance = "tsc",
        .instance_rings = {page_of({}, 3, 2000)},
        .options = {{TraceOption::CpuStatistics, "CPU: 0\nnow ts: 21143.298769\ndropped events: 0\n"},
                    {TraceOption::CpuStatistics, "\nBuffer: tsc\n\n"},
                    {TraceOption::CpuStatistics, "CPU: 0\nnow ts: 1914712976835981\ndropped events: 7\n"}}};
    const std::string path = folder.write("trace.dat", image.bytes());
    std::unique_ptr<Session> session;
    const auto own = opened(path, session);
    BOOST_TEST_REQUIRE(own.ok());
    BOOST_TEST((own->recording.findings.worst() == Severity::Note));
    const auto tsc = opened(path, session, "tsc");
    BOOST_TEST_REQUIRE(!tsc.ok());
    BOOST_TEST(
        tsc.error().message.ends_with("the instance tsc: the file says that its clock is mono, but by its counters "
                                      "it is one that counts no nanoseconds: its times cannot be told"));
}

BOOST_AUTO_TEST_CASE(names_of_the_file_are_escaped) {
    const TempFolder folder;
    const TraceFileImage image{.version = 7,
                               .rings = {""},
                               .instance = "a\x1b[2J",
                               .instance_rings = {page_of({}, 3, 2000)},
                               .options = {{TraceOption::CpuStatistics, "\nBuffer: a\x1b[2J\n\n"},
                                           {TraceOption::CpuStatistics, "\x1b[2J\ndropped events: 7\n"}}};
    std::unique_ptr<Session> session;
    const auto own = opened(folder.write("trace.dat", image.bytes()), session);
    BOOST_TEST_REQUIRE(own.ok());
    BOOST_TEST(own->recording.provenance.back().starts_with("the instance a\\33[2J of"));
    for (const Finding& finding : own->recording.findings) BOOST_TEST(finding.text.find('\x1b') == finding.text.npos);
    BOOST_TEST(make_report(own->recording, ReportKind::Summary).text.find('\x1b') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(symbols_name_functions) {
    const SymbolTable table(
        "ffffffff81000000 T _stext\nffffffff81000000 t alias\n0000000000000000 T hidden\nffffffff81002000 d "
        "a_variable\n"
        "ffffffff81001000 t vfs_read\nffffffffc0001000 t ext4_sync_fs\t[ext4]\nno line\nffffffff81003000 T\n"
        "ffffffff81004000 W last");
    BOOST_TEST(table.function_at({0xffffffff81000000}) == "_stext");
    BOOST_TEST(table.function_at({0xffffffff81001000}) == "vfs_read");
    BOOST_TEST(table.function_at({0xffffffff81002008}) == "vfs_read+0x1008");
    BOOST_TEST(table.function_at({0xffffffff81004000}) == "last");
    BOOST_TEST(table.function_at({0xffffffffc0001012}) == "ext4_sync_fs+0x12 [ext4]");
    BOOST_TEST(table.function_at({0x1000}) == "");
    BOOST_TEST(SymbolTable("").function_at({0xffffffff81000000}) == "");
}

BOOST_AUTO_TEST_CASE(symbols_of_a_file_are_read_when_they_are_asked_for) {
    const TempFolder folder;
    for (const unsigned version : {6U, 7U}) {
        const TraceFileImage image{
            .version = version, .rings = {page_of({}, 3, 1000)}, .symbols = "ffffffff81001000 t vfs_read\n"};
        std::unique_ptr<Session> session;
        const auto own = opened(folder.write("trace.dat", image.bytes()), session);
        BOOST_TEST_REQUIRE(own.ok());
        BOOST_TEST(own->recording.trace->function({0xffffffff81001004}) == "vfs_read+0x4");
    }
}

BOOST_AUTO_TEST_CASE(symbols_tell_the_architecture) {
    const auto name = [](std::string_view symbols) {
        const Architecture* found = architecture_of_symbols(symbols);
        return found != nullptr ? found->name : "none";
    };
    BOOST_TEST(name("0 T __ia32_sys_read\n0 T __x64_sys_read\n") == "x86_64");
    BOOST_TEST(name("0 T __ia32_sys_read\n") == "ia32");
    BOOST_TEST(name("0 T __arm64_sys_read\n") == "arm64");
    BOOST_TEST(name("0 T __x64_sys_readv\n0 T x__x64_sys_read\n") == "none");
}

BOOST_AUTO_TEST_CASE(dropped_events_are_a_finding) {
    const TempFolder folder;
    const TraceFileImage image{.rings = {page_of({}, 3, 1000)},
                               .options = {{TraceOption::CpuStatistics, "CPU: 0\nentries: 1\ndropped events: 12\n"}}};
    std::unique_ptr<Session> session;
    const auto dropped = opened(folder.write("trace.dat", image.bytes()), session);
    BOOST_TEST_REQUIRE(dropped.ok());
    BOOST_TEST((dropped->recording.findings.worst() == Severity::Incomplete));
}

/// Nothing is made up, and where all can be read, nothing is missing.
BOOST_AUTO_TEST_CASE(a_file_that_is_cut_off_says_so) {
    const TempFolder folder, cut;
    const RingImage image(kScript);
    const SearchedMemory searched(image.memory);
    const std::string whole = written(searched.recording(), folder, 9);
    std::unique_ptr<Session> all;
    const std::string expected = records(opened(folder.path("trace.dat"), all)->recording);
    for (std::size_t size = 10; size < whole.size(); size += size < 100 ? 1 : 97) {
        const std::string path = cut.write("cut.dat", whole.substr(0, size));
        std::unique_ptr<Session> session;
        const auto part = opened(path, session);
        if (part.ok()) BOOST_TEST(records(part->recording) == expected);  // only titles of sections are missing
        else BOOST_TEST(part.error().message.starts_with(path + ": "));
    }
}

BOOST_AUTO_TEST_SUITE_END()
