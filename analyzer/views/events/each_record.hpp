// SPDX-License-Identifier: GPL-2.0-or-later
// The records that a report of a trace is made of.
#pragma once

#include <vector>

#include "analyzer/views/views.hpp"

namespace kstrax {

/// Each record that the selection wants.
template <typename Take>
std::vector<CpuTrust> each_record(ReportContext& context, const Take& take) {
    if (context.selection.needs_count()) {
        MergedRecords records(context.recording, context.cancel);
        while (const Record* record = records.next()) context.selection.count(*record);
    }
    MergedRecords records(context.recording, context.cancel);
    while (const Record* record = records.next())
        if (context.selection.wants(*record)) take(*record);
    return records.trust();
}

}  // namespace kstrax
