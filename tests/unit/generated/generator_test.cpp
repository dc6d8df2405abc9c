// SPDX-License-Identifier: GPL-2.0-or-later
// The generators write what real machines leave: a real panic, written down as a
// script, becomes the same rings, the same page-table entries and the same reports.
// Of IA-64, where no real recording exists, kernel and page tables are compared.
#include <fmt/core.h>

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <set>

#include "analyzer/arch/vmcoreinfo.hpp"
#include "analyzer/importers/kstrax_memory/kernel_text.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/rings/script_of.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/words.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

const std::vector<std::string> kPanics{"sample-dumps/ia32-panic.elf", "sample-dumps/x86_64-panic.elf"};

std::vector<std::string> ia64_kernels() {
    std::vector<std::string> files;
    for (const auto& folder : std::filesystem::directory_iterator("tests/fixtures/ia64"))
        if (folder.is_directory()) files.push_back(folder.path() / "pages.elf");
    std::sort(files.begin(), files.end());
    return files;
}

/// A dump of a real kernel, and the settings by which a generated one comes to be like it.
struct RealKernel {
    explicit RealKernel(const std::string& path)
        : dump(open_dump(path)), info(dump->memory->vmcoreinfo()), space(find_kernel_space(*dump->memory, nullptr)) {
        BOOST_TEST_REQUIRE(space.ok());
    }
    [[nodiscard]] std::string settings() {
        const std::uint64_t text = *info.symbol("_stext");
        // Where tables map the image, they may lack it in an excerpt.
        const std::uint64_t load = space->tables().root.value - (*info.symbol("swapper_pg_dir") - text);
        std::string lines = fmt::format("tables \"{}\"\nload {:#x}\n", space->tables().form->name, load);
        if (const auto offset = info.hexadecimal("KERNELOFFSET")) lines += fmt::format("kaslr {:#x}\n", *offset);
        return lines;
    }
    Result<OpenedDump> dump;
    Vmcoreinfo info;
    Result<KernelSpace> space;
};

/// Every line that the generator writes stands in the real text; those that name a place of
/// its own choice with another value.
void check_vmcoreinfo(const RingImage& image, const MemorySource& real) {
    const auto lines = split(real.vmcoreinfo(), '\n');
    const std::set<std::string> all(lines.begin(), lines.end());
    const Vmcoreinfo info(real.vmcoreinfo());
    for (const std::string& line : split(image.machine.elf.vmcoreinfo, '\n')) {
        const std::string key = line.substr(0, line.find('='));
        if (key == "SYMBOL(init_uts_ns)" || key == "SYMBOL(swapper_pg_dir)") {
            BOOST_TEST(info.value(key).value_or("").size() == line.size() - key.size() - 1, line);
            continue;
        }
        BOOST_TEST(all.contains(line), line);
    }
}

/// The entries that lead to the pages of a ring: the same bits at the same places in their tables.
void check_tables(KernelSpace& real, KernelSpace& made, std::uint64_t address, std::size_t pages) {
    const std::uint64_t page = std::uint64_t{1} << real.page_shift();
    for (std::size_t i = 0; i < pages; ++i) {
        const Translation there = real.translate({address + i * page});
        const Translation here = made.translate({address + i * page});
        BOOST_TEST_REQUIRE(there.phys.has_value());
        BOOST_TEST_REQUIRE(here.phys.has_value());
        BOOST_TEST(here.left == there.left);
        BOOST_TEST_REQUIRE(here.walk.step_count == there.walk.step_count);
        for (std::size_t level = 0; level < here.walk.step_count; ++level) {
            const WalkStep& mine = here.walk.steps.at(level);
            const WalkStep& theirs = there.walk.steps.at(level);
            const std::uint64_t frame = real.tables().form->levels[level].rule.frame;
            BOOST_TEST(mine.at.value % page == theirs.at.value % page);
            BOOST_TEST(
                (mine.entry & ~frame) == (theirs.entry & ~frame),
                fmt::format("{:#x}: {} {:#x}, not {:#x}", address + i * page, mine.level, mine.entry, theirs.entry));
        }
    }
}

std::string slots_of(const Recording& recording, std::size_t cpu) {
    std::string all;
    const auto slots = recording.cpus.at(cpu).slots->open();
    while (const auto run = slots->next()) all.append(as_text(run->slots));
    return all;
}

/// The summary less the lines that say where the recording was found.
std::vector<std::string> without_places(const std::vector<std::string>& lines) {
    std::vector<std::string> left;
    for (const std::string& line : lines)
        if (!line.starts_with("found ") && line.find(" verified: ") == line.npos) left.push_back(line);
    return left;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(generator)

BOOST_DATA_TEST_CASE(a_real_panic_comes_out_as_it_went_in, bdata::make(kPanics), path) {
    RealKernel real(path);
    const Recording recording = real.dump->recording();
    const Anchor& anchor = real.dump->located.anchors.front();
    std::string settings = real.settings();
    std::vector<kstrax_cpu> descriptors;
    for (const CpuTrack& track : recording.cpus) {
        descriptors.push_back(*read_cpu(*real.dump->memory, anchor, track.cpu));
        settings += fmt::format("ring {} {:#x}\n", track.cpu, std::uint64_t{descriptors.back().ring_virt});
    }
    const RingImage image(script_of(recording, settings));
    check_vmcoreinfo(image, *real.dump->memory);

    const TempFolder folder;
    const auto made = open_dump(folder.write("made", elf_core(image.memory, image.machine.elf)));
    BOOST_TEST(made->memory->machine() == real.dump->memory->machine());
    auto space = find_kernel_space(*made->memory, nullptr);
    BOOST_TEST_REQUIRE(space.ok());
    const Recording again = open_recording(*made->memory, made->located, made->located.anchors.front(), &*space);
    BOOST_TEST(again.findings.empty());

    const kstrax_anchor& mine = made->located.anchors.at(0).block;
    BOOST_TEST((std::memcmp(&mine.facts, &anchor.block.facts, sizeof mine.facts) == 0));
    BOOST_TEST((std::memcmp(&mine.end, &anchor.block.end, sizeof mine.end) == 0));
    BOOST_TEST((std::memcmp(&mine.filter, &anchor.block.filter, sizeof mine.filter) == 0));
    BOOST_TEST(mine.block_size == anchor.block.block_size);
    BOOST_TEST(mine.cpu_offset == anchor.block.cpu_offset);
    for (std::size_t i = 0; i < descriptors.size(); ++i) {
        kstrax_cpu descriptor = *read_cpu(*made->memory, made->located.anchors.front(), recording.cpus[i].cpu);
        descriptor.frames_phys = descriptors[i].frames_phys;
        BOOST_TEST((std::memcmp(&descriptor, &descriptors[i], sizeof descriptor) == 0));
        BOOST_TEST((slots_of(again, i) == slots_of(recording, i)));
        check_tables(*real.space, *space, descriptors[i].ring_virt, image.places.cpus[i].pages.size());
    }
    for (const ReportKind kind : kAllKinds)
        BOOST_TEST(without_places(lines_of(make_report(again, kind).text)) ==
                       without_places(lines_of(make_report(recording, kind).text)),
                   boost::test_tools::per_element());
}

BOOST_DATA_TEST_CASE(an_ia64_kernel_is_like_real_ones, bdata::make(ia64_kernels()), path) {
    RealKernel real(path);
    const std::string facts = read_file(std::filesystem::path(path).parent_path() / "facts.txt");
    const std::size_t at = facts.find("addr=", facts.find("buffer k=0"));
    const std::uint64_t buffer = parse_number(std::string_view(facts).substr(at + 5, 18));
    const std::uint64_t page = std::uint64_t{1} << real.space->page_shift();
    const RingImage image(fmt::format("layout ia64\ncpus 1\n{}ring 0 {:#x}\nkernel {}\nentries {}\n", real.settings(),
                                      buffer, *real.info.value("OSRELEASE"), page / 74));
    check_vmcoreinfo(image, *real.dump->memory);
    const TempFolder folder;
    const auto made = open_dump(folder.write("made", elf_core(image.memory, image.machine.elf)));
    BOOST_TEST(made->memory->machine() == real.dump->memory->machine());
    auto space = find_kernel_space(*made->memory, nullptr);
    BOOST_TEST_REQUIRE(space.ok());
    BOOST_TEST((space->tables().form == real.space->tables().form));
    check_tables(*real.space, *space, buffer, 1);
    // The image's segment comes with its address, as the real one's.
    const auto segment_of = [](const MemorySource& source, std::uint64_t text) {
        for (const Segment& segment : source.segments())
            if (segment.virt.value == text) return segment.phys.value;
        return std::uint64_t{0};
    };
    const std::uint64_t text = *real.info.symbol("_stext");
    BOOST_TEST(segment_of(*made->memory, text) == segment_of(*real.dump->memory, text));
}

BOOST_AUTO_TEST_SUITE_END()
