// SPDX-License-Identifier: GPL-2.0-or-later
// Whole dumps of four CPUs for every form of page tables there is: the reports say
// what the text said that they were made from, and say it as well when the rings
// are found through the page tables alone.
#include <fmt/core.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <map>

#include "analyzer/importers/kstrax_memory/kernel_text.hpp"
#include "tests/support/dumps/kdump_image.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/rings/workload.hpp"
#include "tests/support/temp_folder.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

struct NamedForm {
    const Architecture* architecture;
    const TableForm* form;
    friend std::ostream& operator<<(std::ostream& out, const NamedForm& form) {
        return out << form.architecture->name << ", " << form.form->name;
    }
};

std::vector<NamedForm> all_forms() {
    std::vector<NamedForm> forms;
    for (const Architecture* row : architectures())
        if (!row->layout.empty())  // a recorder runs there
            for (const TableForm& form : row->forms) forms.push_back({row, &form});
    return forms;
}

/// Where each architecture has its vmalloc area, or a part of it.
const std::map<std::string_view, std::uint64_t> kVmalloc{
    {"x86_64", 0xffffc90000000000}, {"ia32", 0x8a000000}, {"ia64", 0xa000000200000000}};

/// Of arm64 it depends on the bits that an address has: here, a quarter into them.
std::uint64_t vmalloc_of(const NamedForm& form) {
    const unsigned reach = form.form->reach();
    if (form.architecture->name == "arm64") return (~std::uint64_t{0} << reach) + (std::uint64_t{1} << (reach - 2));
    return kVmalloc.at(form.architecture->name);
}

/// Settings for a kernel with these tables. All rings but CPU 0's lie across the border
/// of two tables, each of a level above the last.
std::string kernel_lines(const NamedForm& form, std::uint64_t page) {
    std::string lines = fmt::format("layout {}\ncpus 4\ntables \"{}\"\n", form.architecture->name, form.form->name);
    if (form.architecture->name == "ia32") lines += "page_offset 0x80000000\n";
    const std::size_t upper = form.form->level_count - std::size_t{1};
    for (std::size_t cpu = 1; cpu < 4; ++cpu) {
        const unsigned shift = form.form->levels[upper - 1 - (cpu - 1) % upper].shift;
        const std::uint64_t border = ((vmalloc_of(form) >> shift) + 1 + (cpu - 1) / upper) << shift;
        lines += fmt::format("ring {} {:#x}\n", cpu, border - cpu * page);
    }
    return lines;
}

/// Both ways to the ring's pages, from a file.
struct Reports {
    explicit Reports(const std::string& path)
        : dump(open_dump(path)), space(find_kernel_space(*dump->memory, nullptr)) {
        BOOST_TEST_REQUIRE(space.ok());
        recordings.push_back(dump->recording());
        recordings.push_back(open_recording(*dump->memory, dump->located, dump->located.anchors.front(), &*space));
    }
    Result<OpenedDump> dump;
    Result<KernelSpace> space;
    std::vector<Recording> recordings;  // by frame lists, by page tables
};

}  // namespace

BOOST_AUTO_TEST_SUITE(generated_dumps)

BOOST_DATA_TEST_CASE(reports_equal_their_text, bdata::make(all_forms()), form) {
    const Workload workload = make_workload(form.architecture->name, 4, 5000);
    const std::uint64_t page = std::uint64_t{1} << form.form->page_shift;
    const RingImage image(kernel_lines(form, page) + "entries 4000\n" + workload.script);
    for (const RingPlaces::Cpu& cpu : image.places.cpus) BOOST_TEST(cpu.pages.size() > 2U);
    const TempFolder folder;
    const KdumpForm kdump{.vmcoreinfo = image.machine.elf.vmcoreinfo,
                          .word_size = image.machine.word_size,
                          .machine = image.machine.name};
    for (const std::string& file : {folder.write("elf", elf_core(image.memory, image.machine.elf)),
                                    folder.write("kdump", kdump_image(image.memory, kdump).bytes)}) {
        const Reports reports(file);
        BOOST_TEST((reports.space->tables().form == form.form));
        BOOST_TEST(reports.space->tables().root.value == image.machine.root.value);
        for (const Recording& recording : reports.recordings) {
            BOOST_TEST(recording.findings.empty());
            for (const auto& [kind, expected] : workload.reports) {
                const MadeReport report = make_report(recording, kind, "csv");
                BOOST_TEST(report.findings.empty());
                BOOST_TEST(lines_of(report.text) == expected, boost::test_tools::per_element());
            }
        }
    }
}

// The same rings without a kernel around them are the measure: what is missing is
// missing in both, however the rest was found.
BOOST_DATA_TEST_CASE(wrapped_rings_with_holes, bdata::make(all_forms()), form) {
    const Workload workload = make_workload(form.architecture->name, 4, 12000);
    const std::uint64_t page = std::uint64_t{1} << form.form->page_shift;
    const std::string rest = "entries 3000\nhole 0 0 1\nhole 2 1\nlost 3 7 8\n" + workload.script;
    const RingImage plain(
        fmt::format("layout {}\ncpus 4\npage_shift {}\n", form.architecture->name, form.form->page_shift) + rest);
    const RingImage image(kernel_lines(form, page) + rest);
    const TempFolder folder;
    const Reports reports(folder.write("elf", elf_core(image.memory, image.machine.elf)));
    const SearchedMemory searched(plain.memory);
    const Recording measure = searched.recording();
    for (const Recording& recording : reports.recordings)
        for (const ReportKind kind : kAllKinds) {
            const MadeReport expected = make_report(measure, kind, "csv");
            const MadeReport got = make_report(recording, kind, "csv");
            BOOST_TEST(lines_of(got.text) == lines_of(expected.text), boost::test_tools::per_element());
            BOOST_TEST(texts(got.findings) == texts(expected.findings), boost::test_tools::per_element());
        }
    const std::string summary = make_report(reports.recordings[1], ReportKind::Summary, "csv").text;
    BOOST_TEST(summary.find("wrapped") != summary.npos);
}

BOOST_AUTO_TEST_SUITE_END()
