// SPDX-License-Identifier: GPL-2.0-or-later
// Which kernel is shown where an image holds several: a raw image of a machine that runs its capture kernel, or one
// that keeps a kernel of an earlier boot.
#include <fmt/core.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "analyzer/importers/kstrax_memory/kernel_text.hpp"
#include "analyzer/kernel/open/dumped_kernel.hpp"
#include "analyzer/memory/source_view.hpp"
#include "tests/support/kernel/kallsyms_image.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kReserved = KallsymsImage::kText + 0x20000;  // crashk_res

/// A kernel with symbols, and one whose page directory maps nothing but itself.
struct TwoKernels {
    /// `capture`: the first one keeps the memory of the other for it. `crashed_first`: by where their texts stand.
    TwoKernels(bool capture, bool crashed_first, const std::string& crash_time)
        : image({}, {{KallsymsImage::kText, 'T', "_stext"}, {kReserved, 'D', "crashk_res"}}),
          tables(image.memory, *find_form(*architecture_named("x86_64"), "4 levels")) {
        const std::uint64_t directory = 0xffffffff80000000 + tables.root().value;
        tables.map(directory, tables.root());
        const std::string other = fmt::format(
            "OSRELEASE=6.1.0-other\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)={:x}\nNUMBER(phys_base)=0\n", directory);
        const std::uint64_t first = capture ? tables.root().value : tables.root().value + 4096;
        const std::uint64_t kept[] = {first, first + 4095};
        image.map(kReserved);
        image.write(kReserved, std::as_bytes(std::span(kept)));
        std::vector<PhysAddr> pages{image.memory.take(), image.memory.take()};
        std::ranges::sort(pages);
        image.memory.write(pages[crashed_first ? 0 : 1], as_bytes(image.vmcoreinfo + crash_time));
        image.memory.write(pages[crashed_first ? 1 : 0], as_bytes(other));
    }

    [[nodiscard]] Result<KernelSpace> find() const { return find_kernel_space(source, nullptr); }

    KallsymsImage image;
    TableBuilder tables;
    MemoryView source{image.memory};
};

std::string release(const KernelSpace& space) { return std::string(*space.vmcoreinfo().value("OSRELEASE")); }

}  // namespace

BOOST_AUTO_TEST_SUITE(kernel_choice)

BOOST_DATA_TEST_CASE(the_kernel_that_keeps_memory_for_the_other_is_the_one_that_crashed,
                     bdata::make({false, true}) * bdata::make({"", "CRASHTIME=1700000000\n"}), first, crash_time) {
    const TwoKernels two(true, first, crash_time);
    auto space = two.find();
    BOOST_TEST_REQUIRE(space.ok());
    BOOST_TEST(release(*space) == "6.1.0-test");
    BOOST_TEST_REQUIRE(space->findings().size() == 1U);
    BOOST_TEST((space->findings().front().id == FindingId::OtherKernel));
    BOOST_TEST(space->findings().front().text.find("6.1.0-other") != std::string::npos);
    const DumpedKernel kernel(two.source, std::move(*space));
    BOOST_TEST((kernel.damage().worst() == Severity::Note));
}

// Another boot's: either may be the one that ran last, whatever its text says.
BOOST_DATA_TEST_CASE(where_neither_keeps_the_other_both_are_named,
                     bdata::make({false, true}) * bdata::make({"", "CRASHTIME=1700000000\n"}), first, crash_time) {
    const TwoKernels two(false, first, crash_time);
    auto space = two.find();
    BOOST_TEST_REQUIRE(space.ok());
    BOOST_TEST_REQUIRE(space->findings().size() == 1U);
    const Finding& finding = space->findings().front();
    BOOST_TEST((finding.id == FindingId::KernelUndecided));
    BOOST_TEST(finding.text.find("6.1.0-test") != std::string::npos);
    BOOST_TEST(finding.text.find("6.1.0-other") != std::string::npos);
    const DumpedKernel kernel(two.source, std::move(*space));
    BOOST_TEST((kernel.damage().worst() == Severity::Incomplete));
}

BOOST_AUTO_TEST_CASE(two_texts_of_one_kernel_are_one) {
    KallsymsImage image({}, {{KallsymsImage::kText, 'T', "_stext"}});
    image.memory.write(image.memory.take(), as_bytes(image.vmcoreinfo));
    image.memory.write(image.memory.take(), as_bytes(image.vmcoreinfo + "CRASHTIME=1700000000\n"));
    const MemoryView source(image.memory);
    const auto space = find_kernel_space(source, nullptr);
    BOOST_TEST_REQUIRE(space.ok());
    BOOST_TEST(space->findings().empty());
    BOOST_TEST(space->vmcoreinfo().value("CRASHTIME").has_value());
}

BOOST_AUTO_TEST_SUITE_END()
