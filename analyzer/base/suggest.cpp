// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/base/suggest.hpp"

#include <algorithm>
#include <vector>

namespace kstrax {

namespace {

/// Longer words are no slips of the hand, and would cost their length squared.
constexpr std::size_t kLongest = 64;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b) {
    // Three rows of the usual table: two back, one back, and the one at work.
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        before.swap(last);
        last.swap(row);
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
    }
    return row[b.size()];
}

Nearest::Nearest(std::string_view wanted) : wanted_(wanted), distance_(2 + wanted.size() / 4) {}

void Nearest::offer(std::string_view candidate) {
    if (wanted_.size() > kLongest) return;
    const std::size_t distance = edit_distance(wanted_, candidate);
    // As many changes as there are letters make any word of any other.
    if (distance >= distance_ || distance >= candidate.size()) return;
    distance_ = distance;
    best_ = candidate;
}

std::string Nearest::question() const { return best_.empty() ? "" : "; did you mean '" + best_ + "'?"; }

}  // namespace kstrax
