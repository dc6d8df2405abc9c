// SPDX-License-Identifier: GPL-2.0-or-later
// What the options are, for readers (-h) and for programs (--list-options).
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <sstream>

#include "analyzer/base/lists.hpp"
#include "analyzer/base/output_file.hpp"
#include "analyzer/command/support/options.hpp"
#include "analyzer/importers/kstrax_memory/ways.hpp"
#include "analyzer/report/field_list.hpp"
#include "analyzer/sinks/csv_forms.hpp"
#include "analyzer/views/call_order.hpp"
#include "analyzer/views/statistics_columns.hpp"
#include "formats/call_classes.hpp"
#include "formats/errnos.hpp"
#include "formats/layout.hpp"
#include "formats/syscalls.hpp"

namespace po = boost::program_options;

namespace kstrax {

std::string help_table(const po::options_description& description) {
    std::ostringstream text;
    text << description;
    return text.str();
}

namespace {

/// The names in a table of choices, with blanks between.
template <const auto& kTable>
std::string names_in() {
    std::string names;
    for (const auto& one : kTable) names.append(names.empty() ? "" : " ").append(one.name);
    return names;
}
std::string all_call_names() {
    std::set<std::string_view> names;
    for (const CallClass& one : call_classes()) names.insert(one.name);
    for (const SyscallTable* table : syscall_tables())
        for (const Syscall& call : table->calls) names.insert(call.name);
    return fmt::format("{}", fmt::join(names, " "));
}
std::string error_names() {
    std::string names(kAnyError);
    for (const ErrnoInfo& info : errnos()) names.append(" ").append(info.name);
    return names;
}
std::string sort_names() {
    std::set<std::string> names;
    for (const std::string_view field : sortable_fields()) names.emplace(field);
    for (const GroupingInfo& one : kGroupings) {
        if (counts_events(one.grouping)) continue;  // whose rows have one order
        std::string columns = statistics_column_names({one.grouping, true, {}});
        std::erase(columns, ',');
        std::istringstream words(columns);
        for (std::string name; words >> name;) names.insert(name);
    }
    return fmt::format("{}", fmt::join(names, " "));
}
std::string sink_names() { return list_of(sinks(), &SinkInfo::name, " "); }
std::string csv_form_names() { return list_of(csv_forms(), &CsvForm::name, " "); }
std::string way_names() { return list_of(ways(), &WayInfo::name, " "); }
std::string layout_names() { return list_of(layouts(), &Layout::name, " "); }

/// What a value of an option may be, for completion; of the others, anything.
struct ValueForm {
    std::string_view option;
    std::string_view kind;     // "file"; "list": several with commas between
    std::string (*choices)();  // null: none are known
};
constexpr std::array kValueForms{
    ValueForm{"output", "file", nullptr},
    ValueForm{"excerpt", "file", nullptr},
    ValueForm{"trace-dat", "file", nullptr},
    ValueForm{"symbols", "file", nullptr},
    ValueForm{"layout", "file", layout_names},
    ValueForm{"call", "list", all_call_names},
    ValueForm{"histogram", "", all_call_names},
    ValueForm{"error", "list", error_names},
    ValueForm{"by", "", names_in<kGroupings>},
    ValueForm{"sort", "", sort_names},
    ValueForm{"format", "", sink_names},
    ValueForm{"csv", "", csv_form_names},
    ValueForm{"find", "", way_names},
    ValueForm{"time", "", names_in<kTimeForms>},
    ValueForm{"columns", "", names_in<kColumnSets>},
    ValueForm{"color", "", names_in<kColorModes>},
};

/// A line an option, with tabs between: letter, long name, value, "file" or "list" (several with commas) if it
/// is one, its choices, help. Words have "=" as their letter.
std::string option_table(const po::options_description& description, std::span<const CommandWord> words) {
    std::string table;
    for (const CommandWord& word : words) table += fmt::format("=\t{}\t\t\t\t{}\n", word.word, word.help);
    for (const auto& option : description.options()) {
        const std::string name = option->format_name();
        const bool has_letter = name.size() > 1 && name[1] != '-';
        const auto* form = std::ranges::find(kValueForms, option->long_name(), &ValueForm::option);
        const bool known = form != kValueForms.end();
        table += fmt::format("{}\t{}\t{}\t{}\t{}\t{}\n", has_letter ? name.substr(1, 1) : "", option->long_name(),
                             option->format_parameter(), known ? form->kind : "",
                             known && form->choices != nullptr ? form->choices() : "", option->description());
    }
    return table;
}

ExitStatus print(std::string_view tool, std::string_view text) {
    const auto written = OutputFile::standard_output()->write(text);
    return written ? kDone : fail(tool, written.error());
}

}  // namespace

std::optional<ExitStatus> answer_help(std::string_view tool, std::string_view usage, const po::variables_map& values,
                                      const po::options_description& description, std::span<const CommandWord> words) {
    if (values[kListOptions].as<bool>()) return print(tool, option_table(description, words));
    if (!values["help"].as<bool>()) return std::nullopt;
    return print(tool, fmt::format("{}\n{}", usage, help_table(description)));
}

std::optional<ExitStatus> answer_fields(std::string_view tool, const CommonOptions& options) {
    if (!options.reports.empty() || options.sources != std::vector<std::string>{"fields"}) return std::nullopt;
    return print(tool, "# field\ttype\treports\tfilters\tmeaning\n" + field_table());
}

ExitStatus print_version(std::string_view tool) { return print(tool, fmt::format("{} {}\n", tool, KSTRAX_VERSION)); }

}  // namespace kstrax
