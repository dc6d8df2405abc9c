// SPDX-License-Identifier: GPL-2.0-or-later
// What tests of pairing share: records as a script, and what becomes of them as lines.
#pragma once

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "tests/support/calls.hpp"
#include "tests/support/reports.hpp"

namespace kstrax::test {

inline void check(std::string_view script, std::string_view expected) {
    BOOST_TEST(paired_calls(script) == expected_lines(expected), boost::test_tools::per_element());
}

inline bool has(std::string_view text, std::string_view words) { return text.find(words) != text.npos; }

inline std::string report(std::string_view script, ReportKind kind, std::string_view format = "text") {
    const RingImage image(script);
    const SearchedMemory memory(image.memory);
    return make_report(memory.recording(), kind, format).text;
}

}  // namespace kstrax::test
