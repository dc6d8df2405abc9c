// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/views/call_order.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "analyzer/base/lists.hpp"
#include "analyzer/base/suggest.hpp"
#include "analyzer/fields/call_fields.hpp"

namespace kstrax {

namespace {

using CallField = RowField<CallLine>;

const CallField* find(std::string_view name) {
    const auto* found =
        std::ranges::find(kFieldsOfCalls, name, [](const CallField& one) { return one.line.column.name; });
    return found == kFieldsOfCalls.end() ? nullptr : found;
}

/// Lists have no order.
bool is_sortable(const CallField& field) { return field.line.column.kind != FieldKind::Numbers; }

}  // namespace

std::vector<std::string_view> sortable_fields() {
    std::vector<std::string_view> names;
    for (const CallField& field : kFieldsOfCalls)
        if (is_sortable(field)) names.push_back(field.line.column.name);
    return names;
}

Result<CallOrder> CallOrder::by(std::string_view name) {
    const CallField* field = find(name);
    const auto names = sortable_fields();
    if (field == nullptr) {
        Nearest nearest(name);
        for (const std::string_view one : names) nearest.offer(one);
        return Error{ErrorCode::Usage, fmt::format("--sort {}: no such field{}; there are {}", name, nearest.question(),
                                                   list_of(names, std::identity()))};
    }
    if (!is_sortable(*field))
        return Error{ErrorCode::Usage, fmt::format("--sort {}: calls cannot be sorted by it, but by {}", name,
                                                   list_of(names, std::identity()))};
    // A time of day begins anew at midnight.
    if (field->line.column.kind == FieldKind::TimeOfDay) field = find(std::string(name) + "_ns");
    CallOrder order;
    order.get_ = field->line.column.get;
    order.greatest_first_ = field->measures;
    return order;
}

CallKey CallOrder::key_of(const CallLine& line) const {
    const Value value = get_(line);
    if (const auto* number = std::get_if<std::uint64_t>(&value)) return {true, static_cast<std::int64_t>(*number), {}};
    if (const auto* number = std::get_if<std::int64_t>(&value)) return {true, *number, {}};
    if (const auto* name = std::get_if<Name>(&value)) return {true, 0, std::string(name->text)};
    if (const auto* text = std::get_if<Untrusted>(&value)) return {true, 0, std::string(text->bytes)};
    return {};
}

bool CallOrder::before(const CallKey& a, const CallKey& b) const {
    if (!a.there || !b.there) return a.there && !b.there;
    const CallKey& first = greatest_first_ ? b : a;
    const CallKey& second = greatest_first_ ? a : b;
    return first.number != second.number ? first.number < second.number : first.text < second.text;
}

bool SortedCalls::before(const Kept& a, const Kept& b) const {
    if (order_.before(a.key, b.key)) return true;
    return !order_.before(b.key, a.key) && a.number < b.number;
}

void SortedCalls::add(const Call& call) {
    const auto by_order = [this](const Kept& a, const Kept& b) { return before(a, b); };
    CallKey key = order_.key_of(line_of(context_, call, scratch_));
    const std::uint64_t number = count_++;
    if (!first_) {
        kept_.push_back({std::move(key), number, call});
        return;
    }
    if (kept_.size() >= *first_) {
        // It came last: among its equals it is out.
        if (kept_.empty() || !order_.before(key, kept_.front().key)) return;
        std::ranges::pop_heap(kept_, by_order);
        kept_.pop_back();
    }
    kept_.push_back({std::move(key), number, call});
    std::ranges::push_heap(kept_, by_order);
}

std::vector<Call> SortedCalls::take() {
    std::ranges::sort(kept_, [this](const Kept& a, const Kept& b) { return before(a, b); });
    std::vector<Call> calls;
    calls.reserve(kept_.size());
    for (Kept& one : kept_) calls.push_back(std::move(one.call));
    return calls;
}

}  // namespace kstrax
