// SPDX-License-Identifier: GPL-2.0-or-later
// Calls and records of a recording as rows for expressions.
#pragma once

#include <string>
#include <vector>

#include "analyzer/fields/line.hpp"
#include "analyzer/query/row.hpp"

namespace kstrax {

class CallRow {
  public:
    /// `asked`: the fields that rows are to have. `local`: times of day are those of the reader's time zone.
    /// `notes`: what is known of tasks; null: nothing. Recording and notes must outlive it.
    CallRow(const Recording& recording, FieldSet asked, bool local, const TaskNotes* notes);

    /// Each valid until the next, and as long as the call or record. `now`: when calls in flight are looked at.
    const QueryRow& of(const Call& call, Nanos now);
    const QueryRow& of(const Record& record);

    [[nodiscard]] const LineContext& context() const { return context_; }

  private:
    template <typename Line>
    struct Asked {
        FieldId id;
        Value (*get)(const Line& line);
    };
    template <const auto& kFields, typename Line>
    static void ask(FieldSet asked, std::vector<Asked<Line>>& fields);
    template <typename Line>
    const QueryRow& fill(const Line& line, const std::vector<Asked<Line>>& fields);

    LineContext context_;
    std::vector<Asked<CallLine>> of_calls_;
    std::vector<Asked<RecordLine>> of_records_;
    QueryRow row_;
    std::string scratch_;
};

}  // namespace kstrax
