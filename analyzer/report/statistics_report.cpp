// SPDX-License-Identifier: GPL-2.0-or-later
// One line a system call: how often, how long, how many failed.
#include <algorithm>
#include <functional>

#include "analyzer/report/call_text.hpp"
#include "analyzer/report/reports.hpp"
#include "analyzer/trace/statistics.hpp"

namespace kstrax {

namespace {

struct Row {
    const ReportContext& context;
    const CallStatistics& statistics;
    std::string_view name;
};

/// Times are of completed calls; without any there are none.
template <auto Time>
Value time_value(const Row& row) {
    if (row.statistics.completed == 0) return Absent{};
    return std::uint64_t{std::invoke(Time, row.statistics)};
}

constexpr std::array kColumns{
    Column<Row>{"abi", [](const Row& r) -> Value { return Name{abi_name(r.statistics.abi)}; }},
    Column<Row>{"nr", [](const Row& r) -> Value { return number_value(r.statistics.nr); }},
    Column<Row>{"name", [](const Row& r) -> Value { return Name{r.name}; }},
    Column<Row>{"calls", [](const Row& r) -> Value { return r.statistics.calls; }},
    Column<Row>{"avg_ns", time_value<&CallStatistics::average>},
    Column<Row>{"max_ns", time_value<&CallStatistics::longest>},
    Column<Row>{"min_ns", time_value<&CallStatistics::shortest>},
    Column<Row>{"total_ns", time_value<&CallStatistics::total>},
    Column<Row>{"errors", [](const Row& r) -> Value { return r.statistics.errors; }},
    Column<Row>{"no_entry", [](const Row& r) -> Value { return r.statistics.no_entry; }},
    Column<Row>{"no_exit", [](const Row& r) -> Value { return r.statistics.no_exit; }},
    Column<Row>{"uncertain", [](const Row& r) -> Value { return r.statistics.uncertain; }},
};

std::string microseconds(const CallStatistics& row, Nanos nanos) {
    if (row.completed == 0) return "-";
    return fmt::format("{}.{:03}", nanos / 1000, nanos % 1000);
}

void append_text(TextBuffer& out, const Row& row) {
    const CallStatistics& s = row.statistics;
    TextBuffer name;
    append_call_name(name, row.context, s.abi, s.nr);
    const std::string nr = s.nr == KSTRAX_NR_NONE ? "-1" : s.nr == KSTRAX_NR_TOO_BIG ? ">4093" : std::to_string(s.nr);
    fmt::format_to(std::back_inserter(out), "{:>5}  {:<24} {:>9} {:>14} {:>14} {:>12} {:>16} {:>8} {:>8} {:>8}", nr,
                   std::string_view(name.data(), name.size()), s.calls, microseconds(s, s.average()),
                   microseconds(s, s.longest), microseconds(s, s.shortest), microseconds(s, s.total), s.errors,
                   s.no_entry, s.no_exit);
}

constexpr RowForm<Row> kForm{kColumns,
                             "#  nr  name                         calls       avg (us)       max (us)     min (us)"
                             "       total (us)   errors no_entry  no_exit",
                             append_text};

}  // namespace

ReportBody statistics_report(ReportContext& context, Format format, Output& output) {
    Statistics statistics(context.names, context.word_size());
    ReportBody body;
    body.trust = pair_recording(context, [&](const Call& call) { statistics.add(call); });
    RowWriter<Row> writer(kForm, format, output);
    std::string scratch;
    std::uint64_t uncertain = 0;
    for (const CallStatistics& row : statistics.rows()) {
        writer.put({context, row, call_name(context, row.abi, row.nr, scratch)});
        ++body.rows;
        uncertain += row.uncertain;
    }
    writer.flush();
    if (format == Format::Text && uncertain > 0)
        (void)output.write(fmt::format("# left out of the times: {} that may be two calls\n", uncertain));
    return body;
}

}  // namespace kstrax
