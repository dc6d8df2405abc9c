// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/query/expression.hpp"

#include <algorithm>
#include <limits>

#include "analyzer/query/comparison.hpp"
#include "analyzer/query/glob.hpp"

namespace kstrax {

namespace {

using Node = Expression::Node;

// Depth is bounded by the parser.
bool holds(const Node& node, const QueryRow& row) {
    const auto part_holds = [&](const Node& part) { return holds(part, row); };
    switch (node.kind) {
        case Node::Kind::All:
            return std::ranges::all_of(node.parts, part_holds);
        case Node::Kind::Any:
            return std::ranges::any_of(node.parts, part_holds);
        case Node::Kind::Not:
            return !holds(node.parts.front(), row);
        case Node::Kind::Test:
            return node.test.holds(row);
    }
    return false;
}

bool is_finer(const Range& range, std::int64_t unit) {
    constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    if (range.first > range.last) return false;  // nothing
    return (range.first != kLeast && range.first % unit != 0) || (range.last != kMost && (range.last + 1) % unit != 0);
}

bool has_finer(const Node& node, std::span<const FieldInfo> known, std::int64_t unit) {
    const FieldKind kind = known[static_cast<std::size_t>(node.test.field)].kind;
    const bool is_moment = kind == FieldKind::TimeOfDay || kind == FieldKind::Nanoseconds;
    const auto finer = [&](const Range& range) { return is_finer(range, unit); };
    return (is_moment && std::ranges::any_of(node.test.ranges, finer)) ||
           std::ranges::any_of(node.parts, [&](const Node& part) { return has_finer(part, known, unit); });
}

std::string_view plain_pattern(const Expression::Node& node) {
    if (node.kind == Expression::Node::Kind::Test && node.test.kind == Test::Kind::IsLike)
        for (const std::string& text : node.test.texts)
            if (text.find_first_of("*?[") == text.npos) return text;
    for (const Expression::Node& part : node.parts)
        if (const auto found = plain_pattern(part); !found.empty()) return found;
    return {};
}

}  // namespace

bool Test::is_in(std::int64_t value) const {
    return std::ranges::any_of(ranges, [&](const Range& r) { return r.first <= value && value <= r.last; });
}

bool Test::is_text(std::string_view value) const {
    if (kind == Kind::IsLike)
        return std::ranges::any_of(texts, [&](const std::string& glob) { return glob_matches(glob, value); });
    return std::ranges::binary_search(texts, value, {}, [](const std::string& text) { return std::string_view(text); });
}

/// What the field is decides whether the value is taken for a number.
bool Test::own_holds(const QueryRow& row) const {
    std::string scratch;
    const Value value = row.own(own_field, scratch);
    if (std::holds_alternative<Absent>(value)) return false;
    if (kind == Kind::Exists) return true;
    if (const auto* number = std::get_if<std::uint64_t>(&value)) return is_in(static_cast<std::int64_t>(*number));
    if (const auto* signed_number = std::get_if<std::int64_t>(&value)) return is_in(*signed_number);
    const auto* text = std::get_if<Untrusted>(&value);
    return text != nullptr && is_text(text->bytes);
}

bool Test::holds(const QueryRow& row) const {
    if (!own_field.empty()) return own_holds(row);
    if (!row.has(field)) return false;
    switch (kind) {
        case Kind::Exists:
            return true;
        case Kind::InRanges:
            return is_in(row.number(field));
        case Kind::IsOneOf:
        case Kind::IsLike:
            return is_text(row.text(field));
    }
    return false;
}

const FieldInfo* find_field(std::span<const FieldInfo> known, std::string_view name) {
    const auto found = std::ranges::find(known, name, &FieldInfo::name);
    return found == known.end() ? nullptr : &*found;
}

Result<Expression> Expression::compare(std::string_view field, Comparison comparison,
                                       std::span<const std::string> values, std::span<const FieldInfo> known) {
    std::vector<Word> words;
    for (const std::string& value : values) words.push_back({value, false, 0});
    const FieldInfo& info = *find_field(known, field);
    auto node = make_comparison(info, comparison, words);
    if (!node) return Error{ErrorCode::Usage, node.error().message};
    return Expression(std::move(*node), {{info.name, 0}}, known);
}

Expression Expression::joined(Node::Kind kind, Expression first, Expression second) {
    std::vector<Use> uses = std::move(first.uses_);
    uses.insert(uses.end(), second.uses_.begin(), second.uses_.end());
    Node node{kind, {}, {}};
    node.parts.push_back(std::move(first.root_));
    node.parts.push_back(std::move(second.root_));
    Expression joined(std::move(node), std::move(uses), first.known_);
    joined.own_uses_ = std::move(first.own_uses_);
    joined.own_uses_.insert(joined.own_uses_.end(), second.own_uses_.begin(), second.own_uses_.end());
    return joined;
}

Expression Expression::both(Expression first, Expression second) {
    return joined(Node::Kind::All, std::move(first), std::move(second));
}

Expression Expression::either(Expression first, Expression second) {
    return joined(Node::Kind::Any, std::move(first), std::move(second));
}

Expression Expression::exists(std::string_view field) {
    const FieldInfo& info = *find_field(field);
    Node node;
    node.test.field = info.id;
    return {std::move(node), {{info.name, 0}}, field_infos()};
}

Expression Expression::negated() && {
    Node node{Node::Kind::Not, {}, {}};
    node.parts.push_back(std::move(root_));
    Expression inverse(std::move(node), std::move(uses_), known_);
    inverse.own_uses_ = std::move(own_uses_);
    return inverse;
}

std::string_view Expression::plain_pattern() const { return kstrax::plain_pattern(root_); }

bool Expression::has_finer_times(std::int64_t unit) const { return has_finer(root_, known_, unit); }

bool Expression::matches(const QueryRow& row) const { return kstrax::holds(root_, row); }

FieldSet Expression::fields() const {
    FieldSet fields;
    for (const Use& use : uses_) fields.add(find_field(known_, use.field)->id);
    return fields;
}

std::optional<Expression::Use> Expression::first_beyond(FieldSet available) const {
    for (const Use& use : uses_)
        if (!available.has(find_field(known_, use.field)->id)) return use;
    return std::nullopt;
}

}  // namespace kstrax
