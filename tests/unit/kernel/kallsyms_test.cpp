// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's own tables of symbols, in each encoding, and damaged.
#include <fmt/core.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "analyzer/kernel/kallsyms_search.hpp"
#include "tests/support/kernel/kallsyms_image.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kText = KallsymsImage::kText;

/// Enough for several markers and pages; with a name of more than 128 tokens where lengths have two bytes.
std::vector<TestSymbol> symbols(const KallsymsForm& form) {
    std::vector<TestSymbol> all;
    if (form.places == Places::PerCpuAbsolute) all = {{0, 'A', "fixed_percpu_data"}, {0x15000, 'D', "ring_head"}};
    all.push_back({kText, 'T', "_stext"});
    all.push_back({kText, 'T', "_text"});
    for (std::uint64_t i = 0; i < 600; ++i)
        all.push_back({kText + 16 * i, i % 2 == 0 ? 'T' : 't', fmt::format("function_{}", i)});
    std::string lengthy = "long";
    for (int i = 0; i < 100; ++i) lengthy += static_cast<char>('a' + i % 5);
    all.push_back({kText + 0x10000, 't', lengthy + (form.wide ? lengthy : "")});
    all.push_back({kText + 0x20000, 'd', "modules"});
    all.push_back({kText + 0x20010, 'd', "twice"});
    all.push_back({kText + 0x20020, 'd', "twice"});
    return all;
}

struct Opened {
    explicit Opened(const KallsymsForm& form = {}) : all(symbols(form)), image(form, all), source(image.memory) {}
    Result<Kallsyms> open() {
        space.emplace(KernelSpace::open(source, image.vmcoreinfo));
        BOOST_REQUIRE(space->ok());
        return Kallsyms::open(**space);
    }
    std::string refusal() {
        const auto opened = open();
        return opened ? "opened" : opened.error().message;
    }
    std::vector<TestSymbol> all;
    KallsymsImage image;
    MemoryView source;
    std::optional<Result<KernelSpace>> space;
};

struct Row {
    KallsymsForm form;
    const char* encoding;
};
const Row kRows[] = {
    {{Places::Absolute, true}, "absolute"},
    {{Places::BaseRelative, true}, "base-relative"},
    {{Places::PerCpuAbsolute, true}, "base-relative, per-CPU absolute"},
    {{Places::PlaceRelative, true}, "place-relative"},
    {{Places::PerCpuAbsolute, false}, "base-relative, per-CPU absolute"},
};
std::ostream& operator<<(std::ostream& out, const Row& row) { return out << row.encoding << ' ' << row.form.wide; }

bool mentions(const std::string& text, std::string_view what) { return text.find(what) != text.npos; }

template <typename T>
void damage(Opened& opened, std::string_view part, std::uint64_t offset, T value) {
    opened.image.write(opened.image.at(part) + offset, bytes_of(value));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kallsyms)

BOOST_DATA_TEST_CASE(every_symbol_in_every_encoding, bdata::make(kRows), row) {
    Opened opened(row.form);
    auto found = opened.open();
    BOOST_TEST_REQUIRE(found.ok());
    BOOST_TEST(found->encoding() == row.encoding);
    BOOST_TEST(found->count() == opened.all.size());
    std::size_t next = 0;
    BOOST_TEST_REQUIRE(found
                           ->each([&](const Kallsyms::Symbol& symbol) {
                               const TestSymbol& expected = opened.all.at(next++);
                               BOOST_TEST(symbol.name == expected.name);
                               BOOST_TEST(symbol.type == expected.type);
                               BOOST_TEST(symbol.address.value == expected.address);
                           })
                           .ok());
    BOOST_TEST(next == opened.all.size());
    BOOST_TEST(found->find("modules")->value == kText + 0x20000);
    BOOST_TEST(found->find("twice")->value == kText + 0x20010);
    BOOST_TEST(found->find("function_599")->value == kText + 16 * 599);
    for (const char* absent : {"module", "odules", "modules_", "Tmodules", "", "function_600"})
        BOOST_TEST(!found->find(absent).has_value(), absent);
}

BOOST_DATA_TEST_CASE(several_at_once, bdata::make(kRows), row) {
    Opened opened(row.form);
    auto found = opened.open();
    BOOST_TEST_REQUIRE(found.ok());
    const std::vector<std::string_view> names{"modules", "no such", "twice",  "function_599",
                                              "",        "module",  "_stext", "twice"};
    const auto all = found->find_all(names);
    BOOST_TEST_REQUIRE(all.size() == names.size());
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto alone = found->find(names[i]);
        BOOST_TEST(all[i].has_value() == alone.has_value(), names[i]);
        if (alone && all[i]) BOOST_TEST(all[i]->value == alone->value, names[i]);
    }
    BOOST_TEST(found->find_all({}).empty());
}

BOOST_AUTO_TEST_CASE(lengths_of_one_byte_up_to_255) {
    KallsymsForm form{Places::BaseRelative, false};
    const std::vector<TestSymbol> all{
        {kText, 'T', "_stext"}, {kText + 1, 'T', std::string(200, 'q')}, {kText + 2, 'T', "end"}};
    const KallsymsImage image(form, all);
    const MemoryView source(image.memory);
    auto space = KernelSpace::open(source, image.vmcoreinfo);
    // Nothing before _stext tells the one from the other; what follows is then read as two bytes.
    auto found = Kallsyms::open(*space);
    BOOST_TEST_REQUIRE(found.ok());
    BOOST_TEST(found->find("_stext")->value == kText);
    BOOST_TEST(!found->find("end").has_value());
    // With a long name before it, only one byte finds it.
    const KallsymsImage other(
        form, {{kText - 8, 'T', std::string(200, 'q')}, {kText, 'T', "_stext"}, {kText + 2, 'T', "end"}});
    const MemoryView memory(other.memory);
    auto there = KernelSpace::open(memory, other.vmcoreinfo);
    found = Kallsyms::open(*there);
    BOOST_TEST_REQUIRE(found.ok());
    BOOST_TEST(found->encoding() == "base-relative, short names");
    BOOST_TEST(found->find("end")->value == kText + 2);
}

BOOST_AUTO_TEST_CASE(tables_that_are_searched_for) {
    for (const Places places : {Places::Absolute, Places::BaseRelative, Places::PerCpuAbsolute}) {
        const Opened named({.places = places, .wide = false});
        Opened opened({.places = places, .wide = false, .named = false});
        BOOST_TEST(!opened.open().ok());
        const auto tables = search_kallsyms(**opened.space);
        BOOST_TEST_REQUIRE(tables.ok());
        BOOST_TEST(tables->names.value == named.image.at("names"));
        BOOST_TEST(tables->places.value == named.image.at("places"));
        auto found = Kallsyms::open(**opened.space, *tables);
        BOOST_TEST_REQUIRE(found.ok());
        BOOST_TEST(found->count() == opened.all.size());
        BOOST_TEST(found->find("modules")->value == kText + 0x20000);
    }
}

BOOST_AUTO_TEST_CASE(tables_that_no_search_finds) {
    const auto searched = [](std::string_view part, std::uint64_t offset, auto value) {
        Opened opened({.wide = false, .named = false});
        damage(opened, part, offset, value);
        BOOST_TEST(!opened.open().ok());
        const auto tables = search_kallsyms(**opened.space);
        return tables ? "found" : tables.error().message;
    };
    BOOST_TEST(searched("markers", 0, std::uint32_t{0}) == "found");
    BOOST_TEST(mentions(searched("token_index", 100, std::uint16_t{7}), "no table of tokens"));
    BOOST_TEST(mentions(searched("tokens", 5, std::uint16_t{0}), "no table of tokens"));
    BOOST_TEST(mentions(searched("markers", 4, std::uint32_t{0xfffffff0}), "no markers"));
    BOOST_TEST(mentions(searched("count", 0, std::uint32_t{5}), "no names"));
    BOOST_TEST(mentions(searched("count", 0, std::uint32_t{603}), "no names"));
    BOOST_TEST(mentions(searched("base", 0, std::uint64_t{5}), "no names"));
    Opened opened({.named = false});
    BOOST_TEST(!opened.open().ok());
    opened.image.drop_page(opened.image.at("tokens"));
    BOOST_TEST(!search_kallsyms(**opened.space).ok());
}

BOOST_AUTO_TEST_CASE(tables_that_nobody_names) {
    Opened opened({.named = false});
    BOOST_TEST(mentions(opened.refusal(), "does not say where"));
    Opened other;
    other.image.vmcoreinfo.replace(other.image.vmcoreinfo.find("_stext"), 6, "_ntext");
    BOOST_TEST(mentions(other.refusal(), "no _stext"));
}

BOOST_AUTO_TEST_CASE(another_kernels_stext_fits_no_encoding) {
    Opened opened;
    const std::string right = fmt::format("SYMBOL(_stext)={:x}", kText);
    opened.image.vmcoreinfo.replace(opened.image.vmcoreinfo.find(right), right.size(),
                                    "SYMBOL(_stext)=ffffffff81200000");
    BOOST_TEST(mentions(opened.refusal(), "no known encoding"));
}

BOOST_AUTO_TEST_CASE(hostile_numbers_are_refused) {
    for (const std::uint32_t count : {0U, 0xffffffffU, 1U << 23}) {
        Opened opened;
        damage(opened, "count", 0, count);
        BOOST_TEST(mentions(opened.refusal(), "symbols"), count);
    }
    Opened more;  // than there are: the names run into what follows
    damage(more, "count", 0, std::uint32_t{1U << 22});
    auto found = more.open();
    BOOST_TEST_REQUIRE(found.ok());
    BOOST_TEST(!found->find("no such").has_value());
    BOOST_TEST(found->find("modules").has_value());
    BOOST_TEST(!found->each([](const Kallsyms::Symbol&) {}).ok());

    Opened length;  // of the first name
    damage(length, "names", 0, std::uint16_t{0xffff});
    BOOST_TEST(mentions(length.refusal(), "tokens"));
    Opened none;
    damage(none, "names", 0, std::uint8_t{0});
    BOOST_TEST(mentions(none.refusal(), "a name of 0 tokens"));
    Opened token;
    damage(token, "token_index", 2 * 100, std::uint16_t{0xfff0});
    BOOST_TEST(mentions(token.refusal(), "outside of its table"));
    Opened base;
    damage(base, "base", 0, std::uint64_t{0x41414141});
    BOOST_TEST(mentions(base.refusal(), "no known encoding"));
}

BOOST_AUTO_TEST_CASE(what_is_not_in_the_dump_is_said) {
    for (const char* part : {"count", "tokens", "token_index", "names", "base"}) {
        Opened opened;
        opened.image.drop_page(opened.image.at(part));
        BOOST_TEST(mentions(opened.refusal(), "kallsyms_"), part);
    }
    // A page of names: what stands before is still found.
    Opened cut;
    cut.image.drop_page(cut.image.at("names") + 4096);
    auto found = cut.open();
    BOOST_TEST_REQUIRE(found.ok());
    BOOST_TEST(found->find("function_0").has_value());
    BOOST_TEST(!found->find("twice").has_value());
    const auto all = found->each([](const Kallsyms::Symbol&) {});
    BOOST_TEST_REQUIRE(!all.ok());
    BOOST_TEST(mentions(all.error().message, "kallsyms_names"));
}

BOOST_DATA_TEST_CASE(names_for_addresses, bdata::make(kRows), row) {
    Opened kernel(row.form);
    auto opened = kernel.open();
    BOOST_TEST_REQUIRE(opened.ok());
    const auto nearest = [&](std::uint64_t at) {
        const auto found = opened->nearest({at});
        return found ? fmt::format("{}+{:#x}", found->name, at - found->address.value) : "none";
    };
    // Of several at one address the first; what is behind the last belongs to it.
    BOOST_TEST(nearest(kText) == "_stext+0x0");
    BOOST_TEST(nearest(kText + 16) == "function_1+0x0");
    BOOST_TEST(nearest(kText + 16 * 500 + 15) == "function_500+0xf");
    BOOST_TEST(nearest(kText + 0x20015) == "twice+0x5");
    BOOST_TEST(nearest(kText + 0x30000) == "twice+0xffe0");
    if (row.form.places != Places::PerCpuAbsolute) BOOST_TEST(nearest(kText - 1) == "none");
}

BOOST_AUTO_TEST_SUITE_END()
