// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/base/finding.hpp"

#include <boost/test/unit_test.hpp>
#include <fstream>
#include <iterator>
#include <set>

#include "tests/support/findings.hpp"

using namespace kstrax;
using namespace kstrax::test;

BOOST_AUTO_TEST_SUITE(finding)

BOOST_AUTO_TEST_CASE(each_kind_has_a_row_and_a_name_of_its_own) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < finding_infos().size(); ++i) {
        const FindingInfo& info = finding_infos()[i];
        BOOST_TEST(static_cast<std::size_t>(info.id) == i, info.name);
        BOOST_TEST(names.insert(info.name).second, info.name);
    }
}

BOOST_AUTO_TEST_CASE(the_documentation_has_each_of_them) {
    std::ifstream file("docs/reports.md");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    BOOST_REQUIRE(!text.empty());
    for (const FindingInfo& info : finding_infos()) {
        std::string row = "| ";
        row.append(info.name).append(" | ").append(info.meaning).append(" |\n");
        BOOST_TEST(text.find(row) != text.npos, row);
    }
}

BOOST_AUTO_TEST_CASE(the_worst_decides) {
    Findings findings;
    BOOST_TEST((findings.worst() == Severity::Note));
    findings.add(FindingId::RingMissing, "CPU 1: gone", 7);
    BOOST_TEST((findings.worst() == Severity::Incomplete));
    BOOST_TEST(has(findings, FindingId::RingMissing));
    BOOST_TEST(findings.front().count == 7U);
    Findings more;
    more.append(findings);
    BOOST_TEST((more == findings));
}

BOOST_AUTO_TEST_SUITE_END()
