// SPDX-License-Identifier: GPL-2.0-or-later
// System calls of a few threads on some CPUs, as a script, and what every report
// must say of them: reckoned from the calls, by nothing that the analyzer uses.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/report/report.hpp"

namespace kstrax::test {

struct Workload {
    std::string script;  // the records' lines, and the panic's
    /// The lines of the raw, paired, statistics and in-flight reports in CSV.
    std::map<ReportKind, std::vector<std::string>> reports;
};

/// About so many records, the same ones each time. Reports are of rings that hold all.
[[nodiscard]] Workload make_workload(std::string_view layout, unsigned cpus, unsigned records);

}  // namespace kstrax::test
