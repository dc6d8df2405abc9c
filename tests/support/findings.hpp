// SPDX-License-Identifier: GPL-2.0-or-later
// What findings say, for tests.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/base/finding.hpp"

namespace kstrax::test {

[[nodiscard]] inline std::vector<std::string> texts(const Findings& findings) {
    std::vector<std::string> all;
    for (const Finding& finding : findings) all.push_back(finding.text);
    return all;
}

/// One of them has these words in its sentence.
[[nodiscard]] inline bool mentions(const Findings& findings, std::string_view words) {
    return std::ranges::any_of(findings,
                               [&](const Finding& finding) { return finding.text.find(words) != std::string::npos; });
}

/// One of them is of this kind.
[[nodiscard]] inline bool has(const Findings& findings, FindingId id) {
    return std::ranges::find(findings, id, &Finding::id) != findings.end();
}

}  // namespace kstrax::test
