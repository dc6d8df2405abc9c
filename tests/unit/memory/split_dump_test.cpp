// SPDX-License-Identifier: GPL-2.0-or-later
// kdump-compressed dumps in several files (makedumpfile --split).
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <mutex>
#include <set>

#include "analyzer/memory/open/open_memory.hpp"
#include "tests/support/dumps/kdump_image.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kFrames = 9000;  // more than one block of the bitmap's ranks
constexpr FrameRange kParts[] = {{0, 100}, {100, 5000}, {5000, kFrames}};
constexpr std::uint64_t kPages[] = {3, 4, 99, 100, 170, 4095, 4096, 4999, 5000, 5001, 8999};
constexpr std::uint64_t kZero = 170;

Memory few_pages(char start = 'a') {
    Memory memory(4096, kFrames);
    for (const std::uint64_t frame : kPages) {
        std::string page(4096, '\0');
        if (frame != kZero)
            for (std::size_t i = 0; i < page.size(); ++i) page[i] = static_cast<char>(start + (i / 16 + frame) % 20);
        memory.write({frame * 4096}, as_bytes(page));
    }
    return memory;
}

/// The files of a split dump, opened in the order of the digits.
struct Set {
    explicit Set(const std::string& order, KdumpForm form = {}, const Memory& memory = few_pages()) {
        std::vector<std::string> names;
        for (const char digit : order) names.push_back(part(digit - '0', form, memory));
        open(names);
    }
    explicit Set(const std::vector<std::string>& names) { open(names); }

    std::string part(int number, KdumpForm form = {}, const Memory& memory = few_pages()) const {
        form.part = kParts[number];
        return folder.write("part" + std::to_string(number), kdump_image(memory, form).bytes);
    }
    void open(const std::vector<std::string>& names) {
        opened = std::make_unique<Result<OpenedMemory>>(open_memory(std::span(names)));
    }
    [[nodiscard]] const MemorySource& memory() const { return *(*opened)->memory; }
    [[nodiscard]] Result<void> read(std::uint64_t frame) const {
        out.assign(4096, '\0');
        return memory().read({frame * 4096}, std::as_writable_bytes(std::span(out)));
    }
    /// Every page of these frames is right, read and scanned; the others fail and are counted.
    void holds(const std::set<std::uint64_t>& frames) const {
        const Memory expected = few_pages();
        BOOST_REQUIRE(opened->ok());
        for (const std::uint64_t frame : kPages) {
            const auto done = read(frame);
            BOOST_TEST(done.ok() == frames.contains(frame), "frame " << frame);
            if (done) BOOST_TEST((out == expected.pages().at(frame)), "frame " << frame);
            else BOOST_TEST((done.error().code == ErrorCode::Truncated));
        }
        std::set<std::uint64_t> shown;
        std::mutex mutex;
        const std::uint64_t unreadable = memory().scan([&](PhysAddr first, Bytes page) {
            const std::lock_guard lock(mutex);
            BOOST_TEST((as_text(page) == expected.pages().at(first.value / 4096)));
            shown.insert(first.value / 4096);
        });
        BOOST_TEST((shown == frames));
        BOOST_TEST(unreadable == std::size(kPages) - frames.size());
    }
    void fails(std::string_view words) const {
        BOOST_REQUIRE(!opened->ok());
        BOOST_TEST(opened->error().message.find(words) != std::string::npos, opened->error().message);
    }

    TempFolder folder;
    std::unique_ptr<Result<OpenedMemory>> opened;
    mutable std::string out;
};

const std::set<std::uint64_t> kAll(std::begin(kPages), std::end(kPages));

std::set<std::uint64_t> without(FrameRange range) {
    std::set<std::uint64_t> frames;
    for (const std::uint64_t frame : kPages)
        if (frame < range.first || frame >= range.end) frames.insert(frame);
    return frames;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(split_dumps)

BOOST_AUTO_TEST_CASE(a_set_is_one_dump_in_any_order_and_any_header) {
    for (const char* order : {"012", "021", "102", "120", "201", "210"})
        for (const std::uint8_t word : {std::uint8_t{4}, std::uint8_t{8}})
            for (std::uint32_t version = 2; version <= 6; ++version)
                BOOST_TEST_CONTEXT("order " << order << ", version " << version << ", word " << int{word}) {
                    const Set set(order, {.version = version, .word_size = word});
                    set.holds(kAll);
                    BOOST_TEST(set.memory().findings().empty());
                    BOOST_TEST((*set.opened)->files.size() == 3U);
                }
}

BOOST_AUTO_TEST_CASE(what_is_there_of_a_set_is_read_and_the_rest_is_named) {
    for (const auto& [order, missing, words] : {std::tuple{"12", kParts[0], "3 pages of frames 0x0 to 0x63"},
                                                std::tuple{"20", kParts[1], "5 pages of frames 0x64 to 0x1387"},
                                                std::tuple{"10", kParts[2], "3 pages of frames 0x1388 to"}}) {
        const Set set(order);
        set.holds(without(missing));
        const auto damage = texts(set.memory().findings());
        BOOST_REQUIRE(damage.size() == 1U);
        BOOST_TEST(damage[0].find(words) != std::string::npos, damage[0]);
    }
    const Set alone("1");
    alone.holds({100, 170, 4095, 4096, 4999});
    BOOST_TEST(alone.memory().findings().size() == 2U);
}

BOOST_AUTO_TEST_CASE(a_file_named_twice_is_told_and_read_once) {
    for (const char* order : {"0112", "2010", "00012"}) {
        const Set set(order);
        set.holds(kAll);
        const auto damage = texts(set.memory().findings());
        BOOST_REQUIRE(damage.size() == std::string(order).size() - 3);
        BOOST_TEST(damage[0].find("named once") != std::string::npos, damage[0]);
    }
}

BOOST_AUTO_TEST_CASE(a_missing_range_without_pages_is_no_damage) {
    const TempFolder folder;
    const Memory memory = few_pages();
    const std::string low = folder.write("low", kdump_image(memory, {.part = FrameRange{0, 100}}).bytes);
    const std::string high = folder.write("high", kdump_image(memory, {.part = FrameRange{100, 9000}}).bytes);
    const std::string none = folder.write("none", kdump_image(memory, {.part = FrameRange{9000, 9000}}).bytes);
    const Set set({none, high, low});
    set.holds(kAll);
    BOOST_TEST(set.memory().findings().empty());
    Set(std::vector{none}).fails("no page frames");
}

BOOST_AUTO_TEST_CASE(files_that_overlap_are_told_and_read) {
    const TempFolder folder;
    std::vector<std::string> names;
    for (const FrameRange range : {FrameRange{0, 5000}, {100, 200}, {4500, 9000}})
        names.push_back(
            folder.write("part" + std::to_string(range.first), kdump_image(few_pages(), {.part = range}).bytes));
    const Set set(names);
    set.holds(kAll);
    const auto damage = texts(set.memory().findings());
    BOOST_REQUIRE(damage.size() == 2U);
    BOOST_TEST(damage[0].find("overlap") != std::string::npos, damage[0]);
}

BOOST_AUTO_TEST_CASE(files_of_different_dumps_are_refused) {
    const TempFolder folder;
    const auto write = [&](const char* name, const Memory& memory, const KdumpForm& form) {
        return folder.write(name, kdump_image(memory, form).bytes);
    };
    Memory more = few_pages();
    more.write({8000 * 4096}, as_bytes("x"));
    const std::string low = write("low", few_pages(), {.part = kParts[0], .vmcoreinfo = "A=1\n"});
    const std::string others[] = {
        write("kernel", few_pages(), {.part = kParts[1], .vmcoreinfo = "A=2\n"}),
        write("pages", more, {.part = kParts[1], .vmcoreinfo = "A=1\n"}),
        write("machine", few_pages(), {.part = kParts[1], .vmcoreinfo = "A=1\n", .machine = "ia64"}),
    };
    for (const std::string& other : others) Set({low, other}).fails(other + ": belongs to another dump than " + low);
    Set({low, write("whole", few_pages(), {})}).fails("not a file of a split dump");
    Set({low, folder.write("raw", std::string(2 << 20, 'x'))}).fails("not a file of a split dump");
    Set({write("one", few_pages(), {}), write("two", few_pages(), {})}).fails("one too many");
    Set({low, folder.path("missing")}).fails("missing: cannot open");
}

BOOST_AUTO_TEST_CASE(each_file_tells_its_own_damage) {
    Set set("0");
    const std::string low = set.part(0), middle = set.part(1), high = set.part(2, {.status = 1 | 8});
    const std::string bytes = read_file(middle);
    set.folder.write("part1", std::string_view(bytes).substr(0, bytes.size() - 5));
    set.open({low, middle, high});
    BOOST_REQUIRE(set.opened->ok());
    const auto damage = texts(set.memory().findings());
    BOOST_REQUIRE(damage.size() == 2U);
    BOOST_TEST(damage[0].starts_with(middle + ": the file is cut off"), damage[0]);
    BOOST_TEST(damage[1].starts_with(high + ": the dump's header marks it incomplete"), damage[1]);
    BOOST_TEST(!set.read(4999).ok());
    BOOST_TEST(set.read(4096).ok());
}

BOOST_AUTO_TEST_CASE(hostile_ranges_bring_nothing_down) {
    const Memory memory = few_pages();
    constexpr std::uint64_t kEdges[] = {0, 1, 99, 100, 4096, 8999, 9000, 9216, 100000, 1ULL << 52, ~0ULL};
    const TempFolder folder;
    for (const std::uint64_t first : kEdges)
        for (const std::uint64_t end : kEdges) {
            std::string bytes = kdump_image(memory, {.part = kParts[1]}).bytes;
            bytes.replace(4096 + 0x50, 8, as_text(bytes_of(first)));
            bytes.replace(4096 + 0x58, 8, as_text(bytes_of(end)));
            const Set set(
                {folder.write("odd", bytes), folder.write("low", kdump_image(memory, {.part = kParts[0]}).bytes)});
            if (!set.opened->ok()) continue;
            for (const std::uint64_t frame : kPages) (void)set.read(frame);
            (void)set.memory().scan([](PhysAddr, Bytes) {});
            (void)set.memory().findings();
        }
}

BOOST_AUTO_TEST_SUITE_END()
