// SPDX-License-Identifier: GPL-2.0-or-later
// Buffer files: the same report from them as from memory, and what is left of
// damaged ones.
#include "analyzer/importers/kstrax_files/buffer_files.hpp"

#include <boost/test/unit_test.hpp>
#include <filesystem>

#include "analyzer/importers/kstrax/crc32.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/limits.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::string_view kScript = R"(
    cpus 2
    entries 8
    panic 500 1 12
    lost 1 2 3
    0 100 tid=10 openat args=-100,1 path="/a"
    0 110 tid=10 openat = 3
    0 120 tid=10 read
    0 130 tid=10 read = 3
    0 140 tid=10 read
    0 150 tid=10 read = 4
    0 160 tid=10 write
    0 170 tid=10 write = 5
    0 180 tid=10 close
    0 190 tid=10 close = 0
    1 115 tid=12 exit_group
    1 torn
)";
constexpr std::uint64_t kHeader = sizeof(kstrax_file_header) + sizeof(kstrax_file_filter) + sizeof(kstrax_file_more);
constexpr std::uint64_t kChunk = sizeof(kstrax_chunk);

/// The files of a recording in memory, and means to damage them.
struct Written {
    explicit Written(const Memory& memory) {
        const SearchedMemory searched(memory);
        const Recording recording = searched.recording();
        const auto paths = write_buffer_files(recording, name(), {});
        BOOST_REQUIRE(paths.ok());
        BOOST_TEST(paths->size() == recording.facts.possible_cpus);
    }
    explicit Written(std::string_view script = kScript) : Written(RingImage(script).memory) {}

    [[nodiscard]] std::string name() const { return folder.path("trace"); }
    [[nodiscard]] std::string path(int cpu) const { return name() + "_" + std::to_string(cpu); }
    [[nodiscard]] std::string bytes(int cpu) const { return read_file(path(cpu)); }
    void set(int cpu, std::string_view bytes) const { folder.write("trace_" + std::to_string(cpu), bytes); }
    void flip(int cpu, std::size_t at) const {
        std::string all = bytes(cpu);
        all.at(at) = static_cast<char>(~all[at]);
        set(cpu, all);
    }
    /// Changes the header of a file and makes its CRC right.
    template <typename Change>
    void reheader(int cpu, Change change) const {
        std::string all = bytes(cpu);
        auto header = *copy_record<kstrax_file_header>(as_bytes(all));
        change(header);
        header.crc = crc32(bytes_of(header).first(offsetof(kstrax_file_header, crc)));
        set(cpu, all.replace(0, sizeof header, as_text(bytes_of(header))));
    }
    [[nodiscard]] BufferFileSet open() const {
        auto set = open_buffer_files(name());
        BOOST_REQUIRE(set.ok());
        return std::move(*set);
    }
    [[nodiscard]] MadeReport raw() const { return make_report(open().recording, ReportKind::Raw); }

    TempFolder folder;
};

void same_reports(const Memory& memory) {
    const SearchedMemory searched(memory);
    const Recording from_memory = searched.recording();
    const Written written(memory);
    const BufferFileSet set = written.open();
    for (const ReportKind kind : {ReportKind::Paired, ReportKind::Raw, ReportKind::Statistics, ReportKind::InFlight})
        for (const char* format : {"text", "csv"}) {
            const MadeReport one = make_report(from_memory, kind, format);
            const MadeReport other = make_report(set.recording, kind, format);
            BOOST_TEST(lines_of(one.text) == lines_of(other.text), boost::test_tools::per_element());
            BOOST_TEST(texts(one.findings) == texts(other.findings), boost::test_tools::per_element());
        }
}

/// Serials in a raw report of one CPU.
std::string serials(const MadeReport& report, int cpu) {
    std::string all;
    for (const std::string& line : lines_of(report.text)) {
        unsigned serial = 0;
        int of_cpu = 0;
        if (std::sscanf(line.c_str(), "%u %d", &serial, &of_cpu) == 2 && of_cpu == cpu)
            all += std::to_string(serial) + " ";
    }
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(buffer_files)

BOOST_AUTO_TEST_CASE(reports_equal_those_from_memory) {
    same_reports(RingImage(kScript).memory);
    same_reports(RingImage("").memory);
    same_reports(
        RingImage("layout ia32\ncpus 3\nentries 3\n2 100 tid=1 open path=\"/x\"\n2 110 tid=1 open = 3").memory);
    same_reports(RingImage("layout ia64\npage_shift 16\n0 100 tid=1 open path=\"/x\"\n0 110 tid=1 open = 3").memory);
    same_reports(RingImage("entry_size 96\n0 100 tid=1 open path=\"/x\"\n0 110 tid=1 open = 3").memory);
}

BOOST_AUTO_TEST_CASE(reports_of_damaged_rings_equal_those_from_memory) {
    for (std::uint64_t seed = 1; seed <= 20; ++seed) BOOST_TEST_CONTEXT("seed " << seed) {
            Random random(seed);
            Script script = parse_script("cpus 3");
            script.facts.entries_per_cpu = 100 + random.below(400);
            for (ScriptCpu& cpu : script.cpus)
                for (std::uint64_t i = random.below(1500); i > 0; --i) {
                    Entry entry{};
                    entry.time = 10000 - i * 5 + random.below(3);
                    entry.pid = entry.tgid = static_cast<std::uint32_t>(random.below(4));
                    entry.kind = static_cast<std::uint8_t>(1 + random.below(random.below(20) == 0 ? 5 : 2));
                    entry.nr = static_cast<std::uint16_t>(random.below(3));
                    cpu.slots.push_back({random.below(50) == 0, entry, {}});
                }
            Memory memory(4096);
            const RingPlaces places = place_rings(script, memory);
            for (const RingPlaces::Cpu& cpu : places.cpus)
                for (const PhysAddr page : cpu.pages)
                    if (random.below(5) == 0) memory.drop(page);
            same_reports(memory);
        }
}

BOOST_AUTO_TEST_CASE(a_cpu_without_a_ring_stays_one) {
    RingImage image(kScript);
    image.memory.put(image.places.cpus[0].descriptor, kstrax_cpu{});
    for (const PhysAddr list : image.places.cpus[0].lists) image.memory.drop(list);
    const BufferFileSet set = Written(image.memory).open();
    BOOST_REQUIRE(set.recording.cpus.size() == 1U);
    BOOST_TEST(set.recording.cpus[0].cpu == 1U);
    BOOST_TEST(set.recording.findings.empty());
}

BOOST_AUTO_TEST_CASE(what_came_from_damaged_memory_says_so) {
    RingImage image(kScript);
    image.memory.flip(KSTRAX_TEST_AT(image.places.anchor, kstrax_anchor, crc));
    BOOST_TEST(mentions(Written(image.memory).open().recording.findings, "copied from memory"));
}

BOOST_AUTO_TEST_CASE(a_missing_cpu_is_named_and_the_others_are_read) {
    const Written written;
    std::filesystem::remove(written.path(0));
    const BufferFileSet set = written.open();
    BOOST_REQUIRE(set.recording.findings.size() == 1U);
    BOOST_TEST(mentions(set.recording.findings, "trace_0: is missing"));
    BOOST_TEST(serials(make_report(set.recording, ReportKind::Raw), 1) == "1 ");
}

BOOST_AUTO_TEST_CASE(no_files_at_all_is_an_error) {
    const TempFolder folder;
    folder.write("trace_", "x");
    folder.write("trace_01", "x");
    folder.write("trace_0x", "x");
    folder.write("trace_99999", "x");
    const auto set = open_buffer_files(folder.path("trace"));
    BOOST_REQUIRE(!set.ok());
    BOOST_TEST((set.error().code == ErrorCode::NotFound));
}

BOOST_AUTO_TEST_CASE(a_file_of_something_else_is_an_error) {
    const TempFolder folder;
    folder.write("trace_0", std::string(1000, 'x'));
    const auto set = open_buffer_files(folder.path("trace"));
    BOOST_REQUIRE(!set.ok());
    BOOST_TEST(set.error().message.find("not a kstrax buffer file") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_truncated_file_is_read_as_far_as_it_goes) {
    const Written written;
    const std::string whole = written.bytes(0);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        written.set(0, whole.substr(0, size));
        const BufferFileSet set = written.open();
        BOOST_TEST(set.recording.findings.size() == 1U, "at " << size);
        BOOST_TEST(mentions(set.recording.findings, "trace_0: "));
        const MadeReport report = make_report(set.recording, ReportKind::Raw);
        const std::size_t slots = size < kHeader + kChunk ? 0 : (size - kHeader - kChunk) / 72;
        // Slot 4 is the rest of the overwritten name; the wrap begins a second chunk.
        if (slots == 2) BOOST_TEST(serials(report, 0) == "4 5 ");
        if (slots <= 5) BOOST_TEST(serials(report, 0).size() == slots * 2);
    }
}

BOOST_AUTO_TEST_CASE(a_damaged_chunk_header_costs_its_chunk) {
    const Written written;
    written.flip(0, kHeader + 5);
    const BufferFileSet set = written.open();
    BOOST_TEST(mentions(set.recording.findings, "were passed over"));
    const MadeReport report = make_report(set.recording, ReportKind::Raw);
    BOOST_TEST(serials(report, 0) == "9 10 11 ");
    BOOST_TEST(mentions(report.findings, "CPU 0: of its 8 entries 5 are unreadable"));
    // What it said of records before its own is known all the same.
    BOOST_TEST(
        mentions(lines_of(report.text), "lost: 9 records of about 4 calls (3 overwritten, 5 unreadable, 1 torn)"));
}

BOOST_AUTO_TEST_CASE(a_chunk_that_comes_again_is_passed_over) {
    const Written written;
    const std::string all = written.bytes(0);
    const std::size_t size = kChunk + 5 * 72;  // of the first chunk
    std::string twice = all;
    written.set(0, twice.insert(all.size() - sizeof(kstrax_file_end), all.substr(kHeader, size)));
    const BufferFileSet set = written.open();
    BOOST_TEST(mentions(set.recording.findings, std::to_string(size) + " bytes between chunks"));
    const MadeReport report = make_report(set.recording, ReportKind::Raw);
    BOOST_TEST(serials(report, 0) == "4 5 6 7 8 9 10 11 ");
    BOOST_TEST(report.findings.empty());
}

BOOST_AUTO_TEST_CASE(slots_that_fail_their_crc_are_shown_and_suspect) {
    const Written written;
    written.flip(0, kHeader + kChunk + 70);  // an argument
    const BufferFileSet set = written.open();
    const MadeReport report = make_report(set.recording, ReportKind::Raw);
    BOOST_TEST(serials(report, 0) == "4 5 6 7 8 9 10 11 ");
    BOOST_TEST(mentions(report.findings, "CPU 0: of its 8 entries"));
    BOOST_TEST(mentions(report.findings, "5 fail"));
}

BOOST_AUTO_TEST_CASE(a_damaged_header_costs_its_file) {
    for (const std::size_t at : {std::size_t{0}, std::size_t{9}, std::size_t{60}, sizeof(kstrax_file_header) - 1}) {
        const Written written;
        written.flip(0, at);
        const BufferFileSet set = written.open();
        BOOST_TEST(set.recording.findings.size() == 1U);
        BOOST_TEST(mentions(set.recording.findings, "trace_0: "));
        BOOST_TEST(set.recording.cpus.size() == 1U);
    }
}

BOOST_AUTO_TEST_CASE(a_damaged_end_is_as_none) {
    const Written written;
    written.flip(0, written.bytes(0).size() - 30);
    BOOST_TEST(mentions(written.open().recording.findings, "end mark"));
    BOOST_TEST(serials(written.raw(), 0) == "4 5 6 7 8 9 10 11 ");
}

BOOST_AUTO_TEST_CASE(a_renamed_file_is_told) {
    const Written written;
    const std::string bytes = written.bytes(0);
    written.set(1, bytes);
    BOOST_TEST(mentions(written.open().recording.findings, "trace_1: holds CPU 0"));
}

BOOST_AUTO_TEST_CASE(a_file_of_another_recording_is_told) {
    const Written written;
    const Written other("instance 77\n" + std::string(kScript));
    written.set(1, other.bytes(1));
    const BufferFileSet set = written.open();
    BOOST_TEST(mentions(set.recording.findings, "trace_1: belongs to another recording"));
    BOOST_TEST(set.recording.cpus.size() == 1U);
}

BOOST_AUTO_TEST_CASE(files_must_agree_on_all_that_their_headers_say) {
    // A header that is right in itself, but whose slots are of another size than the first file's.
    const Written written;
    written.reheader(1, [](kstrax_file_header& header) {
        header.facts.layout = KSTRAX_LAYOUT_IA32;
        header.facts.entry_size = 40;
    });
    const BufferFileSet set = written.open();
    BOOST_TEST(mentions(set.recording.findings, "trace_1: "));
    BOOST_TEST(set.recording.cpus.size() == 1U);
    (void)make_report(set.recording, ReportKind::Raw);
}

BOOST_AUTO_TEST_CASE(headers_that_make_no_sense_are_refused) {
    const struct {
        void (*change)(kstrax_file_header& header);
        const char* words;
    } cases[] = {
        {[](kstrax_file_header& h) { h.version = 2; }, "version 2"},
        {[](kstrax_file_header& h) { h.header_size = 247; }, "header"},
        {[](kstrax_file_header& h) { h.header_size = 0xffffffff; }, "header"},
        {[](kstrax_file_header& h) { h.cpu = 2; }, "CPU number"},
        {[](kstrax_file_header& h) { h.facts.entry_size = 0; }, "entry size"},
        {[](kstrax_file_header& h) { h.facts.layout = 9; }, "layout"},
        {[](kstrax_file_header& h) { h.facts.possible_cpus = 0; }, "number of CPUs"},
        {[](kstrax_file_header& h) { h.facts.entries_per_cpu = ~std::uint64_t{0}; }, "entries per CPU"},
    };
    for (const auto& one : cases) {
        const Written written;
        written.reheader(0, one.change);
        BOOST_TEST(mentions(written.open().recording.findings, one.words), one.words);
    }
}

BOOST_AUTO_TEST_CASE(a_larger_header_of_a_newer_writer_is_skipped) {
    const Written written;
    for (const int cpu : {0, 1}) {
        std::string all = written.bytes(cpu);
        written.set(cpu, all.insert(kHeader, 16, 'n'));
        written.reheader(cpu, [](kstrax_file_header& header) { header.header_size += 16; });
    }
    BOOST_TEST(written.open().recording.findings.empty());
    BOOST_TEST(serials(written.raw(), 0) == "4 5 6 7 8 9 10 11 ");
}

BOOST_AUTO_TEST_CASE(what_was_recorded_is_in_the_files) {
    const Written written("only 10 FILE\n" + std::string(kScript));
    const BufferFileSet set = written.open();
    BOOST_TEST(set.recording.findings.empty());
    BOOST_TEST_REQUIRE(set.recording.only.has_value());
    BOOST_TEST(set.recording.only->describe() == "process 10; calls: FILE");
}

BOOST_AUTO_TEST_CASE(files_that_do_not_say_what_was_recorded_are_read) {
    const Written written;
    for (const int cpu : {0, 1}) {  // as versions before had them
        std::string all = written.bytes(cpu);
        written.set(cpu, all.erase(sizeof(kstrax_file_header), kHeader - sizeof(kstrax_file_header)));
        written.reheader(cpu, [](kstrax_file_header& header) { header.header_size = sizeof header; });
    }
    BOOST_TEST(written.open().recording.findings.empty());
    BOOST_TEST(!written.open().recording.only.has_value());
    BOOST_TEST(serials(written.raw(), 0) == "4 5 6 7 8 9 10 11 ");
}

BOOST_AUTO_TEST_CASE(a_damaged_word_of_what_was_recorded_is_told) {
    const Written written("only 10 FILE\n" + std::string(kScript));
    for (const int cpu : {0, 1}) written.flip(cpu, sizeof(kstrax_file_header) + 20);
    const BufferFileSet set = written.open();
    BOOST_TEST(mentions(set.recording.findings, "trace_0: what it says of the calls that were recorded is damaged"));
    BOOST_TEST(!set.recording.only.has_value());
    BOOST_TEST(serials(written.raw(), 0) == "4 5 6 7 8 9 10 11 ");
}

BOOST_AUTO_TEST_CASE(a_ring_that_the_dump_did_not_have_is_missing_in_the_files_too) {
    RingImage image(std::string(kScript) + "hole 1 0\n");
    image.memory.flip(KSTRAX_TEST_AT(image.places.cpus[1].descriptor, kstrax_cpu, cpu));
    const SearchedMemory searched(image.memory);
    const TempFolder folder;
    BOOST_TEST_REQUIRE(write_buffer_files(searched.recording(), folder.path("trace"), {}).ok());
    const auto set = open_buffer_files(folder.path("trace"));
    BOOST_TEST_REQUIRE(set.ok());
    BOOST_TEST(set->recording.missing == std::vector<CpuId>{1}, boost::test_tools::per_element());
    BOOST_TEST(mentions(set->recording.findings, "trace_1: the ring of CPU 1 could not be found"));
}

BOOST_AUTO_TEST_CASE(inputs_are_never_replaced) {
    RingImage image(kScript);
    const TempFolder folder;
    const std::string input = folder.write("trace_1", "the dump");
    const FileIdentity inputs[] = {MappedFile::open(input).value()->identity()};
    const SearchedMemory searched(image.memory);
    const auto paths = write_buffer_files(searched.recording(), folder.path("trace"), inputs);
    BOOST_REQUIRE(!paths.ok());
    BOOST_TEST((paths.error().code == ErrorCode::Usage));
    BOOST_TEST(read_file(input) == "the dump");
    BOOST_TEST(folder.count() == 1U);
}

BOOST_AUTO_TEST_CASE(a_full_disk_leaves_no_half_of_a_set) {
    std::string script = "cpus 2\nentries 64\n0 10 tid=1 read\n";
    for (int i = 0; i < 60; ++i) script += "1 " + std::to_string(i) + " tid=2 read\n";
    const RingImage image(script);
    const SearchedMemory searched(image.memory);
    const Recording recording = searched.recording();
    const TempFolder folder;
    {
        const FileSizeLimit limit(3600);  // the first CPU's file fits
        const auto paths = write_buffer_files(recording, folder.path("trace"), {});
        BOOST_REQUIRE(!paths.ok());
        BOOST_TEST((paths.error().code == ErrorCode::Io));
    }
    BOOST_TEST(folder.count() == 0U);
}

BOOST_AUTO_TEST_CASE(more_cpus_than_files_may_be_open_are_written) {
    const RingImage image("cpus 200\nentries 1\n199 10 tid=1 read", 1024);
    const SearchedMemory searched(image.memory);
    const Recording recording = searched.recording();
    const TempFolder folder;
    {
        const OpenFilesLimit limit(64);
        const auto paths = write_buffer_files(recording, folder.path("trace"), {});
        BOOST_TEST(paths.ok());
    }
    BOOST_TEST(folder.count() == 200U);
    BOOST_TEST(lines_of(make_report(open_buffer_files(folder.path("trace"))->recording, ReportKind::Paired).text) ==
                   lines_of(make_report(recording, ReportKind::Paired).text),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
