// SPDX-License-Identifier: GPL-2.0-or-later
// Nothing that a dump or a buffer file holds may bring a reader down or keep it
// busy: images with random damage, read to the end in every way there is.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "analyzer/importers/kstrax_files/buffer_files.hpp"
#include "tests/support/cpu_time.hpp"
#include "tests/support/dumps/elf_image.hpp"
#include "tests/support/dumps/kdump_image.hpp"
#include "tests/support/dumps/lime_image.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr double kMostSeconds = 2;  // for one image; all of them take milliseconds

constexpr std::string_view kScript = R"(
    cpus 2
    entries 70
    panic 900 0 10
    0 100 tid=10 openat args=-100,0x1000 path="/a/somewhat/longer/name/that/needs/more/than/one/slot/of/the/ring"
    0 150 tid=10 openat = 3
    0 160 tid=11/10 execve
    0 170 tid=10 execve = 0
    1 155 tid=12 clone
    1 160 tid=12 clone = 13
    0 165 tid=13 clone = 0
    1 170 tid=12 read
    0 180 tid=12 read = -EINTR
    1 190 tid=12 rt_sigreturn
    1 195 tid=12 -1 = 0
    1 torn
    1 300 tid=12 exit_group
)";

/// By a clock and, every other turn, with names. What a dump holds is escaped, whatever it is taken for.
void report_by_a_clock(const Recording& recording, ReportKind kind, std::uint64_t turn) {
    const TimeForm form = kTimeForms[turn % kTimeForms.size()].form;
    const bool sequence = kind == ReportKind::Paired || kind == ReportKind::Raw;
    if (form == TimeForm::Delta && !sequence) return;
    StringOutput output;
    const auto outcome = write_report(recording,
                                      {.kind = kind,
                                       .tool = "test",
                                       .source = "image",
                                       .source_format = "test",
                                       .times = {form, turn % 3 == 0, static_cast<unsigned>(1 + turn % kMostDigits)},
                                       .columns = turn % 4 < 2 ? ColumnSet::Full : ColumnSet::Manual,
                                       .meanings = turn % 2 == 0},
                                      output);
    BOOST_TEST(outcome.ok());
    BOOST_TEST(std::ranges::all_of(output.text(), [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); }));
}

void report_everything(const Recording& recording, std::uint64_t turn) {
    for (const ReportKind kind : kAllKinds) report_by_a_clock(recording, kind, turn);
    for (const ReportKind kind : kAllKinds)
        (void)make_report(recording, kind, sinks()[(turn + static_cast<std::size_t>(kind)) % sinks().size()].name);
}

/// Opens an image and makes every report of every recording in it.
void read_image(const std::string& path, std::uint64_t turn) {
    const CpuTime spent;
    const auto dump = open_dump(path);
    if (dump) {
        (void)dump->memory->findings();
        (void)find_vmcoreinfo(*dump->memory, dump->located.scan);
        for (const Anchor& anchor : dump->located.anchors)
            report_everything(open_recording(*dump->memory, dump->located, anchor), turn);
    } else {
        BOOST_TEST(!dump.error().message.empty());
    }
    BOOST_TEST(spent.seconds() < kMostSeconds, "image " << turn);
}

/// Some bytes become others: mostly few, where the image has something to say.
void mutate(std::string& bytes, Random& random) {
    constexpr std::uint64_t kTelling[] = {0, 1, 0x7f, 0x80, 0xff};
    for (std::uint64_t count = 1 + random.below(4); count > 0; --count) {
        // Headers are at the start; the rest is everywhere.
        const std::size_t reach = random.below(2) == 0 ? std::min<std::size_t>(bytes.size(), 600) : bytes.size();
        const std::size_t at = random.below(reach);
        const std::size_t width = std::min<std::size_t>(std::size_t{1} << random.below(4), bytes.size() - at);
        const bool telling = random.below(2) == 0;
        const std::uint64_t value = kTelling[random.below(std::size(kTelling))];
        for (std::size_t i = 0; i < width; ++i) bytes[at + i] = static_cast<char>(telling ? value : random.next());
    }
    if (random.below(10) == 0) bytes.resize(random.below(bytes.size()) + 1);
}

void mutate_and_read(const std::string& image, std::uint64_t seeds) {
    const TempFolder folder;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        Random random(seed);
        std::string bytes = image;
        mutate(bytes, random);
        BOOST_TEST_CONTEXT("seed " << seed) { read_image(folder.write("image", bytes), seed); }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(robustness)

BOOST_AUTO_TEST_CASE(mutated_elf_cores) {
    mutate_and_read(elf_core(RingImage(kScript).memory, {.vmcoreinfo = "X=1"}), 1000);
}

BOOST_AUTO_TEST_CASE(mutated_kdumps) {
    const RingImage image(kScript);
    for (const Codec codec : kCodecs)
        mutate_and_read(kdump_image(image.memory, {.codec = codec, .vmcoreinfo = "X=1"}).bytes, 300);
}

BOOST_AUTO_TEST_CASE(mutated_flattened_dumps) {
    const RingImage image(kScript);
    mutate_and_read(flattened(shuffled_records(kdump_image(image.memory).bytes, 500, 1)), 500);
}

BOOST_AUTO_TEST_CASE(mutated_flattened_cores) {
    const RingImage image(kScript);
    mutate_and_read(flattened(shuffled_records(elf_core(image.memory, {.vmcoreinfo = "X=1"}), 3000, 1)), 300);
}

BOOST_AUTO_TEST_CASE(mutated_lime_dumps) { mutate_and_read(lime_image(RingImage(kScript).memory), 500); }

BOOST_AUTO_TEST_CASE(mutated_split_dumps) {
    const RingImage image(kScript);
    const std::uint64_t middle = std::next(image.memory.pages().begin(), 20)->first;
    const TempFolder folder;
    const KdumpForm forms[] = {{.part = FrameRange{0, middle}}, {.part = FrameRange{middle, 1 << 20}}};
    const std::string names[] = {folder.path("0"), folder.path("1")};
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Random random(seed);
        for (const int i : {0, 1}) {
            std::string bytes = kdump_image(image.memory, forms[i]).bytes;
            if (random.below(3) != 0) mutate(bytes, random);
            folder.write(std::to_string(i), bytes);
        }
        const CpuTime spent;
        const auto opened = open_memory(std::span<const std::string>(names));
        if (opened) {
            (void)opened->memory->findings();
            const Located located = locate_anchors(*opened->memory);
            for (const Anchor& anchor : located.anchors)
                report_everything(open_recording(*opened->memory, located, anchor), seed);
        }
        BOOST_TEST(spent.seconds() < kMostSeconds, "seed " << seed);
    }
}

BOOST_AUTO_TEST_CASE(every_format_cut_off_anywhere) {
    const RingImage image(kScript);
    const std::string elf = elf_core(image.memory, {.vmcoreinfo = "X=1"});
    const std::string kdump = kdump_image(image.memory, {.vmcoreinfo = "X=1"}).bytes;
    const TempFolder folder;
    Random random(1);
    for (const std::string& whole :
         {elf, kdump, flattened({{0, elf}}), flattened({{0, kdump}}), lime_image(image.memory)}) {
        std::vector<std::size_t> lengths;
        for (std::size_t size = 1; size < 500; ++size) lengths.push_back(size);
        for (std::size_t size = 500; size < std::min<std::size_t>(whole.size(), 20000); size += 61)
            lengths.push_back(size);
        for (int i = 0; i < 100; ++i) lengths.push_back(1 + random.below(whole.size()));
        for (const std::size_t size : lengths)
            read_image(folder.write("image", std::string_view(whole).substr(0, size)), size);
    }
}

BOOST_AUTO_TEST_CASE(mutated_rings) {
    // The checksums are made right again, so that what they cover is believed.
    for (std::uint64_t seed = 1; seed <= 300; ++seed) {
        Random random(seed);
        RingImage image(kScript);
        std::vector<PhysAddr> targets{image.places.anchor};
        for (const RingPlaces::Cpu& cpu : image.places.cpus) {
            targets.push_back(cpu.descriptor);
            targets.insert(targets.end(), cpu.lists.begin(), cpu.lists.end());
            targets.insert(targets.end(), cpu.pages.begin(), cpu.pages.end());
        }
        for (std::uint64_t count = 1 + random.below(4); count > 0; --count) {
            const PhysAddr target = targets[random.below(targets.size())];
            const std::uint64_t reach = random.below(3) == 0 ? 2048 : 300;
            std::string bytes = image.memory.read(target, reach);
            mutate(bytes, random);
            if (target == image.places.anchor) bytes.replace(0, 16, image.memory.read(target, 16));
            image.memory.write(target, as_bytes(bytes));
        }
        if (random.below(4) == 0) image.memory.drop(targets[random.below(targets.size())]);
        if (random.below(4) != 0)
            image.memory.put(KSTRAX_TEST_AT(image.places.anchor, kstrax_anchor, phys_addr), image.places.anchor.value);
        if (random.below(4) != 0) seal_anchor(image.memory, image.places.anchor);
        for (const RingPlaces::Cpu& cpu : image.places.cpus)
            if (random.below(4) != 0) seal_list(image.memory, cpu.lists[0]);

        const CpuTime spent;
        const SearchedMemory searched(image.memory);
        for (const Anchor& anchor : searched.located.anchors)
            report_everything(open_recording(searched.view, searched.located, anchor), seed);
        BOOST_TEST(spent.seconds() < kMostSeconds, "seed " << seed);
    }
}

BOOST_AUTO_TEST_CASE(mutated_buffer_files) {
    const RingImage image(kScript);
    const SearchedMemory searched(image.memory);
    const TempFolder folder;
    BOOST_REQUIRE(write_buffer_files(searched.recording(), folder.path("trace"), {}).ok());
    const std::string good[] = {read_file(folder.path("trace_0")), read_file(folder.path("trace_1"))};
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        Random random(seed);
        for (const int cpu : {0, 1}) {
            std::string bytes = good[cpu];
            mutate(bytes, random);
            folder.write("trace_" + std::to_string(cpu), bytes);
        }
        const CpuTime spent;
        const auto set = open_buffer_files(folder.path("trace"));
        if (set) report_everything(set->recording, seed);
        BOOST_TEST(spent.seconds() < kMostSeconds, "seed " << seed);
    }
}

BOOST_AUTO_TEST_SUITE_END()
