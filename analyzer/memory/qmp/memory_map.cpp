// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/qmp/memory_map.hpp"

#include <algorithm>
#include <optional>

#include "analyzer/base/parse_number.hpp"

namespace kstrax {

namespace {

constexpr std::string_view kMachine = " AS \"memory\"";

bool take(std::string_view& text, std::string_view word) {
    if (!text.starts_with(word)) return false;
    text.remove_prefix(word.size());
    return true;
}

/// "  START-LAST (prio N, ram): BACKEND @OFFSET"; the offset is left out where it is 0.
std::optional<GuestRange> range_of(std::string_view line, std::string_view backend) {
    constexpr std::string_view kRam = ", ram): ";
    if (!take(line, "  ")) return std::nullopt;
    const auto first = take_number<std::uint64_t>(line, 16);
    if (!first || !take(line, "-")) return std::nullopt;
    const auto last = take_number<std::uint64_t>(line, 16);
    const std::size_t kind = line.find(kRam);
    if (!last || *last < *first || *last == ~std::uint64_t{0} || kind == line.npos) return std::nullopt;
    line.remove_prefix(kind + kRam.size());
    if (!take(line, backend)) return std::nullopt;
    std::uint64_t offset = 0;
    if (take(line, " @")) {
        const auto at = take_number<std::uint64_t>(line, 16);
        if (!at) return std::nullopt;
        offset = *at;
    }
    // What follows is of the accelerator (" KVM"); a longer name is another backend's.
    if (!line.empty() && !line.starts_with(' ')) return std::nullopt;
    return GuestRange{{*first}, *last - *first + 1, offset};
}

}  // namespace

std::vector<GuestRange> ranges_of_backend(std::string_view map, std::string_view backend) {
    std::vector<GuestRange> ranges;
    bool of_machine = false;
    while (!map.empty()) {
        const std::size_t end = std::min(map.find('\n'), map.size());
        std::string_view line = map.substr(0, end);
        map.remove_prefix(std::min(end + 1, map.size()));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (line.starts_with("FlatView")) of_machine = false;
        if (line.starts_with(kMachine)) of_machine = true;
        if (!of_machine) continue;
        if (const auto range = range_of(line, backend)) ranges.push_back(*range);
    }
    std::ranges::sort(ranges, {}, &GuestRange::start);
    return ranges;
}

}  // namespace kstrax
