// SPDX-License-Identifier: GPL-2.0-or-later
// Anchors: found by the page, proved field by field.
#include "analyzer/importers/kstrax_memory/rings/anchor.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/calls.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/reports.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::string_view kScript = R"(
    cpus 2
    0 100 tid=10 read
    0 110 tid=10 read = 1
    1 120 tid=11 write
)";

/// A field of the anchor, a value that it cannot have, and what is said of it.
struct Implausible {
    std::uint64_t offset;
    std::uint8_t size;
    std::uint64_t value;
    std::string_view words;
};
#define FIELD(member) offsetof(kstrax_anchor, member), sizeof(kstrax_anchor::member)
#define FACT(member) offsetof(kstrax_anchor, facts) + offsetof(kstrax_facts, member), sizeof(kstrax_facts::member)
constexpr Implausible kImplausible[] = {
    {FACT(abi_version), 0, "ABI version"},
    {FACT(abi_version), 2, "ABI version"},
    {FACT(endian_mark), 0x04030201, "big-endian"},
    {FACT(endian_mark), 7, "endian"},
    {FACT(layout), 0, "layout"},
    {FACT(layout), 4, "layout"},
    {FACT(entry_size), 71, "entry size"},
    {FACT(entry_size), 257, "entry size"},
    {FACT(word_size), 0, "word size"},
    {FACT(word_size), 5, "word size"},
    {FACT(page_shift), 11, "page shift"},
    {FACT(page_shift), 17, "page shift"},
    {FACT(page_shift), 255, "page shift"},
    {FACT(possible_cpus), 0, "CPUs"},
    {FACT(possible_cpus), 8193, "CPUs"},
    {FACT(possible_cpus), 0xffffffff, "CPUs"},
    {FACT(entries_per_cpu), 0, "entries"},
    {FACT(entries_per_cpu), (std::uint64_t{1} << 46) / 72 + 1, "entries"},
    {FACT(entries_per_cpu), ~std::uint64_t{0}, "entries"},
    {FIELD(anchor_size), sizeof(kstrax_anchor) - 1, "anchor size"},
    {FIELD(anchor_size), 1409, "anchor size"},
    {FIELD(cpu_offset), 0, "anchor size"},
    {FIELD(cpu_offset), 0xffffffff, "descriptors"},
    {FIELD(cpu_size), 0, "descriptor size"},
    {FIELD(cpu_size), 4097, "descriptor size"},
    {FIELD(frames_size), 63, "frame-list"},
    {FIELD(frames_size), 2049, "frame-list"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(anchors)

BOOST_AUTO_TEST_CASE(an_anchor_is_found_whatever_the_machine) {
    for (const std::string_view layout : {"ia32", "ia64", "x86_64"})
        for (const int shift : {12, 13, 14, 15, 16}) {
            const RingImage image("layout " + std::string(layout) + "\npage_shift " + std::to_string(shift));
            const SearchedMemory searched(image.memory);
            BOOST_TEST_CONTEXT(layout << ", page shift " << shift) {
                BOOST_REQUIRE(searched.located.anchors.size() == 1U);
                BOOST_TEST(searched.located.anchors[0].crc_ok);
                BOOST_TEST((searched.located.anchors[0].at == image.places.anchor));
                BOOST_TEST(searched.recording().layout->name == layout);
                BOOST_TEST(searched.recording().findings.empty());
            }
        }
}

BOOST_AUTO_TEST_CASE(fields_that_make_no_sense_are_named) {
    for (const Implausible& field : kImplausible) {
        RingImage image(kScript);
        const std::string value(as_text(bytes_of(field.value).first(field.size)));
        image.memory.write(image.places.anchor + field.offset, as_bytes(value));
        seal_anchor(image.memory, image.places.anchor);
        const SearchedMemory searched(image.memory);
        BOOST_TEST_CONTEXT(field.words << " = " << field.value) {
            BOOST_TEST(searched.located.anchors.empty());
            BOOST_TEST(mentions(searched.located.rejected, field.words));
        }
    }
}

BOOST_AUTO_TEST_CASE(an_anchor_that_fails_its_crc_is_used_and_said_to) {
    RingImage image(kScript);
    const auto good = paired_calls(image.memory);
    image.memory.flip(KSTRAX_TEST_AT(image.places.anchor, kstrax_anchor, crc));
    const SearchedMemory searched(image.memory);
    BOOST_REQUIRE(searched.located.anchors.size() == 1U);
    BOOST_TEST(!searched.located.anchors[0].crc_ok);
    BOOST_TEST(mentions(searched.recording().findings, "fails its CRC"));
    BOOST_TEST(mentions(searched.recording().findings, "were still found and checked through their frame lists"));
    BOOST_TEST(paired_calls(image.memory) == good, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_cpu_without_a_ring_has_not_panicked) {
    for (const auto& [cpu, doubted] : {std::pair{"0", false}, std::pair{"1", true}, std::pair{"64", true}}) {
        const RingImage image(fmt::format("panic 300 {} 7\n0 100 tid=7 getpid\n", cpu));
        const SearchedMemory searched(image.memory);
        BOOST_TEST(mentions(searched.recording().findings, "panicked, which has no ring") == doubted, "CPU " << cpu);
    }
}

BOOST_AUTO_TEST_CASE(a_copy_elsewhere_is_no_anchor) {
    RingImage image(kScript);
    const PhysAddr elsewhere = image.memory.take();
    image.memory.write(elsewhere, as_bytes(image.memory.read(image.places.anchor, 4096)));
    const SearchedMemory searched(image.memory);
    BOOST_REQUIRE(searched.located.anchors.size() == 1U);
    BOOST_TEST((searched.located.anchors[0].at == image.places.anchor));
    BOOST_TEST(mentions(searched.located.rejected, "a copy"));

    image.memory.drop(image.places.anchor);
    BOOST_TEST(SearchedMemory(image.memory).located.anchors.empty());
    image.memory.flip(KSTRAX_TEST_AT(elsewhere, kstrax_anchor, crc));
    const SearchedMemory damaged(image.memory);
    BOOST_TEST(damaged.located.anchors.empty());
    BOOST_TEST(mentions(damaged.located.rejected, "own address"));
}

BOOST_AUTO_TEST_CASE(an_anchor_begins_a_page) {
    RingImage image(kScript);
    const std::string block = image.memory.read(image.places.anchor, 2048);
    image.memory.drop(image.places.anchor);
    image.memory.write(image.memory.take() + 8, as_bytes(block));
    const SearchedMemory searched(image.memory);
    BOOST_TEST(searched.located.anchors.empty());
    BOOST_TEST(searched.located.rejected.empty());
}

BOOST_AUTO_TEST_CASE(the_newest_recording_comes_first_but_behind_one_that_is_whole) {
    Memory memory(4096);
    std::vector<RingPlaces> places;
    for (const char* script : {"instance 1\nstart 0 1000", "instance 3\nstart 0 3000", "instance 2\nstart 0 2000"})
        places.push_back(place_rings(parse_script(script), memory));
    memory.flip(KSTRAX_TEST_AT(places[1].anchor, kstrax_anchor, crc));
    std::vector<std::uint64_t> order;
    for (const Anchor& anchor : SearchedMemory(memory).located.anchors) order.push_back(anchor.block.facts.instance_id);
    BOOST_TEST((order == std::vector<std::uint64_t>{2, 1, 3}));
}

BOOST_AUTO_TEST_CASE(recordings_of_one_machine_do_not_mix) {
    Memory memory(4096);
    (void)place_rings(parse_script("instance 1\nstart 0 1000\n0 100 tid=1 read"), memory);
    (void)place_rings(parse_script("instance 2\nstart 0 2000\n0 100 tid=2 write"), memory);
    BOOST_TEST(paired_calls(memory) == expected_lines("2 write 100- in_flight"), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_descriptor_of_another_cpu_is_damage_and_the_others_are_read) {
    RingImage image(kScript);
    image.memory.put(KSTRAX_TEST_AT(image.places.cpus[0].descriptor, kstrax_cpu, cpu), std::uint32_t{1});
    const SearchedMemory searched(image.memory);
    const Recording recording = searched.recording();
    BOOST_TEST(mentions(recording.findings, "CPU 0: its descriptor cannot be read (descriptor names CPU 1)"));
    BOOST_TEST(paired_calls(image.memory) == paired_calls(kScript), boost::test_tools::per_element());
    for (const PhysAddr list : image.places.cpus[0].lists) image.memory.drop(list);
    const SearchedMemory without(image.memory);
    const Recording other = without.recording();
    BOOST_TEST(mentions(other.findings, "the ring could not be found: no frame list names it"));
    BOOST_REQUIRE(other.cpus.size() == 1U);
    BOOST_TEST(other.cpus[0].cpu == 1U);
}

BOOST_AUTO_TEST_CASE(a_descriptor_of_zeros_does_not_hide_its_ring) {
    RingImage image(kScript);
    image.memory.put(image.places.cpus[0].descriptor, kstrax_cpu{});
    const SearchedMemory searched(image.memory);
    const Recording recording = searched.recording();
    BOOST_TEST(
        mentions(recording.findings, "CPU 0: its descriptor names no ring; the ring was found by the frame lists"));
    BOOST_REQUIRE(recording.cpus.size() == 2U);
    BOOST_TEST(recording.cpus[0].head == image.script.cpus[0].slots.size());
    BOOST_TEST(paired_calls(image.memory) == paired_calls(kScript), boost::test_tools::per_element());

    for (std::uint64_t slot = 0; slot < image.script.facts.entries_per_cpu; ++slot)
        image.memory.put(image.places.slot_byte(0, slot), ~std::uint32_t{0});
    const SearchedMemory rubbish(image.memory);
    BOOST_TEST(mentions(rubbish.recording().findings,
                        "CPU 0: its descriptor names no ring; the ring could not be found: no records there"));
    BOOST_TEST(rubbish.recording().cpus.size() == 1U);
}

// Numbers of possible CPUs may have gaps: such a CPU has neither a descriptor nor frame lists.
BOOST_AUTO_TEST_CASE(a_cpu_that_does_not_exist_is_no_damage) {
    RingImage image(kScript);
    image.memory.put(image.places.cpus[0].descriptor, kstrax_cpu{});
    for (const PhysAddr list : image.places.cpus[0].lists) image.memory.drop(list);
    const Recording recording = SearchedMemory(image.memory).recording();
    BOOST_TEST(recording.findings.empty());
    BOOST_REQUIRE(recording.cpus.size() == 1U);
    BOOST_TEST(recording.cpus[0].cpu == 1U);
}

BOOST_AUTO_TEST_CASE(descriptors_in_a_missing_page_are_damage) {
    // Descriptors of 2048 bytes: those of CPUs 2 to 5 lie in later pages.
    RingImage image("cpus 6\nsizes 1328 2048 2048 64\n5 100 tid=1 read\n0 90 tid=2 read");
    image.memory.drop(image.places.cpus[2].descriptor);
    const SearchedMemory searched(image.memory);
    const Recording recording = searched.recording();
    BOOST_TEST(mentions(recording.findings, "CPU 1: its descriptor cannot be read"));
    BOOST_TEST(mentions(recording.findings, "CPU 2: its descriptor cannot be read"));
    BOOST_TEST(recording.cpus.size() == 6U);  // their rings are known by frame lists
}

BOOST_AUTO_TEST_CASE(a_newer_recorders_larger_structures_are_read) {
    const std::string records(kScript);
    const auto expected = paired_calls(records);
    for (const char* larger : {"sizes 1400 1408 256 64", "sizes 1328 4096 256 64", "sizes 1328 1408 512 64",
                               "sizes 1328 1408 256 128", "sizes 2000 2048 1024 80", "entry_size 80", "entry_size 256"})
        BOOST_TEST(paired_calls(larger + records) == expected, larger);
}

BOOST_AUTO_TEST_CASE(what_looks_like_vmcoreinfo_must_be_it) {
    Memory memory(4096);
    memory.write(memory.take(), as_bytes("OSRELEASE=6.1 is the newest\n"));
    BOOST_TEST(find_vmcoreinfo(MemoryView(memory), SearchedMemory(memory).located.scan).empty());
    const std::string text = "OSRELEASE=6.1.0\nPAGESIZE=4096\n";
    memory.write(memory.take(), as_bytes(text));
    BOOST_TEST(find_vmcoreinfo(MemoryView(memory), SearchedMemory(memory).located.scan) == text);
}

BOOST_AUTO_TEST_CASE(the_kernel_that_crashed_comes_before_its_capture_kernel) {
    const std::string capture = "OSRELEASE=6.1.0\nPAGESIZE=4096\n";
    for (const bool captured_first : {false, true}) {
        Memory memory(4096);
        const std::string crashed = capture + "CRASHTIME=1700000000\n";
        memory.write(memory.take(), as_bytes(captured_first ? capture : crashed));
        memory.write(memory.take(), as_bytes(captured_first ? crashed : capture));
        BOOST_TEST(find_vmcoreinfo(MemoryView(memory), SearchedMemory(memory).located.scan) == crashed);
    }
}

BOOST_AUTO_TEST_SUITE_END()
