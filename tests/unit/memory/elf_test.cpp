// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <map>
#include <mutex>

#include "analyzer/memory/open/open_memory.hpp"
#include "analyzer/memory/pages_read.hpp"
#include "tests/support/cpu_time.hpp"
#include "tests/support/dumps/elf_image.hpp"
#include "tests/support/dumps/kdump_image.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

std::string page(char fill, std::size_t size = 4096) { return std::string(size, fill); }

struct Opened {
    explicit Opened(std::string_view bytes)
        : source(open_memory_source(MappedFile::open(folder.write("core", bytes)).value())) {}

    /// What stands at an address; "absent" if any of it is not there.
    [[nodiscard]] std::string at(std::uint64_t address, std::size_t size) const {
        std::string out(size, '\0');
        const auto read = (*source)->read({address}, std::as_writable_bytes(std::span(out)));
        return read ? out : "absent";
    }
    /// Addresses of the pages that a scan shows.
    [[nodiscard]] std::vector<std::uint64_t> scanned() const {
        std::vector<std::uint64_t> pages;
        std::mutex mutex;
        (*source)->scan([&](PhysAddr first, Bytes bytes) {
            const std::lock_guard lock(mutex);
            for (std::size_t offset = 0; offset < bytes.size(); offset += 4096) pages.push_back(first.value + offset);
        });
        std::sort(pages.begin(), pages.end());
        return pages;
    }
    void fails(ErrorCode code, std::string_view words) const {
        BOOST_REQUIRE(!source.ok());
        BOOST_TEST((source.error().code == code), source.error().message);
        BOOST_TEST(source.error().message.find(words) != std::string::npos, source.error().message);
        BOOST_TEST(source.error().message.starts_with(folder.path("core")));
    }

    TempFolder folder;
    Result<std::unique_ptr<MemorySource>> source;
};

std::string changed(std::string file, std::size_t at, std::string_view bytes) {
    return file.replace(at, bytes.size(), bytes);
}

const std::string kGood = elf_core({{.address = 0x4000, .data = page('a') + page('b')}});

}  // namespace

BOOST_AUTO_TEST_SUITE(elf)

BOOST_AUTO_TEST_CASE(pages_are_counted_by_the_size_that_the_kernel_has) {
    for (const auto& [said, size] : std::map<std::string, std::uint64_t>{
             {"PAGESIZE=16384\n", 16384}, {"PAGESIZE=4096\n", 4096}, {"PAGESIZE=5000\n", 4096}, {"", 4096}}) {
        const std::string note = elf_note("VMCOREINFO", "OSRELEASE=6\n" + said);
        const Opened core(elf_core({{.type = PT_NOTE, .data = note}, {.address = 0x10000, .data = page('a', 65536)}}));
        BOOST_TEST((*core.source)->page_size() == size);
        BOOST_TEST(core.scanned().size() == 16U);
        const PagesRead tracked(**core.source);
        std::array<std::byte, 8> word{};
        for (const std::uint64_t at : {0x10000, 0x11000, 0x13ff8, 0x13ffc, 0x18000})
            BOOST_TEST(tracked.read({at}, word).ok());
        // 0x10, 0x11, 0x13, 0x14 and 0x18 of 4 KiB are 4, 5 and 6 of 16 KiB.
        BOOST_TEST(tracked.pages().size() == 5U);
        BOOST_TEST(tracked.count_pages() == (size == 4096 ? 5U : 3U));
    }
}

BOOST_AUTO_TEST_CASE(memory_is_read_by_physical_address) {
    const Opened opened(kGood);
    const MemorySource& source = **opened.source;
    BOOST_TEST(source.format().starts_with("ELF"));
    BOOST_TEST(source.memory_size() == 8192U);
    BOOST_TEST(source.findings().empty());
    BOOST_TEST(opened.at(0x4000, 1) == "a");
    BOOST_TEST(opened.at(0x4fff, 2) == "ab");
    BOOST_TEST(opened.at(0x5fff, 1) == "b");
    for (const std::uint64_t address : {0ULL, 0x3fffULL, 0x6000ULL, ~0ULL})
        BOOST_TEST(opened.at(address, 1) == "absent");
    BOOST_TEST(opened.at(0x5fff, 2) == "absent");
    BOOST_TEST(opened.at(0x3fff, 2) == "absent");
}

BOOST_AUTO_TEST_CASE(a_failed_read_names_the_first_address_that_is_missing) {
    const Opened opened(kGood);
    std::vector<std::byte> out(8192);
    const auto read = (*opened.source)->read({0x5000}, out);
    BOOST_REQUIRE(!read.ok());
    BOOST_TEST(read.error().address.value() == 0x6000U);
}

BOOST_AUTO_TEST_CASE(segments_may_come_in_any_order_with_holes_between) {
    const Opened opened(elf_core({{.address = 0x9000, .data = page('c')},
                                  {.address = 0x1000, .data = page('a')},
                                  {.address = 0x2000, .data = page('b')}}));
    BOOST_TEST(opened.at(0x1fff, 2) == "ab");
    BOOST_TEST(opened.at(0x2fff, 2) == "absent");
    BOOST_TEST(opened.at(0x9000, 1) == "c");
    BOOST_TEST((opened.scanned() == std::vector<std::uint64_t>{0x1000, 0x2000, 0x9000}));
}

BOOST_AUTO_TEST_CASE(where_segments_overlap_the_one_that_starts_first_counts) {
    const Opened opened(elf_core({{.address = 0x2000, .data = page('b') + page('B')},
                                  {.address = 0x1000, .data = page('a') + page('A')},
                                  {.address = 0x1800, .data = page('x', 16)}}));
    BOOST_TEST(opened.at(0x1800, 1) == "a");
    BOOST_TEST(opened.at(0x2000, 1) == "A");
    BOOST_TEST(opened.at(0x3000, 1) == "B");
    BOOST_TEST((*opened.source)->memory_size() == 3 * 4096U);
    BOOST_TEST((opened.scanned() == std::vector<std::uint64_t>{0x1000, 0x2000, 0x3000}));
}

BOOST_AUTO_TEST_CASE(a_scan_shows_pages_whose_first_byte_is_there) {
    const Opened opened(
        elf_core({{.address = 0x1800, .data = page('a', 0x2000)}, {.address = 0x9000, .data = "short"}}));
    BOOST_TEST((opened.scanned() == std::vector<std::uint64_t>{0x2000, 0x3000, 0x9000}));
    BOOST_TEST(opened.at(0x9000, 5) == "short");
}

BOOST_AUTO_TEST_CASE(a_segment_at_the_end_of_the_address_space_does_not_wrap) {
    const Opened opened(elf_core({{.address = ~0ULL - 0xfff, .data = page('a')}, {.address = 0, .data = page('b')}}));
    BOOST_TEST(opened.at(~0ULL - 0xfff, 16) == page('a', 16));
    BOOST_TEST(opened.at(0, 1) == "b");
    (void)opened.scanned();
}

BOOST_AUTO_TEST_CASE(more_than_65534_segments_are_counted_in_section_0) {
    std::vector<ElfSegment> segments;
    for (std::uint64_t i = 0; i < 66000; ++i) segments.push_back({.address = i * 16, .data = "x"});
    segments.push_back({.address = 0x4000000, .data = page('z')});
    const Opened opened(elf_core(segments, {.many_headers = true}));
    BOOST_TEST(opened.at(0x4000000, 1) == "z");
    BOOST_TEST((*opened.source)->memory_size() == 66000 + 4096U);
}

BOOST_AUTO_TEST_CASE(a_truncated_core_is_read_as_far_as_it_goes_and_says_so) {
    const Opened opened(kGood.substr(0, kGood.size() - 4000));
    BOOST_TEST(opened.at(0x4000, 4096) == page('a'));
    BOOST_TEST(opened.at(0x5000, 96) == page('b', 96));
    BOOST_TEST(opened.at(0x5000, 97) == "absent");
    const auto damage = texts((*opened.source)->findings());
    BOOST_REQUIRE(damage.size() == 1U);
    BOOST_TEST(damage[0].find("4000 bytes") != std::string::npos, damage[0]);
}

BOOST_AUTO_TEST_CASE(a_page_is_scanned_though_it_is_cut_off_or_lies_in_two_segments) {
    BOOST_TEST(Opened(kGood.substr(0, kGood.size() - 4000)).scanned() == (std::vector<std::uint64_t>{0x4000, 0x5000}));
    const Opened split(elf_core({{.address = 0x4000, .data = page('a', 5000)},
                                 {.address = 0x4000 + 5000, .data = page('b', 2000)},
                                 {.address = 0x4000 + 7000, .data = page('c', 2000)},
                                 {.address = 0x7800, .data = page('d', 100)}}));
    BOOST_TEST(split.scanned() == (std::vector<std::uint64_t>{0x4000, 0x5000, 0x6000}));
    std::mutex mutex;
    (*split.source)->scan([&](PhysAddr first, Bytes bytes) {
        const std::lock_guard lock(mutex);
        if (first.value == 0x5000) BOOST_TEST(as_text(bytes) == page('a', 904) + page('b', 2000) + page('c', 1192));
        if (first.value == 0x6000) BOOST_TEST(as_text(bytes) == page('c', 808) + std::string(3288, '\0'));
    });
}

BOOST_AUTO_TEST_CASE(a_flattened_core_gives_the_same_memory) {
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
        const Opened opened(flattened(shuffled_records(kGood, 700, seed)));
        BOOST_REQUIRE(opened.source.ok());
        BOOST_TEST((*opened.source)->format() == "ELF64 core (flattened)");
        BOOST_TEST((*opened.source)->findings().empty());
        BOOST_TEST(opened.at(0x4000, 8192) == page('a') + page('b'));
        BOOST_TEST(opened.at(0x3fff, 1) == "absent");
        BOOST_TEST((opened.scanned() == std::vector<std::uint64_t>{0x4000, 0x5000}));
    }
}

BOOST_AUTO_TEST_CASE(a_flattened_core_that_lacks_a_part_says_so) {
    const std::string head = kGood.substr(0, kGood.size() - 8000);
    const FlatRecord end{kGood.size() - 7900, kGood.substr(kGood.size() - 7900)};
    const Opened opened(flattened({{0, head}, end}));
    BOOST_TEST(opened.at(0x4000, 192) == page('a', 192));
    BOOST_TEST(opened.at(0x4000, 193) == "absent");
    BOOST_TEST(opened.at(0x4000 + 292, 7900) == page('a', 3804) + page('b'));
    const auto damage = texts((*opened.source)->findings());
    BOOST_REQUIRE(damage.size() == 1U);
    BOOST_TEST(damage[0].find("100 bytes") != std::string::npos, damage[0]);
    const auto cut = texts((*Opened(flattened({{0, kGood}}, false)).source)->findings());
    BOOST_REQUIRE(cut.size() == 1U);
    BOOST_TEST(cut[0].find("end mark") != std::string::npos, cut[0]);
}

BOOST_AUTO_TEST_CASE(a_core_marked_incomplete_says_so) {
    const Opened opened(changed(kGood, 48, "\x01"));  // e_flags
    const auto damage = texts((*opened.source)->findings());
    BOOST_REQUIRE(damage.size() == 1U);
    BOOST_TEST(damage[0].find("incomplete") != std::string::npos, damage[0]);
}

BOOST_AUTO_TEST_CASE(headers_beyond_the_end_are_truncated) {
    Opened(kGood.substr(0, 200)).fails(ErrorCode::Truncated, "header");
    Opened(kGood.substr(0, 40)).fails(ErrorCode::Truncated, "header");
    Opened(changed(kGood, 32, std::string(8, '\xff'))).fails(ErrorCode::Truncated, "header");  // e_phoff
}

BOOST_AUTO_TEST_CASE(other_elf_files_are_named_for_what_they_are) {
    Opened(changed(kGood, EI_DATA, "\x02")).fails(ErrorCode::Unsupported, "big-endian");
    Opened(changed(kGood, 16, std::string("\x01\0", 2))).fails(ErrorCode::Unsupported, "core");
    Opened(changed(kGood, 54, std::string("\x08\0", 2))).fails(ErrorCode::Corrupt, "e_phentsize");
    Opened(changed(kGood, 56, std::string("\0\0", 2))).fails(ErrorCode::Corrupt, "PT_LOAD");
    Opened(changed(kGood, EI_CLASS, "\x07")).fails(ErrorCode::Corrupt, "class");
}

BOOST_AUTO_TEST_CASE(vmcoreinfo_is_found_among_the_notes) {
    const std::string notes =
        elf_note("CORE", std::string(336, 'x')) + elf_note("VMCOREINFO", "OSRELEASE=6.1\n") + elf_note("QEMU", "y");
    const Opened opened(elf_core({{.type = PT_NOTE, .data = notes}, {.address = 0, .data = page('a')}}));
    BOOST_TEST((*opened.source)->vmcoreinfo() == "OSRELEASE=6.1\n");
}

BOOST_AUTO_TEST_CASE(the_core_of_a_process_is_named_as_such) {
    const auto with = [](const std::string& notes) {
        return elf_core({{.type = PT_NOTE, .data = notes}, {.address = 0, .data = page('a')}});
    };
    const std::string of_cpu = elf_note("CORE", std::string(336, 'x'), NT_PRSTATUS);
    for (const std::uint32_t type : {NT_AUXV, NT_SIGINFO, NT_FILE})
        Opened(with(of_cpu + elf_note("CORE", std::string(64, 'x'), type)))
            .fails(ErrorCode::Unsupported, "the core of a process");
    BOOST_TEST(Opened(with(of_cpu)).source.ok());
    // A kernel that says that it is one is believed.
    const std::string both = elf_note("CORE", "x", NT_AUXV) + elf_note("VMCOREINFO", "OSRELEASE=6.1.0\n");
    BOOST_TEST(Opened(with(both)).source.ok());
}

BOOST_AUTO_TEST_CASE(a_dump_of_a_xen_domain_is_named_as_such) {
    // Pages are in sections; no program header.
    Elf64_Ehdr header{};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_type = ET_CORE;
    header.e_machine = EM_X86_64;
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_shentsize = sizeof(Elf64_Shdr);
    header.e_shoff = sizeof header;
    header.e_shnum = 2;
    header.e_shstrndx = 1;
    const std::string names("\0.shstrtab\0.note.Xen\0.xen_pages\0", 33);
    Elf64_Shdr sections[2]{};
    sections[1].sh_offset = sizeof header + sizeof sections;
    sections[1].sh_size = names.size();
    std::string file(as_text(bytes_of(header)));
    for (const Elf64_Shdr& section : sections) file += as_text(bytes_of(section));
    Opened(file + names).fails(ErrorCode::Unsupported, "a Xen domain");
    Opened(file + std::string(33, 'x')).fails(ErrorCode::Corrupt, "without a PT_LOAD");
    header.e_shoff = ~std::uint64_t{0} - 8;
    Opened(std::string(as_text(bytes_of(header))) + names).fails(ErrorCode::Corrupt, "without a PT_LOAD");
}

BOOST_AUTO_TEST_CASE(malformed_notes_are_no_notes) {
    const std::string good = elf_note("VMCOREINFO", "OSRELEASE=6.1\n");
    for (const std::string& notes :
         {changed(good, 0, "\xff\xff\xff\xff"), changed(good, 4, "\xff\xff\xff\xff"), good.substr(0, 20),
          changed(elf_note("CORE", "x"), 0, std::string("\0\0\0\xff", 4)) + good, std::string("\x01", 1)}) {
        const Opened opened(elf_core({{.type = PT_NOTE, .data = notes}, {.address = 0, .data = page('a')}}));
        BOOST_TEST((*opened.source)->vmcoreinfo() == "");
        BOOST_TEST(opened.at(0, 1) == "a");
    }
}

BOOST_AUTO_TEST_CASE(hostile_notes_cost_no_more_than_the_file_is_long) {
    // Many headers, each of which names all of the file as notes of twelve bytes.
    std::vector<ElfSegment> segments(20000, {.type = PT_NOTE, .data = {}, .announced = 1ULL << 40});
    segments.push_back({.address = 0, .data = std::string(1 << 20, '\0')});
    const std::string file = elf_core(segments);
    const CpuTime spent;
    const Opened opened(file);
    BOOST_TEST(opened.source.ok());
    BOOST_TEST(spent.seconds() < 2.0);
}

BOOST_AUTO_TEST_SUITE_END()
