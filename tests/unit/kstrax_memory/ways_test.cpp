// SPDX-License-Identifier: GPL-2.0-or-later
// The ways to a recording: which is gone, what it gives, and what is said of it.
#include "analyzer/importers/kstrax_memory/ways.hpp"

#include <fmt/core.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "tests/support/kernel/kallsyms_image.hpp"
#include "tests/support/reports.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kText = KallsymsImage::kText;
constexpr std::uint64_t kList = kText + 0x20000;  // `modules`
constexpr std::uint64_t kOther = 0xffffffffc0100000;
constexpr std::uint64_t kBuf = 0xffffffffc0201000;
constexpr std::uint64_t kDirect = 0xffff888000000000;
constexpr std::uint64_t kStruct = 0x140;  // of struct module in its page

/// A kernel with two modules in its list, the second one kstrax_buf, and its recording.
struct Loaded {
    explicit Loaded(bool named = true)
        : image({.named = named}, {{0, 'A', "fixed_percpu_data"}, {kText, 'T', "_stext"}, {kList, 'd', "modules"}}) {
        image.map(kList);
        image.map(kOther);
        image.map(kBuf);
        image.map(kBuf + 4096);
        put(kList, kOther + kStruct + 8);
        put_module(kOther, "ctr_mod", kBuf + kStruct + 8, kList);
        put_module(kBuf, "kstrax_buf", kList, kOther + kStruct + 8);
        put(kBuf + 0x40, kBuf);  // words that point to pages, but to no anchor
        put(kBuf + 0x48, std::uint64_t{0xfffffff000});
        places = add_recording(1);
        put(kBuf + 4096 + 0xf00, kDirect + places.anchor.value);
    }

    RingPlaces add_recording(std::uint64_t instance) {
        Script script = parse_script("cpus 1\n0 100 tid=10 read\n0 110 tid=10 read = 1\n");
        script.facts.instance_id = instance;
        script.facts.start_realtime_ns = instance;
        const RingPlaces made = place_rings(script, image.memory);
        set_virtual(made);
        image.map(kDirect + made.anchor.value, made.anchor);
        return made;
    }
    void set_virtual(const RingPlaces& made) {
        image.memory.put(KSTRAX_TEST_AT(made.anchor, kstrax_anchor, virt_addr), kDirect + made.anchor.value);
        seal_anchor(image.memory, made.anchor);
    }
    void put(std::uint64_t at, std::uint64_t word) { image.write(at, bytes_of(word)); }
    void put_module(std::uint64_t page, std::string_view name, std::uint64_t next, std::uint64_t previous) {
        put(page + kStruct + 8, next);
        put(page + kStruct + 16, previous);
        put(next + 8, page + kStruct + 8);
        image.write(page + kStruct + 24, as_bytes(name));
    }

    KallsymsImage image;
    RingPlaces places;
};

/// Memory that it is costly to search, or not; counts how often it was.
class Machine final : public MemorySource {
  public:
    Machine(const Loaded& kernel, bool costly)
        : view_(kernel.image.memory), text_(kernel.image.vmcoreinfo), costly_(costly) {}
    [[nodiscard]] std::string_view format() const override { return "test machine"; }
    [[nodiscard]] std::uint64_t page_size() const override { return view_.page_size(); }
    [[nodiscard]] std::uint64_t memory_size() const override { return view_.memory_size(); }
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override { return view_.read(at, out); }
    [[nodiscard]] std::string_view vmcoreinfo() const override { return text_; }
    [[nodiscard]] bool costly_to_scan() const override { return costly_; }
    std::uint64_t scan(const PageVisitor& visit) const override {
        ++scans;
        return view_.scan(visit);
    }
    mutable int scans = 0;

  private:
    MemoryView view_;
    std::string text_;
    bool costly_;
};

/// What `locate` came to, and how.
struct Told {
    explicit Told(const Loaded& kernel, bool costly = true, bool search = false) {
        const Machine machine(kernel, costly);
        located = locate(machine, {.way = search ? std::optional(Way::Scan) : std::nullopt});
        scans = machine.scans;
    }
    [[nodiscard]] std::string of(std::string_view way) const {
        for (const WayTold& told : located.story)
            if (told.way == way) return told.said;
        return "no such way";
    }
    [[nodiscard]] bool says(std::string_view way, std::string_view words) const {
        return of(way).find(words) != std::string::npos;
    }
    [[nodiscard]] std::uint64_t first() const {
        return located.anchors.empty() ? 0 : located.anchors[0].block.facts.instance_id;
    }
    Located located;
    int scans = 0;
};

void change(Loaded& kernel, std::string_view from, std::string_view to) {
    auto& text = kernel.image.vmcoreinfo;
    const std::size_t at = text.find(from);
    BOOST_REQUIRE(at != text.npos);
    text.replace(at, from.size(), to);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ways)

BOOST_AUTO_TEST_CASE(the_list_of_modules_spares_a_search) {
    const Told told(Loaded{});
    BOOST_TEST(told.scans == 0);
    BOOST_TEST(told.first() == 1U);
    BOOST_TEST(!told.located.scanned);
    BOOST_TEST(told.located.found_by == "the kernel's list of modules");
    BOOST_TEST(told.says("address space", "build 00112233"));
    BOOST_TEST(told.says("list of modules",
                         "3 symbols (base-relative, per-CPU absolute); kstrax_buf is module 2 of the "
                         "list, at 0xffffffffc0201140"));
    BOOST_TEST(told.says("modules' memory", "not needed"));
    BOOST_TEST(told.says("page scan", "not made"));
}

BOOST_AUTO_TEST_CASE(without_symbols_the_modules_memory_does) {
    const Told told(Loaded(false));
    BOOST_TEST(told.scans == 0);
    BOOST_TEST(told.first() == 1U);
    BOOST_TEST(told.says("list of modules", "nothing: VMCOREINFO does not say"));
    BOOST_TEST(told.says("modules' memory", "kstrax_buf is at 0xffffffffc0201140"));
}

BOOST_AUTO_TEST_CASE(what_is_cheap_to_search_is_searched) {
    const Told told(Loaded{}, false);
    BOOST_TEST(told.scans == 1);
    BOOST_TEST(told.first() == 1U);
    BOOST_TEST(told.located.found_by == "page scan");
    BOOST_TEST(told.says("list of modules", "not needed: all of memory is searched"));
}

BOOST_AUTO_TEST_CASE(an_older_recording_is_found_where_it_is_asked_for) {
    Loaded kernel;
    (void)kernel.add_recording(2);  // begun later, by its clock, but no module's
    for (const auto& [costly, search] : {std::pair{true, true}, std::pair{false, false}}) {
        const Told told(kernel, costly, search);
        BOOST_TEST(told.scans == 1);
        BOOST_TEST(told.located.anchors.size() == 2U);
        BOOST_TEST(told.first() == 1U);
        BOOST_TEST(told.says("the kernel's own", "it comes first of 2"));
    }
    const Told alone(kernel);
    BOOST_TEST(alone.located.anchors.size() == 1U);
    BOOST_TEST(alone.first() == 1U);
    BOOST_TEST(alone.says("page scan", "other recordings, if there are any"));
    // Where the kernel does not tell, it is the clocks.
    kernel.put(kBuf + 4096 + 0xf00, 0);
    BOOST_TEST(Told(kernel, false).first() == 2U);
}

BOOST_AUTO_TEST_CASE(names_that_are_no_module_are_passed_over) {
    Loaded kernel(false);
    // Of the kernel's image, and a stale copy of struct module, both with a pointer to the anchor.
    for (const std::uint64_t page : {std::uint64_t{0xffffffffa0100000}, std::uint64_t{0xffffffffc0080000}}) {
        kernel.image.map(page);
        kernel.image.write(page + kStruct + 24, as_bytes("kstrax_buf"));
        kernel.put(page + kStruct + 8, kList);
        kernel.put(page + 0xf00, kDirect + kernel.places.anchor.value);
    }
    BOOST_TEST(Told(kernel).says("modules' memory", "kstrax_buf is at 0xffffffffc0201140"));
}

BOOST_AUTO_TEST_CASE(vmcoreinfo_that_is_wrong_is_said_and_passed_over) {
    struct {
        std::string_view from, to, words;
    } const rows[] = {
        {"SYMBOL(swapper_pg_dir)=ffffffff8", "SYMBOL(swapper_pg_dir)=ffffffff9", "does not map itself"},
        {"SYMBOL(swapper_pg_dir)=ffffffff8", "SYMBOL(swapper_pg_dir)=0", "does not say which architecture"},
        {"phys_base)=0", "phys_base)=18446744073709551615", "does not map itself"},
        {"SYMBOL(swapper_pg_dir)", "NOTHING", "nor does its VMCOREINFO tell"},
    };
    for (const auto& row : rows) {
        Loaded kernel;
        change(kernel, row.from, row.to);
        const Told told(kernel);
        BOOST_TEST(told.says("address space", row.words), told.of("address space"));
        BOOST_TEST(told.says("list of modules", "nothing: "));
        BOOST_TEST(told.says("modules' memory", "nothing: "));
        BOOST_TEST(told.says("page scan", "found: "));
        BOOST_TEST(told.first() == 1U);
    }
    Loaded zeroed;
    zeroed.image.vmcoreinfo.assign(zeroed.image.vmcoreinfo.size(), '\0');
    BOOST_TEST(Told(zeroed).first() == 1U);
    Loaded missing;
    missing.image.vmcoreinfo.clear();
    BOOST_TEST(Told(missing).first() == 1U);
    // It may be in memory: what is said before that is searched is of the headers.
    BOOST_TEST(Told(missing).says("address space", "its headers carry no VMCOREINFO"));
    Loaded moved;  // another boot of the same kernel: its symbols do not fit
    change(moved, fmt::format("_stext)={:x}", kText), "_stext)=ffffffff9e000000");
    const Told told(moved);
    BOOST_TEST(told.says("list of modules", "in no known encoding"));
    BOOST_TEST(told.says("modules' memory", "found: "));
    BOOST_TEST(told.first() == 1U);
}

BOOST_AUTO_TEST_CASE(lists_that_lead_nowhere_end) {
    Loaded circle;
    circle.put(kOther + kStruct + 8, kOther + kStruct + 8);
    Told told(circle);
    BOOST_TEST(told.says("list of modules", "no end after"));
    BOOST_TEST(told.first() == 1U);
    Loaded broken;
    broken.put(kOther + kStruct + 8, 0x1000);
    told = Told(broken);
    BOOST_TEST(told.says("list of modules", "breaks off after 2"));
    BOOST_TEST(told.first() == 1U);
    Loaded empty;
    empty.put(kList, kList);
    BOOST_TEST(Told(empty).says("list of modules", "not among the 0 modules"));
}

BOOST_AUTO_TEST_CASE(a_damaged_anchor_is_left_to_the_search) {
    Loaded kernel;
    kernel.image.memory.flip(KSTRAX_TEST_AT(kernel.places.anchor, kstrax_anchor, facts.host_name), 1);
    const Told told(kernel);
    BOOST_TEST(told.says("list of modules", "nothing there leads to a whole anchor"));
    BOOST_TEST(told.says("modules' memory", "nothing: "));
    BOOST_TEST(told.scans == 1);
    BOOST_TEST(told.first() == 1U);
    BOOST_TEST(!told.located.anchors[0].crc_ok);
    Loaded unloaded;
    unloaded.put(kBuf + 4096 + 0xf00, 0);
    BOOST_TEST(Told(unloaded).says("page scan", "found: "));
}

BOOST_AUTO_TEST_SUITE_END()
