// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/ftrace/event_format.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>

#include "analyzer/base/parse_number.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kMostFields = 1024;
constexpr std::uint32_t kLargestField = 1 << 16;
constexpr std::string_view kPrint = "print fmt: ";
constexpr std::string_view kCommon = "common_";

std::string_view trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t");
    if (first == text.npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

/// What stands before `end`, which goes with it; all where there is no `end`.
std::string_view take_until(std::string_view& text, char end) {
    const std::size_t at = text.find(end);
    const std::string_view part = text.substr(0, at);
    text.remove_prefix(at == text.npos ? text.size() : at + 1);
    return part;
}

/// The number behind `name:`.
std::optional<std::uint32_t> number_of(std::string_view part, std::string_view name) {
    part = trimmed(part);
    if (!part.starts_with(name)) return std::nullopt;
    return parse_number<std::uint32_t>(trimmed(part.substr(name.size())));
}

/// "unsigned long args[6]": the brackets belong to the type.
bool declare(std::string_view declaration, TraceField& field) {
    std::string_view array;
    if (declaration.ends_with(']')) {
        const std::size_t open = declaration.find('[');
        if (open == declaration.npos) return false;
        array = declaration.substr(open);
        declaration = trimmed(declaration.substr(0, open));
    }
    const std::size_t behind = declaration.find_last_of(" \t*]");
    if (behind == declaration.npos || behind + 1 == declaration.size()) return false;
    field.name = declaration.substr(behind + 1);
    field.type = fmt::format("{}{}", trimmed(declaration.substr(0, behind + 1)), array);
    return true;
}

std::optional<TraceField> parse_field(std::string_view line) {
    TraceField field;
    if (!declare(trimmed(take_until(line, ';')), field)) return std::nullopt;
    const auto offset = number_of(take_until(line, ';'), "offset:");
    const auto size = number_of(take_until(line, ';'), "size:");
    const auto is_signed = number_of(take_until(line, ';'), "signed:");
    if (!offset || !size || *offset > kLargestField || *size > kLargestField) return std::nullopt;
    field.offset = *offset;
    field.size = *size;
    field.is_signed = is_signed.value_or(0) != 0;
    return field;
}

void append_field(std::string& out, const TraceField& field) {
    const std::string_view type = field.type;
    const bool place = type.starts_with("__data_loc") || type.starts_with("__rel_loc");
    const std::size_t array = place ? type.npos : type.find('[');
    fmt::format_to(std::back_inserter(out), "\tfield:{} {}{};\toffset:{};\tsize:{};\tsigned:{};\n",
                   type.substr(0, array), field.name, array == type.npos ? "" : type.substr(array), field.offset,
                   field.size, field.is_signed ? 1 : 0);
}

}  // namespace

std::optional<EventFormat> parse_event_format(std::string_view text) {
    EventFormat format;
    std::optional<std::uint32_t> id;
    while (!text.empty()) {
        // What is printed may have several lines.
        if (text.starts_with(kPrint)) {
            text.remove_prefix(kPrint.size());
            format.type.print_format = trimmed(text.substr(0, text.find_last_not_of('\n') + 1));
            break;
        }
        std::string_view line = take_until(text, '\n');
        const std::string_view key = trimmed(take_until(line, ':'));
        if (key == "name") format.type.name = trimmed(line);
        else if (key == "ID") id = parse_number<std::uint32_t>(trimmed(line));
        else if (key != "field") continue;
        if (key != "field" || format.type.fields.size() + format.common.size() == kMostFields) continue;
        if (auto field = parse_field(line))
            (field->name.starts_with(kCommon) ? format.common : format.type.fields).push_back(std::move(*field));
    }
    if (format.type.name.empty() || !id || *id >= kMostTraceTypes) return std::nullopt;
    format.type.id = *id;
    std::ranges::stable_sort(format.type.fields, {}, &TraceField::offset);
    return format;
}

std::string event_format_text(const EventFormat& format) {
    std::string text = fmt::format("name: {}\nID: {}\nformat:\n", format.type.name, format.type.id);
    for (const TraceField& field : format.common) append_field(text, field);
    text += '\n';
    for (const TraceField& field : format.type.fields) append_field(text, field);
    text += fmt::format("\n{}{}\n", kPrint, format.type.print_format);
    return text;
}

std::optional<EventCommon> event_common(const std::vector<TraceField>& fields, std::endian order,
                                        std::uint8_t word_size) {
    const TraceField* type = find_field(fields, "common_type");
    const TraceField* pid = find_field(fields, "common_pid");
    if (type == nullptr || pid == nullptr || type->size != sizeof(std::uint16_t) || pid->size != sizeof(std::uint32_t))
        return std::nullopt;
    return EventCommon{.order = order,
                       .type_offset = type->offset,
                       .pid_offset = pid->offset,
                       .word_size = word_size,
                       .other_table = 0};
}

}  // namespace kstrax
