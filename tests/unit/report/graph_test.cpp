// SPDX-License-Identifier: GPL-2.0-or-later
// What kstrax-graph hands to gnuplot: axes, bins, and text that nothing executes.
#include <fmt/core.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <limits>
#include <set>

#include "analyzer/graph/colours.hpp"
#include "analyzer/graph/gnuplot/script.hpp"
#include "analyzer/graph/scale.hpp"
#include "analyzer/importers/kstrax/from_abi.hpp"
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
class SteadyCursor final : public SlotCursor {
  public:
    SteadyCursor(const Layout& layout, std::uint64_t calls) : layout_(layout), records_(2 * calls) {}

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

class SteadyCpu final : public SlotSource {
  public:
    static constexpr Nanos kSlow = SteadyCursor::kSlow;
    SteadyCpu(const Layout& layout, std::uint64_t calls) : layout_(layout), calls_(calls) {}
    [[nodiscard]] std::unique_ptr<SlotCursor> open() const override {
        return std::make_unique<SteadyCursor>(layout_, calls_);
    }

  private:
    const Layout& layout_;
    std::uint64_t calls_;
};

Recording steady_recording(std::uint64_t calls) {
    Recording recording;
    recording.facts = facts_of(parse_script("").facts);
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
    if (!request.mode->is_time_line()) return bars_script(form(suffix), *request.mode, *figures).script;
    auto line = draw_time_line(recording, request, *figures, extent, picture_columns(extent), kPictureRows);
    BOOST_REQUIRE(line.ok());
    return time_line_script(form(suffix), recording, request, *figures, std::move(*line)).script;
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
    for (const std::string_view name : {"read", "write", "openat", "close", "futex", "recvfrom", "sendto", "poll",
                                        "wait4", "clock_nanosleep", "mmap", "fsync", "syscall_999", "compat:read"})
        colours.insert(colour_of(name));
    BOOST_TEST(colours.size() == 14U);
    BOOST_TEST(colours.count(kOthersColour) == 0U);
}

BOOST_AUTO_TEST_CASE(a_time_axis_has_marks_at_round_moments) {
    Recording recording;
    recording.facts = facts_of(parse_script("").facts);
    recording.facts.start_monotonic_ns = 0;
    recording.facts.start_realtime_ns = 1'700'000'000'250'000'000;  // 22:13:20.25
    BOOST_TEST(words(time_marks(recording, {}, 0, 1'000'000'000, 6)) ==
               "22:13:20.4 22:13:20.6 22:13:20.8 22:13:21.0 22:13:21.2");
    BOOST_TEST(words(time_marks(recording, {}, 0, 200'000'000'000, 5)) == "22:14:00 22:15:00 22:16:00");
    const auto marks = time_marks(recording, {}, 0, 2000, 8);
    BOOST_REQUIRE(marks.size() > 1U);
    BOOST_TEST(marks[1].text == "22:13:20.2500005");
}

BOOST_AUTO_TEST_CASE(a_recording_without_facts_has_seconds) {
    const Recording recording;
    BOOST_TEST(words(time_marks(recording, {}, 1'000'000'000, 3'000'000'000, 4)) == "1 2 3");
}

BOOST_AUTO_TEST_CASE(hostile_times_give_an_axis) {
    Recording recording;
    recording.facts.start_realtime_ns = std::numeric_limits<std::int64_t>::min();
    BOOST_TEST(time_marks(recording, {}, 1, std::numeric_limits<Nanos>::max(), 8).size() <= 8U);
    BOOST_TEST(time_marks(recording, {}, 5, 5, 8).size() <= 1U);
}

BOOST_AUTO_TEST_CASE(a_cell_counts_and_keeps_its_counts_when_cells_grow) {
    Cells cells(5, 3);
    BOOST_TEST(cells.at(4, 2) == 0U);
    cells.add(4, 2);
    cells.add(4, 2, 400'000);
    cells.add(3, 2, ~std::uint64_t{0} / 2);
    BOOST_TEST(cells.at(4, 2) == 400'001U);
    BOOST_TEST(cells.at(3, 2) == ~std::uint32_t{0});
    const Cells wider = cells.coarser(true);
    BOOST_TEST(wider.columns() == 3U);
    BOOST_TEST(wider.at(2, 2) == 400'001U);
    BOOST_TEST(wider.coarser(false).at(2, 1) == 400'001U);
    BOOST_TEST(wider.coarser(false).at(0, 0) == 0U);
}

// One dot may be one call, or 400000: it grows by decades, and never hides a rarer kind.
BOOST_AUTO_TEST_CASE(a_dot_shows_how_many_it_is) {
    BOOST_TEST(size_of(1) == 0U);
    BOOST_TEST(size_of(9) == 0U);
    BOOST_TEST(size_of(10) == 1U);
    BOOST_TEST(size_of(4'000'000'000) == kSizes - 1);
    TimeLine line{.columns = 1, .rows = 1};
    line.legend = {{"read", 400'050, 1}, {"fsync", 1, 2}, {"write", 30, 3}, {"9 others", 3, 4}};
    line.has_others = true;
    line.layers[0].assign(4, Cells(1, 1));
    line.layers[1].assign(4, Cells(1, 1));
    line.layers[0][0].add(0, 0, 400'000);
    line.layers[0][1].add(0, 0, 1);
    line.layers[0][3].add(0, 0, 3);
    std::string seen;
    line.each_dot(Dot::Complete, [&](std::size_t entry, std::size_t, std::size_t, std::uint32_t count) {
        seen += fmt::format("{}:{} ", line.legend[entry].name, count);
    });
    BOOST_TEST(seen == "fsync:1 read:400000 ");  // the others lie below, and no larger
    BOOST_TEST(line.dots() == 2U);
}

// G5, with more calls than any picture has dots: the script stays small, and the one slow call among them shows.
BOOST_AUTO_TEST_CASE(g5_the_one_slow_call_of_a_million_is_drawn) {
    const Recording recording = steady_recording(1'000'000);
    for (const std::string_view suffix : {".gp", ".svg"}) {
        const std::string script = script_of(recording, "EXEC", suffix);
        BOOST_TEST(script.size() < 4'000'000U);
        const auto legend = script.find("fsync (1)");
        BOOST_TEST(legend != script.npos);
        // It alone took milliseconds: one dot above 1 ms.
        std::size_t slow = 0;
        for (const std::string& line : lines_of(script)) {
            double second = 0;
            double nanos = 0;
            if (std::sscanf(line.c_str(), "%lf %lf", &second, &nanos) == 2 &&
                line.find_first_not_of("0123456789.e+- ") == line.npos)
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
    auto line = draw_time_line(recording, request, *figures, extent, picture_columns(extent), kPictureRows);
    BOOST_REQUIRE(line.ok());
    BOOST_TEST(line->dots() > 100U);
    line->limit(100);
    BOOST_TEST(line->dots() <= 100U);
    BOOST_TEST(line->dots() > 0U);
}

/// What a script sets to this, as "xrange [0:", up to the end of that word.
double number_behind(const std::string& script, std::string_view words) {
    const auto place = script.find(words);
    BOOST_REQUIRE(place != script.npos);
    return std::stod(script.substr(place + words.size()));
}

constexpr std::string_view kSleeper =
    "panic 9000000000 0 7\n"
    "0 1000000000 tid=9 futex\n"  // waits for eight seconds
    "0 8500000000 tid=7 read\n"
    "0 8600000000 tid=7 read = 1\n"
    "0 8999999000 tid=7 write\n";

class OneNote final : public TaskNotes {
  public:
    [[nodiscard]] const TaskNote* find(Tid tid) const override {
        static const TaskNote note{
            .tid = 9, .command = "my\x1b\"db", .state = "UN", .running_on = {}, .panicked = false};
        return tid == note.tid ? &note : nullptr;
    }
    [[nodiscard]] std::vector<TaskNote> all() const override { return {}; }
    // It names, and judges nothing.
    [[nodiscard]] bool of_the_end() const override { return false; }
    [[nodiscard]] bool whole() const override { return false; }
};

std::string window_script(const std::optional<Nanos>& window, const TaskNotes* notes, TimeStyle times = {}) {
    const RingImage image(kSleeper);
    const SearchedMemory memory(image.memory);
    const Recording recording = memory.recording();
    GraphRequest request{find_graph_mode("EXEC"), "source"};
    request.filter.window = window;
    request.notes = notes;
    request.times = times;
    Extent extent;
    const auto figures = gather_figures(recording, request, extent);
    BOOST_REQUIRE(figures.ok());
    auto line = draw_time_line(recording, request, *figures, extent, picture_columns(extent), kPictureRows);
    BOOST_REQUIRE(line.ok());
    return time_line_script(form(".gp"), recording, request, *figures, std::move(*line)).script;
}

BOOST_AUTO_TEST_CASE(a_window_of_two_seconds_is_two_seconds_wide) {
    const std::string script = window_script(2'000'000'000, nullptr);
    BOOST_TEST(number_behind(script, "set xrange [0:") == 2.0);
    BOOST_TEST(script.find("1 that began before: at the left edge") != script.npos);
    BOOST_TEST(script.find("\n0 8e+09 ") != script.npos);  // the sleeper: at second 0, for 8 s
    // All of it: up to the panic.
    BOOST_TEST(number_behind(window_script({}, nullptr), "set xrange [0:") > 8.0);
}

BOOST_AUTO_TEST_CASE(what_is_in_flight_has_pid_command_and_call_beside_the_plot) {
    const OneNote notes;
    const std::string script = window_script({}, &notes);
    BOOST_TEST(script.find("\n9 my\\") != script.npos);  // escaped
    BOOST_TEST(script.find("db futex(") != script.npos);
    BOOST_TEST(script.find('\x1b') == script.npos);
    BOOST_TEST(script.find("\n* 7 write(") != script.npos);
    // A label each, in places that are a line apart or more.
    std::vector<double> heights;
    for (std::size_t at = 0; (at = script.find("set label $flight_names[", at)) != script.npos; ++at)
        heights.push_back(std::stod(script.substr(script.find("screen ", script.find(",", at)) + 7)) * 680);
    BOOST_REQUIRE(heights.size() == 3U);
    for (std::size_t i = 1; i < heights.size(); ++i) BOOST_TEST(heights[i - 1] - heights[i] >= 13.9);
}

BOOST_AUTO_TEST_CASE(the_panic_is_a_line_and_the_legend_an_eighth) {
    const std::string script = window_script({}, nullptr);
    BOOST_TEST(number_behind(script, "set arrow from first ") == 8.0);
    BOOST_TEST(script.find(": panic, CPU 0, pid 7'") != script.npos);
    BOOST_TEST(number_behind(script, "set key at screen ") >= 0.875);
}

BOOST_AUTO_TEST_CASE(points_and_bars_get_titles) {
    const std::string svg =
        "<use xlink:href='#gpPt5' id='gpPt6'/>\n"
        "\t<g id=\"gnuplot_plot_1\" ><title>gnuplot_plot_1</title>\n"
        "\t<use xlink:href='#gpPt6' color='red'/></g>\n<path/>\n"
        "\t<g id=\"gnuplot_plot_2\" ><title>'' using 4</title>\n"
        "\t\t<polygon points = '1,2 '/>\n\t\t<polygon points = '2,2 '/>\n"
        "\t<g id=\"gnuplot_plot_1b\" ><title>x</title>\n<polygon points = '3'/>\n</svg>\n";
    BOOST_TEST(add_titles(svg, {{"a<b>&'\"c"}, {"one", "two"}, {"too", "many"}}) ==
               "<use xlink:href='#gpPt5' id='gpPt6'/>\n"
               "\t<g id=\"gnuplot_plot_1\" >\n"
               "\t<use xlink:href='#gpPt6' color='red'><title>a&lt;b&gt;&amp;'\"c</title></use></g>\n<path/>\n"
               "\t<g id=\"gnuplot_plot_2\" >\n"
               "\t\t<polygon points = '1,2 '><title>one</title></polygon>\n\t\t<polygon points = '2,2 "
               "'><title>two</title></polygon>\n"
               "\t<g id=\"gnuplot_plot_1b\" >\n<polygon points = '3'/>\n</svg>\n");
    BOOST_TEST(add_titles("", {}) == "");
}

BOOST_AUTO_TEST_CASE(text_stands_in_blocks_only) {
    Recording recording = steady_recording(100);
    constexpr std::string_view kHost = "h'\"`touch a`\nend_of_block\nsystem('b') $c @d";
    recording.facts.host_name = kHost;
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
        for (const std::string_view word : {"touch", "system", "print", "`"})
            BOOST_TEST(outside.find(word) == outside.npos);
    }
}

BOOST_AUTO_TEST_SUITE_END()
