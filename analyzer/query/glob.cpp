// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/query/glob.hpp"

namespace kstrax {

namespace {

struct Step {
    bool matches;
    std::size_t length;  // of the pattern, taken
};

/// The set that `pattern` begins with ("[…]"), against one byte.
Step match_set(std::string_view pattern, char c) {
    const auto byte = static_cast<unsigned char>(c);
    std::size_t at = 1;
    const bool others = at < pattern.size() && (pattern[at] == '!' || pattern[at] == '^');
    if (others) ++at;
    bool found = false;
    for (bool first = true; at < pattern.size() && (first || pattern[at] != ']'); first = false) {
        const auto low = static_cast<unsigned char>(pattern[at++]);
        unsigned char high = low;
        if (at + 1 < pattern.size() && pattern[at] == '-' && pattern[at + 1] != ']') {
            high = static_cast<unsigned char>(pattern[at + 1]);
            at += 2;
        }
        found = found || (low <= byte && byte <= high);
    }
    if (at >= pattern.size()) return {c == '[', 1};
    return {found != others, at + 1};
}

/// What `pattern` begins with, save a star, against one byte.
Step match_one(std::string_view pattern, char c) {
    if (pattern[0] == '?') return {true, 1};
    if (pattern[0] == '[') return match_set(pattern, c);
    if (pattern[0] == '\\' && pattern.size() > 1) return {pattern[1] == c, 2};
    return {pattern[0] == c, 1};
}

}  // namespace

bool glob_matches(std::string_view pattern, std::string_view text) {
    std::size_t p = 0;
    std::size_t t = 0;
    // Behind the last star, and how far the text went into it: where to go on if the rest fails.
    std::size_t star = pattern.npos;
    std::size_t taken = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = ++p;
            taken = t;
            continue;
        }
        if (p < pattern.size()) {
            const Step step = match_one(pattern.substr(p), text[t]);
            if (step.matches) {
                p += step.length;
                ++t;
                continue;
            }
        }
        if (star == pattern.npos) return false;
        p = star;
        t = ++taken;
    }
    while (p < pattern.size() && pattern[p] == '*') ++p;
    return p == pattern.size();
}

}  // namespace kstrax
