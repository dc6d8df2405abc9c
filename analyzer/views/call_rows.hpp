// SPDX-License-Identifier: GPL-2.0-or-later
// Writes the rows of a report whose rows are calls.
#pragma once

#include "analyzer/fields/call_fields.hpp"
#include "analyzer/views/views.hpp"

namespace kstrax {

inline constexpr auto kCallColumns = columns_in<kFieldsOfCalls, kColumn>();

class CallWriter {
  public:
    CallWriter(const ReportContext& context, const RowForm<CallLine>& form, SinkOutput& output,
               const std::string& heading)
        : context_(context), writer_(form, output, heading) {}

    void put(const Call& call, const TaskNote* note = nullptr) {
        CallLine line = line_of(context_, call, scratch_);
        line.note = note;
        line.before = rows_ == 0 ? moment_of(call) : before_;
        writer_.put(line);
        before_ = moment_of(call);
        ++rows_;
    }
    [[nodiscard]] std::uint64_t rows() const { return rows_; }

  private:
    const ReportContext& context_;
    RowWriter<CallLine> writer_;
    std::string scratch_;
    std::uint64_t rows_ = 0;
    Nanos before_ = 0;
};

}  // namespace kstrax
