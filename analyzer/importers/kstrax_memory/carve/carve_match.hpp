// SPDX-License-Identifier: GPL-2.0-or-later
// Pairs out of all that could be: what has most to lose goes first.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace kstrax {

/// A pair that is possible, and how much speaks for it.
struct MatchEdge {
    std::uint32_t left = 0, right = 0;
    int score = 0;
    std::uint64_t gap = 0;  ///< less is better, where scores are equal
};

struct Matching {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
    std::uint64_t chosen = 0;     ///< pairs that had rivals
    std::uint64_t undecided = 0;  ///< of these, by `gap` alone
};

/// Each left and each right is in at most one pair: the one that would lose most by not
/// having its best takes it first. Where there are very many, the smallest gaps come
/// first. Deterministic.
[[nodiscard]] Matching match(std::vector<MatchEdge> edges);

}  // namespace kstrax
