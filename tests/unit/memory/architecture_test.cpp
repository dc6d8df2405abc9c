// SPDX-License-Identifier: GPL-2.0-or-later
// Every architecture's row is whole, and agrees with the tables of formats/.
#include "analyzer/arch/architecture.hpp"

#include <fmt/core.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <set>

#include "formats/kstrax_abi.h"
#include "formats/layout.hpp"
#include "formats/syscalls.hpp"

namespace kstrax {

std::ostream& operator<<(std::ostream& out, const Architecture* row) { return out << row->name; }

namespace {

namespace data = boost::unit_test::data;

const std::vector<const Architecture*> kAll(architectures().begin(), architectures().end());

BOOST_AUTO_TEST_SUITE(architecture)

BOOST_DATA_TEST_CASE(each_is_found_by_all_its_names, data::make(kAll), row) {
    BOOST_TEST(architecture_named(row->name) == row);
    BOOST_TEST(architecture_of_machine(row->machine) == row);
    BOOST_TEST(architecture_of_audit(row->audit_arch) == row);
    BOOST_TEST(architecture_of_kdumpfile(row->kdumpfile) == row);
    for (const VirtAddr directory : {row->directory_first, row->directory_last}) {
        std::string info = fmt::format("SYMBOL(swapper_pg_dir)={:x}\n", directory.value);
        if (!row->own_number.empty()) info += fmt::format("NUMBER({})=1\n", row->own_number);
        BOOST_TEST(architecture_of_vmcoreinfo(Vmcoreinfo(info)) == row);
    }
    std::string name(row->uname);
    for (char& c : name)
        if (c == '?') c = '6';
    BOOST_TEST(machine_of_uname(name) == row->machine);
    BOOST_TEST(!row->title.empty());
}

BOOST_DATA_TEST_CASE(each_has_a_call_table_and_a_layout_of_its_word_size, data::make(kAll), row) {
    BOOST_TEST((syscall_table(row->audit_arch, KSTRAX_ABI_NATIVE) != nullptr));
    // AUDIT_ARCH_… holds ELF's number, and whether the machine has 64 bits.
    BOOST_TEST((row->audit_arch & 0xffff) == row->machine);
    BOOST_TEST(((row->audit_arch & 0x80000000) != 0) == (row->word_size == 8));
    if (row->layout.empty()) return;
    const Layout* layout = layout_named(row->layout);
    BOOST_TEST_REQUIRE((layout != nullptr));
    BOOST_TEST(layout->arg_size() == row->word_size);
    BOOST_TEST(architecture_of_layout(row->layout, row->machine) == row);
}

BOOST_DATA_TEST_CASE(each_reaches_its_kernel, data::make(kAll), row) {
    BOOST_TEST_REQUIRE((row->find_space != nullptr));
    BOOST_TEST_REQUIRE(!row->forms.empty());
    std::set<std::string_view> names;
    for (const TableForm& form : row->forms) {
        BOOST_TEST(names.insert(form.name).second);
        BOOST_TEST(find_form(*row, form.name) == &form);
        for (const TableLevel& level : form.used()) BOOST_TEST(level.bits > 0);
        BOOST_TEST((form.levels[form.level_count - 1U].shift == form.page_shift));
    }
    const auto spans = [&](VirtAddr address) {
        return std::ranges::any_of(row->spans,
                                   [&](const Span& span) { return address >= span.first && address <= span.last; });
    };
    BOOST_TEST(spans(row->directory_first));
    BOOST_TEST(spans(row->modules_first));
    BOOST_TEST((row->modules_first < row->modules_last));
}

/// What tells an architecture from none in a dump's header.
BOOST_AUTO_TEST_CASE(what_is_not_known_is_none) {
    BOOST_TEST((architecture_named("vax") == nullptr));
    BOOST_TEST((architecture_of_machine(0) == nullptr));
    BOOST_TEST((architecture_of_layout("") == nullptr));
    BOOST_TEST(machine_of_uname("i6866") == 0);
    BOOST_TEST(machine_of_uname("") == 0);
}

BOOST_AUTO_TEST_CASE(messages_name_all) { BOOST_TEST(architecture_names() == "arm64, ia32, ia64, riscv64 or x86_64"); }

BOOST_AUTO_TEST_SUITE_END()

}  // namespace

}  // namespace kstrax
