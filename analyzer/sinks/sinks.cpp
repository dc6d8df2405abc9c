// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>

#include "analyzer/sinks/csv_forms.hpp"

namespace kstrax {

// Each in the file of its name.
std::unique_ptr<Sink> make_text_sink();
std::unique_ptr<Sink> make_jsonl_sink();

namespace {

constexpr std::array kSinks{
    SinkInfo{.name = "text", .takes_lines = true, .rows_alone = false, .make = make_text_sink},
    SinkInfo{.name = "jsonl", .takes_lines = false, .rows_alone = false, .make = make_jsonl_sink},
    SinkInfo{.name = "csv",
             .takes_lines = false,
             .rows_alone = true,
             .make = [] { return csv_forms().front().sink->make(); }},
};

}  // namespace

std::span<const SinkInfo> sinks() { return kSinks; }

const SinkInfo* find_sink(std::string_view name) {
    const auto* row = std::ranges::find(kSinks, name, &SinkInfo::name);
    return row == kSinks.end() ? nullptr : row;
}

}  // namespace kstrax
