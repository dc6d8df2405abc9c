// SPDX-License-Identifier: GPL-2.0-or-later
// A text report through the filters of kstrax-filter.
#pragma once

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <stdexcept>
#include <string>
#include <thread>

#include "analyzer/lines/line_filter.hpp"
#include "analyzer/query/expression.hpp"
#include "tests/support/reports.hpp"

namespace kstrax::test {

inline Condition condition(std::string_view text) {
    auto expression = Expression::parse(text);
    if (!expression) throw std::runtime_error(expression.error().message);
    return {std::string(text), std::move(*expression)};
}
inline Filter where(std::string_view text) {
    Filter filter;
    filter.conditions.push_back(condition(text));
    return filter;
}

struct Filtered {
    std::string text;
    LineFilterOutcome outcome;
    std::string error;
};
/// The text comes through a pipe, as kstrax-filter would get it.
inline Filtered filtered(const std::string& report, const Filter& filter) {
    int ends[2];
    BOOST_REQUIRE(::pipe(ends) == 0);
    std::thread writer([&] {
        std::string_view rest = report;
        while (!rest.empty()) {
            const ssize_t written = ::write(ends[1], rest.data(), rest.size());
            if (written <= 0) break;
            rest.remove_prefix(static_cast<std::size_t>(written));
        }
        ::close(ends[1]);
    });
    StringOutput output;
    auto outcome = filter_lines(ends[0], filter, output);
    for (char rest[4096]; ::read(ends[0], rest, sizeof rest) > 0;) {
    }
    writer.join();
    ::close(ends[0]);
    if (!outcome) return {output.text(), {}, outcome.error().message};
    return {output.text(), *outcome, ""};
}

}  // namespace kstrax::test
