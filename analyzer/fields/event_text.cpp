// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/fields/event_text.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <optional>

#include "analyzer/base/bytes.hpp"
#include "analyzer/base/parse_number.hpp"
#include "analyzer/recording/machine_number.hpp"
#include "analyzer/sinks/escape.hpp"

namespace kstrax {

namespace {

constexpr std::uint32_t kMostElements = 64;  // that are shown of an array

/// Where a field's own bytes are, and what they are made of.
struct Part {
    Bytes bytes;
    std::string_view element;  ///< in C: "char"
    std::size_t count = 0;     ///< of elements; 0: as many as there are bytes, of one byte each
};

std::uint64_t number(Bytes bytes, std::endian order) { return load_number(bytes.data(), bytes.size(), order); }

/// "__data_loc char[] name": the field has an offset below, a size above.
std::optional<Part> part_elsewhere(const Record& record, const TraceField& field, std::string_view element) {
    constexpr unsigned kHalf = 16;
    const auto place = slice(record.data, field.offset, sizeof(std::uint32_t));
    if (!place || field.size != sizeof(std::uint32_t)) return std::nullopt;
    const auto value = static_cast<std::uint32_t>(number(*place, record.type->order));
    std::uint64_t offset = value & ((1U << kHalf) - 1);
    if (field.type.starts_with("__rel_loc")) offset += field.offset + field.size;
    const auto bytes = slice(record.data, offset, value >> kHalf);
    if (!bytes) return std::nullopt;
    return Part{*bytes, element.substr(element.find(' ') + 1), 0};
}

std::optional<Part> part_of(const Record& record, const TraceField& field) {
    const std::string_view type = field.type;
    const std::size_t open = type.find('[');
    std::string_view element = type.substr(0, open);
    while (element.ends_with(' ')) element.remove_suffix(1);
    if (type.starts_with("__data_loc") || type.starts_with("__rel_loc")) return part_elsewhere(record, field, element);
    // One of no size is what is left of the event.
    const std::uint64_t left = record.data.size() - std::min<std::uint64_t>(field.offset, record.data.size());
    const auto bytes = slice(record.data, field.offset, field.size == 0 ? left : field.size);
    if (!bytes) return std::nullopt;
    if (open == type.npos) return Part{*bytes, element, 1};
    std::string_view inside = type.substr(open + 1);
    return Part{*bytes, element, take_number<std::size_t>(inside).value_or(0)};
}

bool is_text(std::string_view element) { return element == "char" || element == "const char"; }

void append_number(TextBuffer& out, Bytes bytes, const TraceField& field, std::string_view element, std::endian order) {
    const std::uint64_t value = number(bytes, order);
    const bool address = element.ends_with('*') || element == "unsigned long";
    if (field.is_signed) fmt::format_to(std::back_inserter(out), "{}", with_sign(value, bytes.size()));
    else if (address) fmt::format_to(std::back_inserter(out), "{:#x}", value);
    else fmt::format_to(std::back_inserter(out), "{}", value);
}

void append_bytes(TextBuffer& out, Bytes bytes) {
    append(out, "\\x");
    for (const std::byte byte : bytes.first(std::min<std::size_t>(bytes.size(), kMostElements)))
        fmt::format_to(std::back_inserter(out), "{:02x}", std::to_integer<unsigned>(byte));
    if (bytes.size() > kMostElements) append(out, "...");
}

}  // namespace

void append_event_field(TextBuffer& out, const Record& record, const TraceField& field) {
    const auto part = part_of(record, field);
    if (!part) {
        append(out, "?");
        return;
    }
    const std::size_t count = part->count;
    const bool array = field.type.find('[') != field.type.npos;
    if (array && is_text(part->element)) {
        append(out, "\"");
        append_c_escaped(out, bounded_text(as_text(part->bytes)));
        append(out, "\"");
    } else if (count == 0 || part->bytes.size() % count != 0 || !is_number_size(part->bytes.size() / count)) {
        append_bytes(out, part->bytes);
    } else if (!array) {
        append_number(out, part->bytes, field, part->element, record.type->order);
    } else {
        const std::size_t size = part->bytes.size() / count;
        append(out, "[");
        for (std::size_t i = 0; i < std::min<std::size_t>(count, kMostElements); ++i)
            fmt::format_to(std::back_inserter(out), "{}{:#x}", i == 0 ? "" : ",",
                           number(part->bytes.subspan(i * size, size), record.type->order));
        append(out, count > kMostElements ? ",...]" : "]");
    }
}

Value event_field_value(const Record& record, std::string_view name, std::string& scratch) {
    if (record.type == nullptr || record.data.empty()) return Absent{};
    const auto field = std::ranges::find(record.type->data_fields, name, &TraceField::name);
    if (field == record.type->data_fields.end()) return Absent{};
    const auto part = part_of(record, *field);
    if (!part) return Absent{};
    const bool array = field->type.find('[') != field->type.npos;
    if (array && is_text(part->element)) return Untrusted{bounded_text(as_text(part->bytes))};
    if (!array && is_number_size(part->bytes.size())) {
        const std::uint64_t value = number(part->bytes, record.type->order);
        return field->is_signed ? Value(with_sign(value, part->bytes.size())) : Value(value);
    }
    TextBuffer text;
    append_event_field(text, record, *field);
    scratch = text.view();
    return Untrusted{scratch};
}

namespace {

/// Fields that are places in code, by the kernel's own names for them.
constexpr std::array<std::string_view, 9> kPlacesInCode{"ip",       "parent_ip", "caller_ip", "call_site", "func",
                                                        "function", "retaddr",   "caller",    "callback"};

void append_function(TextBuffer& out, const Record& record, const TraceField& field, const TraceDescription* trace) {
    if (trace == nullptr || !trace->function || field.size != trace->word_size) return;
    if (std::ranges::find(kPlacesInCode, field.name) == kPlacesInCode.end()) return;
    const auto bytes = slice(record.data, field.offset, field.size);
    const std::string name = bytes ? trace->function(VirtAddr{number(*bytes, record.type->order)}) : std::string();
    if (name.empty()) return;
    append(out, " <");
    append_c_escaped(out, name);
    append(out, ">");
}

}  // namespace

void append_event_fields(TextBuffer& out, const Record& record, const TraceDescription* trace) {
    const EventType& type = *record.type;
    if (record.data.empty())
        for (std::size_t i = 0; i < type.fields.size(); ++i)
            fmt::format_to(std::back_inserter(out), " {}={:#x}", type.fields[i], record.entry.args[i]);
    else
        for (const TraceField& field : type.data_fields) {
            append(out, " ");
            append_c_escaped(out, field.name);
            append(out, "=");
            append_event_field(out, record, field);
            append_function(out, record, field, trace);
        }
}

}  // namespace kstrax
