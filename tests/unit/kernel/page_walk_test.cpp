// SPDX-License-Identifier: GPL-2.0-or-later
// The page-table walker on tables that are sound, and on some that are not.
#include "analyzer/address/page_walk.hpp"

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/support/kernel/page_tables.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

struct NamedForm {
    std::string architecture;
    std::size_t index;
    friend std::ostream& operator<<(std::ostream& out, const NamedForm& form) {
        return out << form.architecture << ", " << form.get().name;
    }
    [[nodiscard]] const TableForm& get() const { return architecture_named(architecture)->forms[index]; }
};

std::vector<NamedForm> all_forms() {
    std::vector<NamedForm> forms;
    for (const Architecture* row : architectures())
        for (std::size_t i = 0; i < row->forms.size(); ++i) forms.push_back({std::string(row->name), i});
    return forms;
}

const TableForm& form_named(std::string_view architecture, std::string_view name) {
    return *find_form(*architecture_named(architecture), name);
}

struct Tables {
    explicit Tables(const TableForm& form, std::uint64_t mark = 0)
        : memory(std::uint64_t{1} << form.page_shift), builder(memory, form, mark), mark_(mark) {}

    [[nodiscard]] Walk walk(std::uint64_t address) const {
        const MemoryView view(memory);
        PageWalker walker(view, {&builder.form(), builder.root(), mark_});
        return walker.walk(address);
    }

    Memory memory;
    TableBuilder builder;

  private:
    std::uint64_t mark_;
};

/// An address that uses an index other than 0 at each level.
std::uint64_t address_in(const TableForm& form) {
    std::uint64_t address = form.unused == Unused::Ones ? ~std::uint64_t{0} << form.reach() : 0;
    address |= 0x123;
    for (const TableLevel& level : form.used()) address |= std::uint64_t{1} << level.shift;
    return address;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(page_walk)

BOOST_DATA_TEST_CASE(a_page_is_found_and_its_neighbour_is_not, bdata::make(all_forms()), form) {
    Tables tables(form.get());
    const std::uint64_t address = address_in(form.get());
    const PhysAddr page = tables.memory.take();
    tables.builder.map(address, page);
    const Walk walk = tables.walk(address);
    BOOST_TEST_REQUIRE((walk.end == WalkEnd::Mapped));
    BOOST_TEST(walk.phys.value == page.value + address % tables.memory.page_size());
    BOOST_TEST(walk.page_size == tables.memory.page_size());
    BOOST_TEST(walk.step_count == form.get().level_count);
    BOOST_TEST((tables.walk(address + tables.memory.page_size()).end == WalkEnd::NotPresent));
    for (const TableLevel& level : form.get().used())
        BOOST_TEST((tables.walk(address ^ (std::uint64_t{1} << level.shift)).end == WalkEnd::NotPresent));
}

BOOST_DATA_TEST_CASE(bits_beyond_the_tables_reach_unmap, bdata::make(all_forms()), form) {
    Tables tables(form.get());
    const std::uint64_t address = address_in(form.get());
    tables.builder.map(address, tables.memory.take());
    for (unsigned n = form.get().reach(); n < 64; ++n)
        BOOST_TEST((tables.walk(address ^ std::uint64_t{1} << n).end == WalkEnd::OutOfReach));
}

BOOST_AUTO_TEST_CASE(the_upper_half_is_sign_extended) {
    Tables tables(form_named("x86_64", "4 levels"));
    const PhysAddr page = tables.memory.take();
    tables.builder.map(0xffffffff81000000, page);
    BOOST_TEST(tables.walk(0xffffffff81000abc).phys.value == page.value + 0xabc);
    BOOST_TEST((tables.walk(0x0000ffff81000abc).end == WalkEnd::OutOfReach));
    BOOST_TEST((tables.walk(0xff7fffff81000abc).end == WalkEnd::OutOfReach));
}

BOOST_DATA_TEST_CASE(every_cleared_entry_unmaps, bdata::make(all_forms()), form) {
    Tables tables(form.get());
    const std::uint64_t address = address_in(form.get());
    tables.builder.map(address, tables.memory.take());
    for (std::size_t level = 0; level < form.get().level_count; ++level) {
        const PhysAddr at = tables.builder.entry_at(address, level);
        const std::uint64_t entry = tables.builder.get_entry(at);
        const std::uint64_t present = form.get().levels[level].rule.present;
        tables.builder.put_entry(at, present == 0 ? 0 : entry & ~present);
        const Walk walk = tables.walk(address);
        BOOST_TEST((walk.end == WalkEnd::NotPresent));
        BOOST_TEST(walk.step_count == level + 1);
        tables.builder.put_entry(at, entry);
    }
    BOOST_TEST((tables.walk(address).end == WalkEnd::Mapped));
}

BOOST_DATA_TEST_CASE(a_table_beyond_memory_is_said_to_be_missing, bdata::make(all_forms()), form) {
    for (std::size_t level = 0; level + 1 < form.get().level_count; ++level) {
        Tables tables(form.get());
        const std::uint64_t address = address_in(form.get());
        tables.builder.map(address, tables.memory.take());
        const PhysAddr at = tables.builder.entry_at(address, level);
        const EntryRule& rule = form.get().levels[level].rule;
        const std::uint64_t frame = rule.frame == 0 ? rule.high : rule.frame & ~std::uint64_t{0xfff};
        tables.builder.put_entry(at, tables.builder.get_entry(at) | frame);
        const Walk walk = tables.walk(address);
        BOOST_TEST((walk.end == WalkEnd::NoTable));
        BOOST_TEST(walk.why.has_value());
    }
}

// Each level's table is the root: a loop for one who follows until a page comes.
BOOST_DATA_TEST_CASE(a_table_that_names_itself_ends, bdata::make(all_forms()), form) {
    Tables tables(form.get());
    const TableForm& rows = form.get();
    const EntryRule& rule = rows.levels[0].rule;
    const std::uint64_t mark = (rule.present == 0 ? 0 : 1) | rule.needed | rule.table;
    for (std::uint64_t i = 0; i < std::uint64_t{1} << rows.levels[0].bits; ++i)
        tables.builder.put_entry(tables.builder.root() + i * rows.entry_size,
                                 frame_bits(rule, tables.builder.root()) | mark);
    const Walk walk = tables.walk(address_in(rows));
    BOOST_TEST(walk.step_count <= rows.level_count);
    BOOST_TEST((walk.end == WalkEnd::Mapped || walk.end == WalkEnd::NotPresent || walk.end == WalkEnd::NoTable));
}

BOOST_DATA_TEST_CASE(bits_that_may_not_be_are_seen, bdata::make(all_forms()), form) {
    for (std::size_t level = 0; level < form.get().level_count; ++level) {
        const std::uint64_t reserved = form.get().levels[level].rule.reserved;
        for (unsigned n = 0; n < form.get().entry_size * 8U; ++n) {
            if ((reserved >> n & 1) == 0) continue;
            Tables tables(form.get());
            const std::uint64_t address = address_in(form.get());
            tables.builder.map(address, tables.memory.take());
            const PhysAddr at = tables.builder.entry_at(address, level);
            tables.builder.put_entry(at, tables.builder.get_entry(at) | std::uint64_t{1} << n);
            BOOST_TEST((tables.walk(address).end == WalkEnd::BadEntry));
        }
    }
}

struct LargePage {
    std::string architecture, form;
    std::size_t level;
    std::uint64_t size;
    friend std::ostream& operator<<(std::ostream& out, const LargePage& page) {
        return out << page.architecture << " " << page.size;
    }
};
const std::vector<LargePage> kLargePages{{"x86_64", "4 levels", 1, 1 << 30},
                                         {"x86_64", "4 levels", 2, 1 << 21},
                                         {"x86_64", "5 levels", 2, 1 << 30},
                                         {"x86_64", "5 levels", 3, 1 << 21},
                                         {"ia32", "2 levels", 0, 1 << 22},
                                         {"ia32", "PAE", 1, 1 << 21},
                                         {"arm64", "4 KiB pages, 39 bits", 0, 1 << 30},
                                         {"arm64", "4 KiB pages, 39 bits", 1, 1 << 21},
                                         {"arm64", "4 KiB pages, 48 bits", 1, 1 << 30},
                                         {"arm64", "4 KiB pages, 48 bits", 2, 1 << 21},
                                         {"arm64", "4 KiB pages, 52 bits", 2, 1 << 30},
                                         {"arm64", "4 KiB pages, 52 bits", 3, 1 << 21},
                                         {"arm64", "16 KiB pages, 36 bits", 0, 1 << 25},
                                         {"arm64", "16 KiB pages, 47 bits", 1, 1 << 25},
                                         {"arm64", "16 KiB pages, 48 bits", 2, 1 << 25},
                                         {"arm64", "16 KiB pages, 52 bits", 2, 1 << 25},
                                         {"arm64", "64 KiB pages, 42 bits", 0, 1 << 29},
                                         {"arm64", "64 KiB pages, 48 bits", 1, 1 << 29},
                                         {"arm64", "64 KiB pages, 52 bits", 1, 1 << 29},
                                         {"riscv64", "Sv39", 0, 1 << 30},
                                         {"riscv64", "Sv39", 1, 1 << 21},
                                         {"riscv64", "Sv48", 0, std::uint64_t{1} << 39},
                                         {"riscv64", "Sv48", 1, 1 << 30},
                                         {"riscv64", "Sv48", 2, 1 << 21},
                                         {"riscv64", "Sv57", 0, std::uint64_t{1} << 48},
                                         {"riscv64", "Sv57", 1, std::uint64_t{1} << 39},
                                         {"riscv64", "Sv57", 2, 1 << 30},
                                         {"riscv64", "Sv57", 3, 1 << 21}};

BOOST_DATA_TEST_CASE(large_pages, bdata::make(kLargePages), large) {
    Tables tables(form_named(large.architecture, large.form));
    const TableForm& form = tables.builder.form();
    const std::uint64_t upper = form.unused == Unused::Ones ? ~std::uint64_t{0} << form.reach() : 0;
    const std::uint64_t address = upper | 3 * large.size;
    // Bits below the page's frame (memory type) are no part of its address.
    tables.builder.map_large(address, {large.size * 2 + large.size / 2}, large.level);
    const Walk walk = tables.walk(address + large.size - 1);
    BOOST_TEST_REQUIRE((walk.end == WalkEnd::Mapped));
    BOOST_TEST(walk.phys.value == large.size * 3 - 1);
    BOOST_TEST(walk.page_size == large.size);
}

BOOST_AUTO_TEST_CASE(large_pages_are_nowhere_else) {
    for (const Architecture* row : architectures())
        for (const TableForm& form : row->forms)
            for (std::size_t level = 0; level < form.level_count; ++level) {
                const bool listed = std::any_of(kLargePages.begin(), kLargePages.end(), [&](const LargePage& page) {
                    return page.architecture == row->name && page.form == form.name && page.level == level;
                });
                const EntryRule& rule = form.levels[level].rule;
                BOOST_TEST((rule.large != 0 || rule.table != 0) == listed);
            }
}

// Of arm64: the second bit tells a table or a page from a large page, which not every level may have.
BOOST_AUTO_TEST_CASE(bits_that_must_be_are_missed) {
    const TableForm& form = form_named("arm64", "4 KiB pages, 48 bits");
    for (const std::size_t level : {std::size_t{0}, std::size_t{3}}) {
        Tables tables(form);
        const std::uint64_t address = address_in(form);
        tables.builder.map(address, tables.memory.take());
        const PhysAddr at = tables.builder.entry_at(address, level);
        tables.builder.put_entry(at, tables.builder.get_entry(at) & ~std::uint64_t{2});
        BOOST_TEST((tables.walk(address).end == WalkEnd::BadEntry));
    }
}

// Physical addresses of 52 bits have their highest bits low in an entry.
BOOST_AUTO_TEST_CASE(the_highest_bits_of_an_address_stand_low) {
    struct {
        const char* form;
        std::uint64_t entry;
        std::uint64_t phys;
    } const rows[] = {
        {"4 KiB pages, 52 bits", 0x0003aaaaaaaaa000 | 0x2ff, 0x000baaaaaaaaa000},
        {"4 KiB pages, 48 bits", 0x0003aaaaaaaaa000 | 0x2ff, 0x0000aaaaaaaaa000},
        {"16 KiB pages, 52 bits", 0x0001aaaaaaaa8000 | 0x1ff, 0x0005aaaaaaaa8000},
        {"64 KiB pages, 48 bits", 0x0000aaaaaaaa0000 | 0x9003, 0x0009aaaaaaaa0000},
    };
    for (const auto& row : rows) {
        Tables tables(form_named("arm64", row.form));
        const std::uint64_t address = address_in(tables.builder.form()) & ~std::uint64_t{0xfff};
        tables.builder.map(address, tables.memory.take());
        tables.builder.put_entry(tables.builder.entry_at(address, tables.builder.form().level_count - std::size_t{1}),
                                 row.entry);
        const Walk walk = tables.walk(address);
        BOOST_TEST_REQUIRE((walk.end == WalkEnd::Mapped));
        BOOST_TEST(walk.phys.value == row.phys);
    }
}

// A program's address is none of the kernel's tables, nor the other way round.
BOOST_AUTO_TEST_CASE(the_halves_of_arm64_have_tables_of_their_own) {
    const TableForm& kernel = form_named("arm64", "4 KiB pages, 48 bits");
    BOOST_TEST_REQUIRE((kernel.lower_half != nullptr));
    Tables upper(kernel), lower(*kernel.lower_half);
    upper.builder.map(0xffff000000007000, upper.memory.take());
    lower.builder.map(0x0000000000007000, lower.memory.take());
    BOOST_TEST((upper.walk(0xffff000000007000).end == WalkEnd::Mapped));
    BOOST_TEST((upper.walk(0x0000000000007000).end == WalkEnd::OutOfReach));
    BOOST_TEST((lower.walk(0x0000000000007000).end == WalkEnd::Mapped));
    BOOST_TEST((lower.walk(0xffff000000007000).end == WalkEnd::OutOfReach));
}

BOOST_AUTO_TEST_CASE(no_execute_and_software_bits_are_no_address) {
    for (const char* form : {"4 levels", "5 levels"}) {
        Tables tables(form_named("x86_64", form));
        const PhysAddr page = tables.memory.take();
        tables.builder.map(0x7000, page);
        const PhysAddr at = tables.builder.entry_at(0x7000, tables.builder.form().level_count - std::size_t{1});
        tables.builder.put_entry(at, tables.builder.get_entry(at) | 0xfff0000000000e00);
        BOOST_TEST(tables.walk(0x7000).phys.value == page.value);
    }
}

BOOST_AUTO_TEST_CASE(the_mark_of_encrypted_memory_is_stripped) {
    const std::uint64_t mark = std::uint64_t{1} << 47;
    Tables tables(form_named("x86_64", "4 levels"), mark);
    const PhysAddr page = tables.memory.take();
    tables.builder.map(0xffff888000007000, page);
    tables.builder.map_large(0xffff888000200000, {0x400000}, 2);
    BOOST_TEST(tables.walk(0xffff888000007008).phys.value == page.value + 8);
    BOOST_TEST(tables.walk(0xffff888000200008).phys.value == 0x400008U);
    const MemoryView view(tables.memory);
    PageWalker unaware(view, {&tables.builder.form(), tables.builder.root(), 0});
    BOOST_TEST((unaware.walk(0xffff888000007008).end == WalkEnd::NoTable));
}

// Entries of such tables would straddle two pages; one that lies at the end of a page would be read beyond it.
BOOST_DATA_TEST_CASE(a_root_that_is_not_aligned_is_none, bdata::make(all_forms()), form) {
    Tables tables(form.get());
    const std::uint64_t address = address_in(form.get());
    tables.builder.map(address, tables.memory.take());
    const MemoryView view(tables.memory);
    const std::uint64_t size = form.get().root_size();
    BOOST_TEST(tables.memory.page_size() % size == 0U);
    for (const std::uint64_t off : {std::uint64_t{1}, std::uint64_t{7}, size / 2, size - 1}) {
        const PhysAddr root = tables.builder.root() + off;
        PageWalker walker(view, {&form.get(), root, 0});
        const Walk walk = walker.walk(address);
        BOOST_TEST((walk.end == WalkEnd::NoTable));
        BOOST_TEST(walk.step_count == 0U);
        BOOST_TEST_REQUIRE(walk.why.has_value());
        BOOST_TEST((walk.why->code == ErrorCode::Corrupt));
        BOOST_TEST(*walk.why->address == root.value);
    }
}

// Whatever bytes stand in the tables, a walk ends after as many steps as there are levels.
BOOST_DATA_TEST_CASE(rubbish_ends_too, bdata::make(all_forms()), form) {
    Random random(form.index + 1);
    Tables tables(form.get());
    const std::uint64_t address = address_in(form.get());
    tables.builder.map(address, tables.memory.take());
    const auto pages = tables.memory.pages();
    for (int round = 0; round < 300; ++round) {
        for (const auto& [frame, bytes] : pages) {
            const PhysAddr at{frame * tables.memory.page_size() + random.below(tables.memory.page_size() / 8) * 8};
            tables.memory.put(at, random.next() & random.next());
        }
        const Walk walk = tables.walk(random.next() >> (64 - form.get().reach()));
        BOOST_TEST(walk.step_count <= form.get().level_count);
    }
}

BOOST_AUTO_TEST_SUITE_END()
