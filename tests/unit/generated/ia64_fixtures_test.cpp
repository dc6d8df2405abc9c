// SPDX-License-Identifier: GPL-2.0-or-later
// Page tables taken from real IA-64 kernels, with the translations those kernels
// printed: see tests/fixtures/ia64/README.md.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "analyzer/address/kernel_space.hpp"
#include "analyzer/memory/open/open_memory.hpp"
#include "tests/support/temp_folder.hpp"
#include "tests/support/words.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr const char* kFolder = "tests/fixtures/ia64/";
const std::vector<std::string> kKernels{"4k-3", "4k-4", "8k-3", "16k-3", "16k-4", "64k-3", "16k-3-p128"};

struct Row {
    VirtAddr virt;
    std::optional<PhysAddr> phys;
    std::string first8;  // hexadecimal, in the order of memory; "-": not known
    std::string kind;
    bool in_file = false;
};

std::vector<Row> rows_of(const std::string& kernel) {
    std::vector<Row> rows;
    for (const std::string& line : split(read_file(kFolder + kernel + "/expected.tsv"), '\n')) {
        if (line.starts_with('#')) continue;
        const auto columns = split(line, '\t');
        Row row{{parse_number(columns.at(0))}, std::nullopt, columns.at(2), columns.at(3), columns.at(4) == "yes"};
        if (columns[1] != "unmapped") row.phys = PhysAddr{parse_number(columns[1])};
        rows.push_back(row);
    }
    return rows;
}

std::map<std::string, std::string> facts_of(const std::string& kernel) {
    std::map<std::string, std::string> facts;
    for (const std::string& line : split(read_file(kFolder + kernel + "/facts.txt"), '\n')) {
        const auto equals = line.find('=');
        if (equals != line.npos) facts[line.substr(0, equals)] = line.substr(equals + 1, line.find(' ') - equals - 1);
    }
    return facts;
}

struct Fixture {
    explicit Fixture(const std::string& kernel)
        : file(*MappedFile::open(kFolder + kernel + "/pages.elf")),
          source(*open_memory_source(file)),
          space(*KernelSpace::open(*source, source->vmcoreinfo())) {}
    std::shared_ptr<const MappedFile> file;
    std::unique_ptr<MemorySource> source;
    KernelSpace space;
};

std::string hexadecimal(Bytes bytes) {
    constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    for (const std::byte byte : bytes) {
        text.push_back(kDigits[std::to_integer<unsigned>(byte) >> 4]);
        text.push_back(kDigits[std::to_integer<unsigned>(byte) & 15]);
    }
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ia64_fixtures)

BOOST_DATA_TEST_CASE(every_row_is_what_the_kernel_said, bdata::make(kKernels), kernel) {
    Fixture fixture(kernel);
    const auto rows = rows_of(kernel);
    BOOST_TEST(rows.size() >= 56U);
    std::size_t unmapped = 0;
    for (const Row& row : rows) {
        const Translation found = fixture.space.translate(row.virt);
        BOOST_TEST_CONTEXT(std::hex << row.virt.value << " " << row.kind) {
            BOOST_TEST(found.phys.has_value() == row.phys.has_value());
            if (found.phys && row.phys) BOOST_TEST(found.phys->value == row.phys->value);
            BOOST_TEST(!found.unknown());
        }
        if (!row.phys) ++unmapped;
        if (!row.in_file || row.first8 == "-") continue;
        std::array<std::byte, 8> bytes{};
        BOOST_TEST(fixture.space.read(row.virt, bytes).ok());
        BOOST_TEST(hexadecimal(bytes) == row.first8);
    }
    BOOST_TEST(unmapped >= 19U);
}

BOOST_DATA_TEST_CASE(the_form_is_the_kernels, bdata::make(kKernels), kernel) {
    const auto facts = facts_of(kernel);
    const Fixture fixture(kernel);
    const TableForm& form = *fixture.space.tables().form;
    BOOST_TEST(form.page_shift == parse_number(facts.at("page_shift")));
    BOOST_TEST(form.level_count == parse_number(facts.at("levels")));
    BOOST_TEST(form.levels[0].bits == parse_number(facts.at("bits_per_level")));
    BOOST_TEST(form.reach() == parse_number(facts.at("pgd_coverage_bits")));
    BOOST_TEST(fixture.space.tables().root.value == parse_number(facts.at("pgd_phys")));
}

// A per-CPU symbol lies in a window of its own; with the CPU's offset it is an
// address of region 7, where the driver's structs are.
BOOST_DATA_TEST_CASE(a_per_cpu_symbol_needs_its_cpu, bdata::make(kKernels), kernel) {
    Fixture fixture(kernel);
    const auto facts = facts_of(kernel);
    const VirtAddr symbol{parse_number(facts.at("percpu_static_vmrb_static"))};
    const Translation bare = fixture.space.translate(symbol);
    BOOST_TEST(!bare.phys.has_value());
    BOOST_TEST(bare.span == "per-CPU window");

    std::array<std::byte, 8> word{};
    BOOST_TEST_REQUIRE(fixture.space.read({parse_number(facts.at("per_cpu_offset_array"))}, word).ok());
    const std::uint64_t offset = *copy_record<std::uint64_t>(word);
    BOOST_TEST(offset == parse_number(facts.at("per_cpu_offset_0")));
    BOOST_TEST_REQUIRE(fixture.space.read({symbol.value + offset}, word).ok());
    BOOST_TEST(*copy_record<std::uint64_t>(word) == 0x56524d4200000000U);
}

BOOST_AUTO_TEST_SUITE_END()
