// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/carve/carve_match.hpp"

#include <algorithm>

namespace kstrax {

namespace {

constexpr std::size_t kMostWeighed = 4096;  // edges: 64 CPUs that all fit all

constexpr int kAlone = -4;

bool better(const MatchEdge& a, const MatchEdge& b) {
    if (a.score != b.score) return a.score > b.score;
    if (a.gap != b.gap) return a.gap < b.gap;
    return a.left != b.left ? a.left < b.left : a.right < b.right;
}

/// What one side has to choose from.
struct Choice {
    const MatchEdge* best = nullptr;
    const MatchEdge* second = nullptr;
    void offer(const MatchEdge& edge) {
        if (best == nullptr || better(edge, *best)) {
            second = best;
            best = &edge;
        } else if (second == nullptr || better(edge, *second)) {
            second = &edge;
        }
    }
    /// What it would lose without its best. To be left alone is as bad as a poor partner, and
    /// not worse: what belongs to it may be lost.
    [[nodiscard]] int regret() const { return best->score - (second == nullptr ? kAlone : second->score); }
};

/// Makes `side` count from 0 without holes. Returns how many there are.
std::size_t renumber(std::vector<MatchEdge>& edges, std::uint32_t MatchEdge::*side, std::vector<std::uint32_t>& names) {
    for (const MatchEdge& edge : edges) names.push_back(edge.*side);
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    for (MatchEdge& edge : edges) {
        const auto at = std::lower_bound(names.begin(), names.end(), edge.*side);
        edge.*side = static_cast<std::uint32_t>(at - names.begin());
    }
    return names.size();
}

void drop(std::vector<MatchEdge>& edges, const MatchEdge& taken) {
    const std::uint32_t left = taken.left, right = taken.right;
    std::erase_if(edges, [&](const MatchEdge& edge) { return edge.left == left || edge.right == right; });
}

}  // namespace

Matching match(std::vector<MatchEdge> edges) {
    Matching matching;
    std::vector<std::uint32_t> left_names, right_names;
    const std::size_t lefts = renumber(edges, &MatchEdge::left, left_names);
    const std::size_t rights = renumber(edges, &MatchEdge::right, right_names);
    const auto pair = [&](const MatchEdge& edge) {
        matching.pairs.emplace_back(left_names[edge.left], right_names[edge.right]);
    };
    if (edges.size() > kMostWeighed) {
        std::sort(edges.begin(), edges.end(),
                  [](const MatchEdge& a, const MatchEdge& b) { return a.gap != b.gap ? a.gap < b.gap : better(a, b); });
        std::vector<bool> left(lefts), right(rights);
        for (const MatchEdge& edge : edges) {
            if (left[edge.left] || right[edge.right]) continue;
            left[edge.left] = right[edge.right] = true;
            pair(edge);
        }
        matching.chosen = matching.undecided = matching.pairs.size();
        return matching;
    }
    const std::size_t possible = edges.size();
    while (!edges.empty()) {
        std::vector<Choice> of_left(lefts), of_right(rights);
        for (const MatchEdge& edge : edges) {
            of_left[edge.left].offer(edge);
            of_right[edge.right].offer(edge);
        }
        const Choice* most = nullptr;
        for (const auto* choices : {&of_left, &of_right})
            for (const Choice& choice : *choices) {
                if (choice.best == nullptr) continue;
                const bool more = most == nullptr || choice.regret() > most->regret() ||
                                  (choice.regret() == most->regret() && better(*choice.best, *most->best));
                if (more) most = &choice;
            }
        if (possible > 1 && most->second != nullptr) {
            ++matching.chosen;
            if (most->regret() == 0) ++matching.undecided;
        }
        const MatchEdge taken = *most->best;
        pair(taken);
        drop(edges, taken);
    }
    return matching;
}

}  // namespace kstrax
