// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/query/call_row.hpp"

#include "analyzer/fields/all_fields.hpp"

namespace kstrax {

template <const auto& kFields, typename Line>
void CallRow::ask(FieldSet asked, std::vector<Asked<Line>>& fields) {
    for (const auto& field : kFields) {
        if (!field.is_in(kAsked)) continue;
        const FieldId id = field_id(field.line.column.name);
        if (asked.has(id)) fields.push_back({id, field.asked != nullptr ? field.asked : field.line.column.get});
    }
}

CallRow::CallRow(const Recording& recording, FieldSet asked, bool local, const TaskNotes* notes)
    : context_(recording, local) {
    context_.notes = notes;
    ask<kFieldsOfCalls>(asked, of_calls_);
    ask<kFieldsOfRecords>(asked, of_records_);
}

template <typename Line>
const QueryRow& CallRow::fill(const Line& line, const std::vector<Asked<Line>>& fields) {
    row_.clear();
    for (const auto& field : fields) row_.set(field.id, field.get(line));
    return row_;
}

const QueryRow& CallRow::of(const Call& call, Nanos now) {
    context_.end = now;
    return fill(line_of(context_, call, scratch_), of_calls_);
}

const QueryRow& CallRow::of(const Record& record) {
    (void)fill(line_of(context_, record, scratch_), of_records_);
    row_.set_record(record);
    return row_;
}

}  // namespace kstrax
