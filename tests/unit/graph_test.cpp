// SPDX-License-Identifier: GPL-2.0-or-later
// What kstrax-graph hands to gnuplot: axes, bins, and text that nothing executes.
#include <fmt/format.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <set>

#include "analyzer/graph/colours.hpp"
#include "analyzer/graph/scale.hpp"
#include "analyzer/graph/script.hpp"
#include "tests/support/reports.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

std::string words(const std::vector<Mark>& marks) {
    std::string text;
    for (const Mark& mark : marks) text += (text.empty() ? "" : " ") + mark.text;
    return text;
}

/// A CPU whose thread makes calls one after the other: 200 ns each, but one.
class SteadyCpu final : public SlotSource {
  public:
    SteadyCpu(const Layout& layout, std::uint64_t calls) : layout_(layout), records_(2 * calls) {}

    std::optional<SlotRun> next() override {
        if (position_ == records_) return std::nullopt;
        SlotRun run;
        run.first_position = position_;
        run.count = std::min<std::uint64_t>(4096, records_ - position_);
        slots_.assign(run.count * layout_.size, std::byte{});
        for (std::uint64_t i = 0; i < run.count; ++i, ++position_)
            encode_entry(layout_, entry_at(position_), std::span(slots_).subspan(i * layout_.size, layout_.size));
        run.slots = slots_;
        return run;
    }
    void rewind() override { position_ = 0; }

    static constexpr Nanos kSlow = 3'000'000;

  private:
    [[nodiscard]] Entry entry_at(std::uint64_t position) const {
        const bool slow = position / 2 == records_ / 4;  // the one in the middle
        const bool after = position / 2 > records_ / 4;
        Entry entry{};
        entry.serial = static_cast<std::uint32_t>(position + 1);
        entry.time = 1000 + position * 200 + (after || (slow && position % 2 == 1) ? kSlow : 0);
        entry.pid = entry.tgid = 7;
        entry.nr = slow ? 74 : static_cast<std::uint16_t>(position / 2 % 2);  // fsync among read and write
        entry.kind = position % 2 == 0 ? KSTRAX_KIND_ENTRY : KSTRAX_KIND_EXIT;
        return entry;
    }

    const Layout& layout_;
    std::uint64_t records_;
    std::uint64_t position_ = 0;
    std::vector<std::byte> slots_;
};

Recording steady_recording(std::uint64_t calls) {
    Recording recording;
    recording.facts = parse_script("").facts;
    recording.layout = find_layout(KSTRAX_LAYOUT_X86_64);
    CpuTrack track;
    track.head = 2 * calls;
    track.slots = std::make_unique<SteadyCpu>(*recording.layout, calls);
    recording.cpus.push_back(std::move(track));
    return recording;
}

const PictureForm& form(std::string_view suffix) {
    for (const PictureForm& each : picture_forms())
        if (each.suffix == suffix) return each;
    throw std::runtime_error("no such form");
}

std::string script_of(const Recording& recording, std::string_view mode, std::string_view suffix,
                      const std::string& source = "source") {
    const GraphRequest request{find_graph_mode(mode), source};
    Extent extent;
    const auto figures = gather_figures(recording, request, extent);
    BOOST_REQUIRE(figures.ok());
    if (!request.mode->is_time_line()) return bars_script(form(suffix), *request.mode, *figures);
    auto line = draw_time_line(recording, request, *figures, extent, kPictureColumns, kPictureRows);
    BOOST_REQUIRE(line.ok());
    return time_line_script(form(suffix), recording, *figures, std::move(*line));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(graph)

BOOST_AUTO_TEST_CASE(numbers_carry_their_unit) {
    BOOST_TEST(duration_text(0) == "0 ns");
    BOOST_TEST(duration_text(999) == "999 ns");
    BOOST_TEST(duration_text(1000) == "1 µs");
    BOOST_TEST(duration_text(1234) == "1.23 µs");
    BOOST_TEST(duration_text(12'345'678) == "12.3 ms");
    BOOST_TEST(duration_text(999'600) == "1 ms");
    BOOST_TEST(duration_text(4'200'000'000'000) == "4200 s");
    BOOST_TEST(count_text(999) == "999");
    BOOST_TEST(count_text(123'456) == "123k");
    BOOST_TEST(count_text(10'000'000) == "10M");
}

BOOST_AUTO_TEST_CASE(a_logarithmic_axis_has_marks) {
    BOOST_TEST(words(log_marks(50, 2e6, true, 12)) == "100 ns 1 µs 10 µs 100 µs 1 ms");
    BOOST_TEST(words(log_marks(0.5, 5e6, false, 3)) == "1 1k 1M");
    // Less than a decade: more marks within it.
    BOOST_TEST(words(log_marks(150, 900, true, 12)) == "200 ns 500 ns");
}

BOOST_AUTO_TEST_CASE(a_linear_axis_begins_at_zero) {
    BOOST_TEST(words(linear_marks(2.4e9, true, 6)) == "0 500 ms 1 s 1.5 s 2 s");
    BOOST_TEST(words(linear_marks(590, false, 6)) == "0 200 400");
    BOOST_TEST(words(linear_marks(1, false, 6)) == "0 1");
    BOOST_TEST(linear_marks(1.8e19, true, 6).size() <= 6U);
}

BOOST_AUTO_TEST_CASE(frequent_calls_have_colours_of_their_own) {
    std::set<std::uint32_t> colours;
    for (const std::string_view name : {"read", "write", "openat", "close", "futex", "recvfrom", "sendto", "poll", "wait4",
                                        "clock_nanosleep", "mmap", "fsync", "syscall_999", "compat:read"})
        colours.insert(colour_of(name));
    BOOST_TEST(colours.size() == 14U);
    BOOST_TEST(colours.count(kOthersColour) == 0U);
}

BOOST_AUTO_TEST_CASE(a_time_axis_has_marks_at_round_moments) {
    Recording recording;
    recording.facts = parse_script("").facts;
    recording.facts.start_monotonic_ns = 0;
    recording.facts.start_realtime_ns = 1'700'000'000'250'000'000;  // 22:13:20.25
    BOOST_TEST(words(time_marks(recording, 0, 1'000'000'000, 6)) ==
               "22:13:20.4 22:13:20.6 22:13:20.8 22:13:21.0 22:13:21.2");
    BOOST_TEST(words(time_marks(recording, 0, 200'000'000'000, 5)) == "22:14:00 22:15:00 22:16:00");
    const auto marks = time_marks(recording, 0, 2000, 8);
    BOOST_REQUIRE(marks.size() > 1U);
    BOOST_TEST(marks[1].text == "22:13:20.2500005");
}

BOOST_AUTO_TEST_CASE(a_recording_without_facts_has_seconds) {
    const Recording recording;
    BOOST_TEST(words(time_marks(recording, 1'000'000'000, 3'000'000'000, 4)) == "1 2 3");
}

BOOST_AUTO_TEST_CASE(hostile_times_give_an_axis) {
    Recording recording;
    recording.facts.start_realtime_ns = std::numeric_limits<std::int64_t>::min();
    BOOST_TEST(time_marks(recording, 1, std::numeric_limits<Nanos>::max(), 8).size() <= 8U);
    BOOST_TEST(time_marks(recording, 5, 5, 8).size() <= 1U);
}

BOOST_AUTO_TEST_CASE(a_cell_shows_the_rarest_call_and_keeps_it_when_cells_grow) {
    Cells cells(5, 3);
    cells.put(4, 2, 3);
    cells.put(4, 2, 1);
    cells.put(0, 0, 0);
    BOOST_TEST(cells.at(4, 2) == 3);
    BOOST_TEST(cells.occupied() == 2U);
    const Cells wider = cells.coarser(true);
    BOOST_TEST(wider.columns() == 3U);
    BOOST_TEST(wider.at(2, 2) == 3);
    BOOST_TEST(wider.coarser(false).at(2, 1) == 3);
    BOOST_TEST(wider.occupied() == 2U);
}

// G5, with more calls than any picture has dots: the script stays small, and the one slow call among them shows.
BOOST_AUTO_TEST_CASE(g5_the_one_slow_call_of_a_million_is_drawn) {
    const Recording recording = steady_recording(1'000'000);
    for (const std::string_view suffix : {".gp", ".svg"}) {
        const std::string script = script_of(recording, "EXEC", suffix);
        BOOST_TEST(script.size() < 4'000'000U);
        const auto legend = script.find("fsync  (1)");
        BOOST_TEST(legend != script.npos);
        // It alone took milliseconds: one dot above 1 ms.
        std::size_t slow = 0;
        for (const std::string& line : lines_of(script)) {
            double second = 0;
            double nanos = 0;
            if (std::sscanf(line.c_str(), "%lf %lf", &second, &nanos) == 2 && line.find_first_not_of("0123456789.e+- ") == line.npos)
                slow += nanos > 1e6;
        }
        BOOST_TEST(slow == 1U);
    }
}

BOOST_AUTO_TEST_CASE(a_drawing_limits_its_dots) {
    const Recording recording = steady_recording(20'000);
    const GraphRequest request{find_graph_mode("EXEC"), "source"};
    Extent extent;
    const auto figures = gather_figures(recording, request, extent);
    BOOST_REQUIRE(figures.ok());
    auto line = draw_time_line(recording, request, *figures, extent, kPictureColumns, kPictureRows);
    BOOST_REQUIRE(line.ok());
    BOOST_TEST(line->occupied() > 100U);
    line->limit(100);
    BOOST_TEST(line->occupied() <= 100U);
    BOOST_TEST(line->occupied() > 0U);
}

BOOST_AUTO_TEST_CASE(text_stands_in_blocks_only) {
    Recording recording = steady_recording(100);
    constexpr std::string_view kHost = "h'\"`touch a`\nend_of_block\nsystem('b') $c @d";
    std::copy(kHost.begin(), kHost.end(), recording.facts.host_name);
    recording.facts.host_name[kHost.size()] = 0;
    for (const std::string_view mode : {"ALL", "EXEC"}) {
        const std::string script = script_of(recording, mode, ".gp", "end_of_block\nprint 1");
        std::string outside;
        bool inside = false;
        for (const std::string& line : lines_of(script)) {
            if (line == "end_of_block") inside = false;
            if (!inside) outside += line + "\n";
            if (line.ends_with("<< end_of_block")) inside = true;
        }
        BOOST_TEST(script.find("touch a") != script.npos);
        for (const std::string_view word : {"touch", "system", "print", "`"}) BOOST_TEST(outside.find(word) == outside.npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
