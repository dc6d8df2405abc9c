// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/report/field_list.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "analyzer/base/enum_table.hpp"
#include "analyzer/fields/all_fields.hpp"
#include "analyzer/views/kernel/kernel_view.hpp"
#include "analyzer/views/views.hpp"

namespace kstrax {

namespace {

struct ReportFields {
    std::string_view name;
    std::vector<ColumnInfo> (*columns)();
    FieldSet filter;                                   ///< fields of calls that its filters take
    std::span<const FieldInfo> (*fields)() = nullptr;  ///< or fields of its own
};
constexpr std::array kReports{
    ReportFields{"paired", paired_columns, kCallFields},
    ReportFields{"raw", raw_columns, kRecordFields},
    ReportFields{"in-flight", in_flight_columns, kCallFields},
    ReportFields{"statistics", statistics_columns, kCallFields},
    ReportFields{"log", log_columns, {}, log_fields},
    ReportFields{"open-files", files_columns, {}, files_fields},
    ReportFields{"tasks", tasks_columns, {}, tasks_fields},
    ReportFields{"stack", stack_columns, {}, tasks_fields},
    ReportFields{"overview", overview_columns, {}},
    ReportFields{"locks", locks_columns, {}},
};

struct KindName {
    FieldKind kind;
    std::string_view name;
};
constexpr std::array kKinds{
    KindName{FieldKind::Number, "number"},     KindName{FieldKind::Nanoseconds, "nanoseconds"},
    KindName{FieldKind::Duration, "duration"}, KindName{FieldKind::TimeOfDay, "time of day"},
    KindName{FieldKind::ErrorNumber, "errno"}, KindName{FieldKind::Call, "call"},
    KindName{FieldKind::Word, "word"},         KindName{FieldKind::Text, "text"},
    KindName{FieldKind::Numbers, "numbers"},   KindName{FieldKind::Address, "address"},
};
static_assert(in_order(kKinds, &KindName::kind));

std::string_view type_of(FieldKind kind) { return row_of(kKinds, kind).name; }

bool takes(const ReportFields& report, std::string_view name, const FieldInfo* of_calls) {
    if (report.fields == nullptr) return of_calls != nullptr && report.filter.has(of_calls->id);
    return std::ranges::any_of(report.fields(), [&](const FieldInfo& field) { return field.name == name; });
}

/// What its row says, or that of the call's field of its name.
ListedField listed(const ColumnInfo& column) {
    ListedField one{column.name, type_of(column.kind), column.meaning, {}, {}};
    const FieldInfo* field = find_field(column.name);
    if (field != nullptr && one.meaning.empty()) {
        one.type = type_of(field->kind);
        one.meaning = field->meaning;
    }
    for (const ReportFields& report : kReports)
        if (takes(report, column.name, field)) one.filters.push_back(report.name);
    return one;
}

}  // namespace

std::vector<ListedField> listed_fields() {
    std::vector<ListedField> fields;
    const auto place_of = [&](const ColumnInfo& column) -> ListedField& {
        const auto known = std::ranges::find(fields, column.name, &ListedField::name);
        return known != fields.end() ? *known : fields.emplace_back(listed(column));
    };
    for (const ReportFields& report : kReports)
        for (const ColumnInfo& column : report.columns()) place_of(column).reports.push_back(report.name);
    for (const FieldInfo& field : field_infos()) (void)place_of({field.name, field.kind, field.meaning});
    for (const ReportFields& report : kReports)
        if (report.fields != nullptr)
            for (const FieldInfo& field : report.fields()) (void)place_of({field.name, field.kind, field.meaning});
    return fields;
}

std::string field_table() {
    std::string table;
    for (const ListedField& field : listed_fields())
        table += fmt::format("{}\t{}\t{}\t{}\t{}\n", field.name, field.type, fmt::join(field.reports, " "),
                             fmt::join(field.filters, " "), field.meaning);
    return table;
}

bool begins_as_csv(std::string_view line) {
    return std::ranges::any_of(kReports, [&](const ReportFields& report) {
        const auto columns = report.columns();
        return line.starts_with(fmt::format("{},{},", columns[0].name, columns[1].name));
    });
}

}  // namespace kstrax
