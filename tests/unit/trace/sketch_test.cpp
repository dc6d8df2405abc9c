// SPDX-License-Identifier: GPL-2.0-or-later
// Percentiles against those of sorted values, and the reports that are made from sketches.
#include "analyzer/trace/statistics/sketch.hpp"

#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "tests/support/memory.hpp"
#include "tests/support/reports.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr double kShares[] = {0.5, 0.9, 0.99, 0.999, 1};

/// By nearest rank.
Nanos exact(const std::vector<Nanos>& sorted, double share) {
    const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
    return sorted[std::max<std::size_t>(rank, 1) - 1];
}

const char kScript[] = R"(
    cpus 2
    0 1000 tid=1 read
    0 1010 tid=1 read = 1
    0 2000 tid=1 read
    0 2020 tid=1 read = 1
    1 3000 tid=2 read
    1 3100 tid=2 read = -EINTR
    1 4000 tid=2 write
    1 9000 tid=2 write = 5
    1 9500 tid=2 close
)";

std::vector<std::string> report(const StatisticsRequest& statistics, std::string_view format = "csv",
                                const char* sort = "") {
    const RingImage image(kScript);
    const SearchedMemory searched(image.memory);
    StringOutput output;
    ReportRequest request{.kind = ReportKind::Statistics,
                          .sink = find_sink(format),
                          .tool = "test",
                          .source = "image",
                          .source_format = "test",
                          .statistics = statistics,
                          .sort = sort};
    const auto outcome = write_report(searched.recording(), request, output);
    if (!outcome) return {outcome.error().message};
    return lines_of(output.text());
}

StatisticsRequest by(Grouping grouping) {
    StatisticsRequest request;
    request.grouping = grouping;
    return request;
}
StatisticsRequest with_percentiles() {
    StatisticsRequest request;
    request.percentiles = true;
    return request;
}
/// Of all calls: to narrow it to one is the caller's filter.
StatisticsRequest histogram() {
    StatisticsRequest request;
    request.histogram = "all";
    return request;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sketch)

BOOST_AUTO_TEST_CASE(percentiles_are_within_their_error) {
    Random random(5);
    for (int round = 0; round < 200; ++round) {
        const unsigned widest = static_cast<unsigned>(1 + random.below(64));
        std::vector<Nanos> values;
        Sketch sketch;
        for (std::uint64_t i = 1 + random.below(3000); i > 0; --i) {
            // All sizes are as likely as one another.
            values.push_back(random.next() >> (64 - 1 - random.below(widest)));
            sketch.add(values.back());
        }
        std::ranges::sort(values);
        BOOST_TEST(sketch.count() == values.size());
        for (const double share : kShares) {
            const auto right = static_cast<double>(exact(values, share));
            const auto got = static_cast<double>(sketch.quantile(share));
            BOOST_TEST(std::abs(got - right) <= right / 128);
            BOOST_TEST((right >= 64 || got == right));
        }
    }
}

BOOST_AUTO_TEST_CASE(powers_of_two_hold_all_values) {
    Sketch sketch;
    for (const Nanos value : {0, 1, 2, 3, 4, 63, 64, 127, 128}) sketch.add(value);
    sketch.add(~Nanos{0});
    const auto at = [&](unsigned n) { return sketch.of_power_of_two(n); };
    BOOST_TEST(at(0) == 2U);
    BOOST_TEST(at(1) == 2U);
    BOOST_TEST(at(2) == 1U);
    BOOST_TEST(at(5) == 1U);
    BOOST_TEST(at(6) == 2U);
    BOOST_TEST(at(7) == 1U);
    BOOST_TEST(at(63) == 1U);
    BOOST_TEST(at(40) == 0U);
    BOOST_TEST(Sketch().quantile(0.5) == 0U);
}

BOOST_AUTO_TEST_CASE(statistics_by_other_things_than_calls) {
    const std::vector<std::string> by_pid{
        "pid,calls,avg_ns,max_ns,min_ns,total_ns,errors,no_entry,no_exit,uncertain,percent,in_flight_ns",
        "1,2,15,20,10,30,0,0,0,0,0.58,0", "2,3,2550,5000,100,5100,1,0,1,0,99.42,0"};
    BOOST_TEST(report(by(Grouping::Pid)) == by_pid, boost::test_tools::per_element());
    const std::vector<std::string> by_error{
        "error,calls,avg_ns,max_ns,min_ns,total_ns,errors,no_entry,no_exit,uncertain,percent,in_flight_ns",
        "success,3,1676,5000,10,5030,0,0,0,0,98.05,0", "EINTR,1,100,100,100,100,1,0,0,0,1.95,0",
        "not returned,1,,,,,0,0,1,0,,0"};
    BOOST_TEST(report(by(Grouping::Error)) == by_error, boost::test_tools::per_element());
    BOOST_TEST(report(by(Grouping::Cpu)).at(2) == "1,3,2550,5000,100,5100,1,0,1,0,99.42,0");
    BOOST_TEST(report(by(Grouping::Pid), "text").at(3).starts_with("       2         3          2.550"));
}

BOOST_AUTO_TEST_CASE(rows_sorted_by_a_column) {
    const auto names = [](const char* column) {
        std::string all;
        const auto lines = report({}, "csv", column);
        for (std::size_t i = 1; i < lines.size(); ++i)
            if (!lines[i].empty()) all += lines[i].substr(7, lines[i].find(',', 9) - 7) + " ";
        return all;
    };
    BOOST_TEST(names("total") == "1,write 0,read 3,close ");
    BOOST_TEST(names("total_ns") == "1,write 0,read 3,close ");
    BOOST_TEST(names("calls") == "0,read 1,write 3,close ");
    BOOST_TEST(names("name") == "3,close 0,read 1,write ");
    BOOST_TEST(report({}, "csv", "totl").at(0) ==
               "--sort totl: no such column; there are abi, nr, name, calls, avg, max, min, total, errors, no_entry, "
               "no_exit, uncertain, percent, in_flight");
}

// For people: where the time has gone, what is still going on, and all of it.
BOOST_AUTO_TEST_CASE(full_columns_are_sorted_and_summed_up) {
    const RingImage image(std::string(kScript) + "panic 9600 1 2\n");
    const SearchedMemory searched(image.memory);
    const auto full = [&](const StatisticsRequest& statistics, const char* sort) {
        StringOutput output;
        BOOST_TEST_REQUIRE(write_report(searched.recording(),
                                        {.kind = ReportKind::Statistics,
                                         .tool = "test",
                                         .source = "image",
                                         .source_format = "test",
                                         .statistics = statistics,
                                         .sort = sort,
                                         .columns = ColumnSet::Full},
                                        output)
                               .ok());
        return lines_of(output.text());
    };
    const std::vector<std::string> expected{
        "#  nr  name                         calls     total      % in flight       avg       max       min   errors "
        "no_entry  no_exit",
        "    1  write                            1    5.00us  97.47         -    5.00us    5.00us    5.00us        0 "
        "       0        0",
        "    0  read                             3     130ns   2.53         -      43ns     100ns      10ns        1 "
        "       0        0",
        "    3  close                            1         -      -     100ns         -         -         -        0 "
        "       0        1",
        "       total                            5    5.13us 100.00     100ns    1.28us    5.00us      10ns        1 "
        "       0        1"};
    const auto lines = full({}, "");
    BOOST_TEST(std::vector(lines.begin() + 1, lines.begin() + 6) == expected, boost::test_tools::per_element());
    BOOST_TEST(full({}, "in_flight").at(2).starts_with("    3  close"));
    BOOST_TEST(full(with_percentiles(), "").at(5).find("    5.00us    5.00us    5.00us") != std::string::npos);
    BOOST_TEST(full(by(Grouping::Pid), "").at(4).starts_with("   total         5"));
}

BOOST_AUTO_TEST_CASE(sums_of_sketches_are_sketches_of_all) {
    Sketch one, other, both;
    for (const Nanos value : {Nanos{1}, Nanos{100}, Nanos{70000}}) one.add(value), both.add(value);
    for (const Nanos value : {Nanos{2}, Nanos{5'000'000}}) other.add(value), both.add(value);
    one.add(other);
    for (const double share : kShares) BOOST_TEST(one.quantile(share) == both.quantile(share));
    BOOST_TEST(one.count() == 5U);
}

BOOST_AUTO_TEST_CASE(percentiles_beside_the_other_columns) {
    const auto lines = report(with_percentiles());
    BOOST_TEST(lines.at(0).ends_with("uncertain,percent,in_flight_ns,p50_ns,p90_ns,p99_ns,p99.9_ns"));
    BOOST_TEST(lines.at(1) == "native,0,read,3,43,100,10,130,1,0,0,0,2.53,0,20,100,100,100");
    BOOST_TEST(lines.at(3).ends_with("1,0,,0,,,,"));
    BOOST_TEST(report(with_percentiles(), "text").at(1).ends_with("p99.9 (us)"));
}

BOOST_AUTO_TEST_CASE(a_histogram_of_a_call) {
    const auto lines = report(histogram(), "text");
    BOOST_TEST(lines.at(1) == "#       from (us)           to (us)     calls");
    BOOST_TEST(lines.at(2) == "            0.008             0.016         1  |" + std::string(40, '#') + "|");
    BOOST_TEST(lines.at(4) == "            0.032             0.064         0  |" + std::string(40, ' ') + "|");
    BOOST_TEST(lines.at(11).starts_with("            4.096             8.192         1  |"));
    BOOST_TEST(report(histogram()).at(1) == "8,16,1");
}

BOOST_AUTO_TEST_SUITE_END()
