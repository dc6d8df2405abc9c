// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/lines/line_filter.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>

#include "analyzer/lines/line_source.hpp"
#include "analyzer/lines/report_line.hpp"
#include "analyzer/report/field_list.hpp"
#include "analyzer/sinks/color.hpp"
#include "analyzer/sinks/plain_text.hpp"
#include "analyzer/wording/report_clock.hpp"
#include "analyzer/wording/warnings.hpp"
#include "formats/call_numbers.hpp"
#include "formats/syscalls.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kFlushAt = 1 << 16;
/// So many lines without one of a report's, and it is another text.
constexpr std::uint64_t kPatience = 1000;

/// What stands first in other texts that kstrax makes.
struct OtherText {
    std::string_view beginning;
    const char* what;
};
constexpr std::array kOtherTexts{
    OtherText{"# kstrax statistics", "a statistics report"},
    OtherText{"# kstrax in-flight", "an in-flight report"},
    OtherText{"recording  ", "a summary"},
    OtherText{"{\"type\":\"header\"", "a report in JSONL"},
};

/// What a text is that begins so; null: perhaps a report that can be filtered.
const char* other_text(std::string_view line) {
    for (const OtherText& other : kOtherTexts)
        if (line.starts_with(other.beginning)) return other.what;
    return begins_as_csv(line) ? "a report in CSV" : nullptr;
}

/// A call by number, as lines can tell: by name, where all tables that have the number agree on it.
Result<Expression> call_with_number(std::uint16_t nr, const std::string& text) {
    std::vector<std::string> names;
    for (const SyscallTable* table : syscall_tables()) {
        const Syscall* call = table->find(nr);
        if (call != nullptr && std::ranges::find(names, call->name) == names.end()) names.emplace_back(call->name);
    }
    if (names.size() > 1) return Expression::compare("nr", Comparison::Equal, {&text, 1});
    names.push_back(fmt::format("{}{}", kUnnamedCall, nr));
    return Expression::compare("call", Comparison::Equal, names);
}

Result<Expression> calls_named(const std::vector<std::string>& calls) {
    std::optional<Expression> all;
    for (const std::string& call : calls) {
        const auto number = call_number(call);
        auto one =
            number ? call_with_number(*number, call) : Expression::compare("call", Comparison::Equal, {&call, 1});
        if (!one) return one;
        all = all ? Expression::either(std::move(*all), std::move(*one)) : std::move(*one);
    }
    return std::move(*all);
}

/// What the filter asks of lines, under the names that the user gave it.
Result<std::vector<Condition>> conditions_of(const Filter& filter) {
    std::vector<Condition> conditions = filter.conditions;
    if (!filter.moments.empty())
        return Error{ErrorCode::Usage,
                     fmt::format("{}: a text report has neither dates nor the recording's end; kstrax-dump "
                                 "and kstrax take the same filters and know them",
                                 filter.moments.front().words)};
    if (!filter.tasks.empty()) {
        std::vector<std::string> pids;
        for (const Tid task : filter.tasks) pids.push_back(std::to_string(task));
        auto expression = Expression::compare("pid", Comparison::Equal, pids);
        if (!expression) return expression.error();
        conditions.push_back({"-p", std::move(*expression)});
    }
    if (!filter.calls.empty()) {
        auto expression = calls_named(filter.calls);
        if (!expression) return expression.error().in("-e");
        conditions.push_back({"-e", std::move(*expression)});
    }
    return conditions;
}

/// The line as plain_text(), but in the colours that kstrax itself gives to lines.
std::string shown_line(std::string_view line) {
    std::string shown;
    while (!line.empty()) {
        const std::size_t escape = std::min(line.find('\x1b'), line.size());
        shown += plain_text(line.substr(0, escape));
        line.remove_prefix(escape);
        if (line.empty()) break;
        constexpr std::array kOurs{kRed, kYellow, kBold, kPlain};
        const auto* ours = std::ranges::find_if(kOurs, [&](std::string_view color) { return line.starts_with(color); });
        const std::string_view taken = line.substr(0, ours != kOurs.end() ? ours->size() : 1);
        shown += ours != kOurs.end() ? std::string(taken) : plain_text(taken);
        line.remove_prefix(taken.size());
    }
    return shown;
}

class LineFilter {
  public:
    LineFilter(std::vector<Condition> conditions, const Filter& filter, Output& output, bool colored)
        : conditions_(std::move(conditions)), filter_(filter), output_(output) {
        buffer_.set_colored(colored);
    }

    Result<LineFilterOutcome> run(LineSource& source) {
        for (;;) {
            auto line = source.next();
            if (!line) return line.error();
            if (!*line) break;
            const auto taken = take(as_written_here(**line, source.number()), source.number());
            if (!taken) return taken.error();
        }
        if (!understood_ && outcome_.unknown > 0) return no_report();
        if (const auto written = flush(); !written) return written.error();
        return outcome_;
    }

  private:
    /// Without what other systems put into a text: a mark of its encoding, and returns before the newlines.
    static LineSource::Line as_written_here(LineSource::Line line, std::uint64_t number) {
        constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
        if (number == 1 && line.text.starts_with(kByteOrderMark)) line.text.remove_prefix(kByteOrderMark.size());
        if (line.whole && line.text.ends_with('\r')) line.text.remove_suffix(1);
        return line;
    }

    static Error no_report() {
        return {ErrorCode::Unsupported, "no line is one of a paired or raw text report (kstrax-dump -t or -r)"};
    }

    Result<void> take(const LineSource::Line& line, std::uint64_t number) {
        if (const char* other = number == 1 ? other_text(line.text) : nullptr; other != nullptr)
            return Error{
                ErrorCode::Unsupported,
                fmt::format("{}; only paired and raw text reports (kstrax-dump -t or -r) can be filtered", other)};
        const LineKind kind = line.whole ? report_line_.read(line.text) : LineKind::Unknown;
        switch (kind) {
            case LineKind::Comment:
                return comment(line.text, number);
            case LineKind::Paired:
            case LineKind::Raw:
                return row(line.text);
            case LineKind::Differences:
                return told_from_others();
            case LineKind::Unknown:
                break;
        }
        if (outcome_.unknown++ == 0) outcome_.first_unknown = number;
        if (!understood_ && outcome_.unknown >= kPatience) return no_report();
        return {};
    }

    Result<void> comment(std::string_view text, std::uint64_t number) {
        if (filter_.names_only) return {};
        if (reads_as_warning(text)) {
            const WarningLine line(buffer_);
            append(buffer_, shown_line(text));
        } else {
            put(text);
        }
        // Where a report made with the filter has it.
        if (number == 1 && text.starts_with("# kstrax ") && !filter_.empty()) {
            append(buffer_, "# only: ");
            append_c_escaped(buffer_, describe(filter_));
            buffer_.push_back('\n');
        }
        return flush_if_full();
    }

    /// --time=delta: what is left out would change what is left.
    static Error told_from_others() {
        return {ErrorCode::Unsupported,
                "its times are differences between lines (--time=delta); give the filters to kstrax-dump or kstrax"};
    }

    /// Can lines of this shape answer what is asked, as the recording would?
    [[nodiscard]] Result<void> check(const LineShape& shape) const {
        const bool cut = shape.digits < kMostDigits;
        const std::string why = cut ? fmt::format(" (its times have {} digits)", shape.digits) : "";
        for (const Condition& condition : conditions_) {
            if (const auto use = condition.expression.first_beyond(shape.fields))
                return Error{
                    ErrorCode::Usage,
                    fmt::format("{}: this report does not show '{}'{}; kstrax-dump and kstrax take the same filters "
                                "and know it",
                                condition.words, use->field, why)};
            if (cut && condition.expression.has_finer_times(unit_of(shape.digits)))
                return Error{ErrorCode::Usage,
                             fmt::format("{}: is finer than this report's times, which have {} digits", condition.words,
                                         shape.digits)};
        }
        return {};
    }

    Result<void> row(std::string_view text) {
        understood_ = true;
        if (report_line_.shape() != checked_) {
            if (const auto answered = check(report_line_.shape()); !answered) return answered;
            checked_ = report_line_.shape();
            opened_ = filter_.opened ? std::optional(opened_files(checked_.fields)) : std::nullopt;
            outcome_.raw |= checked_.kind == LineKind::Raw;
        }
        for (const Condition& condition : conditions_)
            if (!condition.expression.matches(report_line_.row())) return {};
        if (opened_ && !opened_->matches(report_line_.row())) return {};
        ++outcome_.shown;
        if (!filter_.names_only) {
            put(text);
        } else {
            append_c_escaped(buffer_, report_line_.row().text(find_field("path")->id));
            put(report_line_.path_cut() ? "..." : "");
        }
        return flush_if_full();
    }

    /// Anybody may have written the text, and put anything into a comment or a name.
    void put(std::string_view text) {
        constexpr auto plain = [](char c) { return c >= 0x20 && c < 0x7f; };
        if (std::ranges::all_of(text, plain)) append(buffer_, text);
        else append(buffer_, shown_line(text));
        buffer_.push_back('\n');
    }
    Result<void> flush_if_full() { return buffer_.size() < kFlushAt ? Result<void>() : flush(); }
    Result<void> flush() {
        const auto written = output_.write({buffer_.data(), buffer_.size()});
        buffer_.clear();
        return written;
    }

    std::vector<Condition> conditions_;
    const Filter& filter_;
    Output& output_;
    ReportLine report_line_;
    TextBuffer buffer_;
    LineFilterOutcome outcome_;
    bool understood_ = false;           // a line, at least
    LineShape checked_;                 // of the lines that can answer
    std::optional<Expression> opened_;  // for lines of that shape
};

}  // namespace

Result<LineFilterOutcome> filter_lines(int fd, const Filter& filter, Output& output, bool colored) {
    auto conditions = conditions_of(filter);
    if (!conditions) return conditions.error();
    LineSource source(fd);
    return LineFilter(std::move(*conditions), filter, output, colored).run(source);
}

}  // namespace kstrax
