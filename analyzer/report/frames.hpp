// SPDX-License-Identifier: GPL-2.0-or-later
// What stands before and behind the rows of a report, for machines and for people.
#pragma once

#include <optional>
#include <string_view>

#include "analyzer/report/report.hpp"
#include "analyzer/views/trust_rows.hpp"
#include "analyzer/views/views.hpp"
#include "analyzer/wording/meanwhile.hpp"

namespace kstrax {

struct ReportName {
    std::string_view name;   ///< for machines
    std::string_view title;  ///< for people
};

/// Each as its sentence, and as a row with its kind.
void add_findings(FactObject& facts, const Findings& findings);

[[nodiscard]] Frame head_of(ReportContext& context, const ReportRequest& request, const ReportName& name);

/// What the reading has shown.
struct ReportEnd {
    const ReportBody& body;
    const Findings& findings;
    const LostTotals& lost;
    const std::optional<Meanwhile>& meanwhile;
};
[[nodiscard]] Frame tail_of(const ReportContext& context, const ReportRequest& request, const ReportEnd& end);

}  // namespace kstrax
