// SPDX-License-Identifier: GPL-2.0-or-later
// Calls in the order of one of their fields, and the first of them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/base/result.hpp"
#include "analyzer/fields/line.hpp"

namespace kstrax {

/// What a call has for the field.
struct CallKey {
    bool there = false;
    std::int64_t number = 0;
    std::string text;
};

class CallOrder {
  public:
    /// Fails with Usage where calls have no such field, or one that has no order.
    [[nodiscard]] static Result<CallOrder> by(std::string_view field);

    [[nodiscard]] CallKey key_of(const CallLine& line) const;
    /// What is measured stands with the greatest first, all else with the smallest; last, what lacks the field.
    [[nodiscard]] bool before(const CallKey& a, const CallKey& b) const;

  private:
    Value (*get_)(const CallLine& line) = nullptr;
    bool greatest_first_ = false;
};

/// The fields that calls can be sorted by.
[[nodiscard]] std::vector<std::string_view> sortable_fields();

/// Takes calls as they come and gives them in their order; those that have the same stay as they came.
class SortedCalls {
  public:
    /// `first`: no more are kept than so many; none: all are. `context` must outlive it.
    SortedCalls(const LineContext& context, const CallOrder& order, std::optional<std::uint64_t> first)
        : context_(context), order_(order), first_(first) {}

    void add(const Call& call);
    [[nodiscard]] std::vector<Call> take();

  private:
    struct Kept {
        CallKey key;
        std::uint64_t number;  // as it came
        Call call;
    };
    [[nodiscard]] bool before(const Kept& a, const Kept& b) const;

    const LineContext& context_;
    const CallOrder& order_;
    std::optional<std::uint64_t> first_;
    std::vector<Kept> kept_;  // with a limit a heap: the last of them on top
    std::uint64_t count_ = 0;
    std::string scratch_;
};

}  // namespace kstrax
