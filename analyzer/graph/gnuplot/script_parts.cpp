// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/graph/gnuplot/script_parts.hpp"

#include <fmt/format.h>

#include <array>

namespace kstrax {

namespace {

// Sizes of letters are points, but in SVG pixels.
constexpr std::array<PictureForm, 5> kForms{{
    {".png", "set terminal pngcairo size {W},{H} font 'sans,9' noenhanced background '#ffffff'", 13, 200'000},
    {".svg", "set terminal svg size {W},{H} font 'sans-serif,12' noenhanced background '#ffffff' linewidth 1", 17,
     10'000},
    {".pdf", "set terminal pdfcairo size {w:.2f},{h:.2f} font 'sans,9' fontscale 0.75 noenhanced background '#ffffff'",
     13, 50'000},
    {".gp", "", 13, 200'000},
    // The best window that this gnuplot has.
    {"",
     "window = ''\n"
     "do for [name in 'qt wxt x11'] {{ if (window eq '' && strstrt(' '.GPVAL_TERMINALS.' ', ' '.name.' ')) "
     "{{ window = name }} }}\n"
     "if (window eq '') {{ exit error 'this one draws in no window (gnuplot-qt does)' }}\n"
     "set terminal @window size {W},{H} noenhanced persist",
     13, 200'000},
}};

// Texts that the blocks hold begin with none of this.
constexpr std::string_view kEnd = "end_of_block";

void append_terminal(std::string& out, const PictureForm& form, int width, int height) {
    using namespace fmt::literals;
    if (form.terminal.empty()) return;
    out += fmt::format(fmt::runtime(form.terminal), "W"_a = width, "H"_a = height, "w"_a = width / 96.0,
                       "h"_a = height / 96.0);
    out += "\n";
}

}  // namespace

std::span<const PictureForm> picture_forms() { return kForms; }

void begin_block(std::string& out, std::string_view name) { out.append(fmt::format("${} << {}\n", name, kEnd)); }
void end_block(std::string& out) { out.append(kEnd).append("\n"); }

std::string script_head(const PictureForm& form, std::string_view title, std::string_view subtitle, int width,
                        int height) {
    std::string out = "# A picture by kstrax-graph, for gnuplot 5.2 and later.\nset encoding utf8\n";
    append_terminal(out, form, width, height);
    begin_block(out, "text");
    out.append(title).append("\n").append(subtitle).append("\n");
    end_block(out);
    out += fmt::format(
        "set label 1 $text[1] at screen 0.5,screen {:.5f} center noenhanced font ',{}'\n"
        "set label 2 $text[2] at screen 0.5,screen {:.5f} center noenhanced textcolor rgb '#555555'\n",
        1 - 18.0 / height, form.title_size, 1 - 40.0 / height);
    out += "set border 3 lc rgb '#888888'\nset tics nomirror out scale 0.5 textcolor rgb '#222222'\n";
    return out;
}

std::string marks_text(const std::vector<Mark>& marks) {
    std::string out = "(";
    // Of our own making: digits, colons and units.
    for (const Mark& mark : marks) out += fmt::format("{}'{}' {:.9g}", out.size() > 1 ? ", " : "", mark.text, mark.at);
    return out + ")";
}

}  // namespace kstrax
