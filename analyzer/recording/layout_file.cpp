// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/recording/layout_file.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <vector>

#include "analyzer/base/parse_number.hpp"

namespace kstrax {

namespace {

struct FieldRow {
    std::string_view name;
    Field Layout::*field;
    std::array<std::uint16_t, 4> sizes;  ///< that it may have; 0: none more
    bool needed;
};
constexpr std::array kFields{
    FieldRow{"serial", &Layout::serial, {4, 8}, true},   FieldRow{"time", &Layout::time, {4, 8}, true},
    FieldRow{"pid", &Layout::pid, {2, 4, 8}, true},      FieldRow{"nr_kind", &Layout::nr_kind, {2, 4, 8}, true},
    FieldRow{"abi", &Layout::abi, {1, 2, 4, 8}, false},  FieldRow{"tgid", &Layout::tgid, {2, 4, 8}, false},
    FieldRow{"args", &Layout::args, {1, 2, 4, 8}, true},
};

using Words = std::vector<std::string_view>;

Words words_of(std::string_view line) {
    constexpr std::string_view kBlank = " \t\r";
    line = line.substr(0, line.find('#'));
    Words words;
    for (std::size_t at = line.find_first_not_of(kBlank); at != line.npos; at = line.find_first_not_of(kBlank, at)) {
        const std::size_t end = std::min(line.find_first_of(kBlank, at), line.size());
        words.push_back(line.substr(at, end - at));
        at = end;
    }
    return words;
}

/// Takes one line into `file`; answers what is wrong with it.
std::optional<std::string> take(const Words& words, LayoutFile& file) {
    const std::string_view name = words[0];
    if (name == "arch") {
        if (words.size() != 2) return "expected: arch NAME";
        file.architecture = words[1];
        return std::nullopt;
    }
    std::array<std::uint16_t, 3> values{};
    const std::size_t count = name == "size" ? 1 : name == "args" ? 3 : 2;
    bool numbers = words.size() == count + 1;
    for (std::size_t i = 0; numbers && i < count; ++i) {
        const auto value = parse_number<std::uint16_t>(words[i + 1]);
        numbers = value.has_value();
        values.at(i) = value.value_or(0);
    }
    constexpr std::array kShapes{"SIZE", "OFFSET SIZE", "OFFSET SIZE COUNT"};
    if (!numbers) return fmt::format("expected: {} {}", name, kShapes.at(count - 1));
    if (name == "size") {
        if (values[0] == 0 || values[0] > kLargestEntry)
            return fmt::format("a slot of {} bytes; expected 1 to {}", values[0], kLargestEntry);
        file.row.size = values[0];
        return std::nullopt;
    }
    const auto row =
        std::find_if(kFields.begin(), kFields.end(), [&](const FieldRow& field) { return field.name == name; });
    if (row == kFields.end())
        return "no such field; expected arch, size, serial, time, pid, nr_kind, abi, tgid or args";
    if (values[1] == 0 || std::find(row->sizes.begin(), row->sizes.end(), values[1]) == row->sizes.end())
        return fmt::format("{} of {} bytes; expected {}", name, values[1],
                           fmt::join(row->sizes.begin(), std::find(row->sizes.begin(), row->sizes.end(), 0), ", "));
    if (name == "args") {
        if (values[2] == 0 || values[2] > kMostArgs)
            return fmt::format("{} arguments; expected 1 to {}", values[2], kMostArgs);
        file.row.arg_count = static_cast<std::uint8_t>(values[2]);
        values[1] = static_cast<std::uint16_t>(values[1] * values[2]);
    }
    file.row.*row->field = {values[0], values[1]};
    return std::nullopt;
}

}  // namespace

Result<LayoutFile> parse_layout(std::string_view text) {
    LayoutFile file{};
    std::size_t line_number = 0;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const Words words = words_of(text.substr(at, end - at));
        at = end + 1;
        ++line_number;
        if (words.empty()) continue;
        if (const auto wrong = take(words, file))
            return Error{ErrorCode::Usage, fmt::format("line {}: {}", line_number, *wrong)};
    }
    if (file.architecture.empty()) return Error{ErrorCode::Usage, "no line \"arch NAME\""};
    if (file.row.size == 0) return Error{ErrorCode::Usage, "no line \"size SIZE\""};
    for (const FieldRow& row : kFields) {
        const Field field = file.row.*row.field;
        if (field.size == 0 && row.needed)
            return Error{ErrorCode::Usage, fmt::format("no line for the field {}", row.name)};
        if (field.offset + field.size > file.row.size)
            return Error{ErrorCode::Usage, fmt::format("the field {} ends at {}, behind the slot's {} bytes", row.name,
                                                       field.offset + field.size, file.row.size)};
    }
    return file;
}

}  // namespace kstrax
