// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/trace_dat/sections.hpp"

#include <algorithm>

#include "analyzer/base/parse_number.hpp"
#include "analyzer/importers/ftrace/event_format.hpp"

namespace kstrax {

namespace {

constexpr std::uint32_t kMostShift = 63;

/// The kernel's long is what a page's length is.
std::uint8_t word_size_of(std::string_view header_page) {
    const std::size_t at = header_page.find(" commit;");
    const std::size_t size = header_page.find("size:", at == header_page.npos ? header_page.size() : at);
    return size != header_page.npos && header_page.substr(size).starts_with("size:4") ? 4 : 8;
}

void add_format(std::string_view text, std::string_view system, TraceFile& file) {
    auto format = parse_event_format(text);
    if (!format || file.types.size() == kMostTraceTypes) return;
    if (file.common.empty()) file.common = std::move(format->common);
    format->type.system = system;
    file.types.push_back(std::move(format->type));
}

/// "[local] global counter": the one in brackets is chosen.
std::string chosen(std::string_view clocks) {
    const std::size_t open = clocks.find('[');
    const std::size_t close = clocks.find(']');
    if (open == clocks.npos || close == clocks.npos || close < open) return {};
    return std::string(clocks.substr(open + 1, close - open - 1));
}

std::string line_of(Bytes data) {
    std::string_view text = bounded_text(as_text(data));
    while (text.ends_with('\n')) text.remove_suffix(1);
    return std::string(text);
}

/// An option without counters says which instance those behind it are of.
void add_statistics(std::string text, TraceFile& file) {
    constexpr std::string_view kInstance = "\nBuffer: ";
    if (text.starts_with(kInstance)) file.statistics.push_back({text.substr(kInstance.size()), ""});
    else file.statistics.push_back({file.statistics.empty() ? "" : file.statistics.back().instance, std::move(text)});
}

}  // namespace

bool read_header_info(FileCursor& cursor, TraceFile& file) {
    if (cursor.text() != "header_page") return false;
    file.form.word_size = word_size_of(as_text(cursor.take(cursor.u64())));
    if (cursor.text() != "header_event") return false;
    (void)cursor.take(cursor.u64());
    return cursor.ok();
}

void read_ftrace_formats(FileCursor& cursor, TraceFile& file) {
    for (std::uint32_t left = cursor.u32(); left > 0 && cursor.ok(); --left)
        add_format(as_text(cursor.take(cursor.u64())), "ftrace", file);
}

void read_event_formats(FileCursor& cursor, TraceFile& file) {
    for (std::uint32_t systems = cursor.u32(); systems > 0 && cursor.ok(); --systems) {
        const std::string_view system = cursor.text();
        for (std::uint32_t left = cursor.u32(); left > 0 && cursor.ok(); --left)
            add_format(as_text(cursor.take(cursor.u64())), system, file);
    }
}

void read_kallsyms(FileCursor& cursor, TraceFile& file, std::string* symbols) {
    const std::string_view text = as_text(cursor.take(cursor.u32()));
    file.architecture = architecture_of_symbols(text);
    if (symbols != nullptr) *symbols = text;
}

void pass_printk_formats(FileCursor& cursor) { (void)cursor.take(cursor.u32()); }

void read_commands(FileCursor& cursor, TraceFile& file) {
    constexpr std::size_t kMostCommands = 1 << 22;  // as many as there can be threads
    std::string_view text = as_text(cursor.take(cursor.u64()));
    while (!text.empty() && file.commands.size() < kMostCommands) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(line.size() + 1, text.size()));
        const auto thread = take_number<Tid>(line);
        if (!thread || !line.starts_with(' ')) continue;
        file.commands[*thread] = bounded_text(line.substr(1));
    }
}

void read_option(TraceOption option, Bytes data, TraceFile& file) {
    if (option == TraceOption::Clock) file.clock = chosen(line_of(data));
    if (option == TraceOption::Uname) file.uname = line_of(data);
    if (option == TraceOption::CpuStatistics) add_statistics(line_of(data), file);
    if (option == TraceOption::Offset) file.offset = parse_number<std::int64_t>(line_of(data)).value_or(0);
    if (option != TraceOption::TscToNanoseconds) return;
    FileCursor cursor(data, file.form.order);
    const std::uint32_t multiplier = cursor.u32();
    const std::uint32_t shift = cursor.u32();
    const std::uint64_t offset = cursor.u64();
    if (cursor.ok() && shift <= kMostShift) file.tsc = TraceTime{multiplier, shift, offset};
}

}  // namespace kstrax
