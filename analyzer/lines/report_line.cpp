// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/lines/report_line.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <optional>
#include <unordered_map>

#include "analyzer/base/parse_number.hpp"
#include "analyzer/fields/all_fields.hpp"
#include "analyzer/query/literal.hpp"
#include "analyzer/sinks/color.hpp"
#include "analyzer/sinks/escape.hpp"
#include "analyzer/wording/report_clock.hpp"
#include "formats/argument_text.hpp"
#include "formats/errnos.hpp"

namespace kstrax {

namespace {

/// A cell of a line, as it is read back.
struct ReadCell {
    FieldId id;
    FieldKind kind;
    std::uint64_t most;
    bool may_lack;
    bool may_be_minus_one;
};

/// Of a report whose rows have these fields: the cells of its lines.
template <const auto& kFields, unsigned kLine>
constexpr auto cells_of() {
    constexpr auto kColumns = line_of<kFields, kLine>();
    std::array<ReadCell, kColumns.size()> cells{};
    auto* at = cells.begin();
    for (const auto& one : kColumns) {
        const auto name_of = [](const auto& field) { return field.line.column.name; };
        const auto& field = *std::ranges::find(kFields, one.column.name, name_of);
        const FieldId id = field_id(one.column.name);
        *at++ = {id, kFieldInfos[static_cast<std::size_t>(id)].kind, field.most, field.may_lack,
                 field.may_be_minus_one};
    }
    return cells;
}

/// And what its lines tell in any case. Times depend on what is known of their clock, and so do durations: those that
/// a line shows are cut.
template <const auto& kFields, unsigned kLine>
constexpr FieldSet told_by_lines() {
    FieldSet told;
    for (const auto& field : kFields) {
        if (!field.is_in(kAsked) || !(field.is_in_line(kLine) || field.is_in(kInCall))) continue;
        const FieldId id = field_id(field.line.column.name);
        const FieldKind kind = kFieldInfos[static_cast<std::size_t>(id)].kind;
        if (kind != FieldKind::TimeOfDay && kind != FieldKind::Duration) told.add(id);
    }
    return told;
}

/// A line that reports have.
struct LineForm {
    LineKind kind;
    std::span<const ReadCell> cells;
    FieldSet fields;
};
template <const auto& kFields, unsigned kLine>
constexpr auto kCells = cells_of<kFields, kLine>();
template <const auto& kFields, unsigned kLine>
constexpr LineForm form_of(LineKind kind) {
    return {kind, kCells<kFields, kLine>, told_by_lines<kFields, kLine>()};
}
constexpr LineForm kRawForm = form_of<kFieldsOfRecords, kManualLine>(LineKind::Raw);
constexpr LineForm kManualForm = form_of<kFieldsOfCalls, kManualLine>(LineKind::Paired);
constexpr LineForm kFullForm = form_of<kFieldsOfCalls, kFullLine>(LineKind::Paired);
constexpr LineForm kTaskForm = form_of<kFieldsOfCalls, kNamedLine>(LineKind::Paired);

constexpr FieldId kNr = field_id("nr");
constexpr FieldId kAbi = field_id("abi");
constexpr FieldId kCall = field_id("call");
constexpr FieldId kName = field_id("name");
constexpr FieldId kPath = field_id("path");
constexpr FieldId kPathEnd = field_id("path_end");
constexpr FieldId kPathRead = field_id("path_read");
constexpr FieldId kRet = field_id("ret");
constexpr FieldId kError = field_id("error");
constexpr FieldId kState = field_id("state");
constexpr FieldId kKind = field_id("kind");
constexpr FieldId kStart = field_id("start");
constexpr FieldId kEnd = field_id("end");
constexpr FieldId kTime = field_id("time");

constexpr std::string_view kHeading = "# kstrax ";

/// Which of a call's arguments is a text that the kernel reads; none where no table says that one is.
std::optional<unsigned> text_argument(std::string_view name) {
    static const auto kKnown = [] {
        std::unordered_map<std::string_view, unsigned> known;
        for (const SyscallTable* table : syscall_tables())
            for (const Syscall& call : table->calls)
                if (call.string_args != 0)
                    known.try_emplace(call.name, static_cast<unsigned>(std::countr_zero(call.string_args)));
        return known;
    }();
    const auto found = kKnown.find(name);
    return found == kKnown.end() ? std::nullopt : std::optional(found->second);
}

bool closes_its_quotes(std::string_view text) {
    bool open = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '"') open = !open;
        else if (open && text[i] == '\\') ++i;
    }
    return !open;
}

bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

}  // namespace

/// One line, taken from the left; every function answers whether its part was there.
class ReportLine::Reading {
  public:
    Reading(ReportLine& line, std::string_view text) : line_(line), row_(line.row_), rest_(text) {}

    LineKind run(const LineForm& form) {
        line_.row_.clear();
        line_.path_.clear();
        line_.path_cut_ = false;
        line_.shape_ = {form.kind, form.fields, 0};
        skip_blanks();
        if (!cells(form.cells) || !(form.kind == LineKind::Paired ? paired() : raw())) return LineKind::Unknown;
        return line_.shape_.kind;
    }

  private:
    bool cells(std::span<const ReadCell> all) {
        for (const ReadCell& one : all)
            if ((&one != all.data() && !blanks()) || !cell(one)) return false;
        return rest_.empty();
    }

    bool cell(const ReadCell& one) {
        if (one.kind == FieldKind::TimeOfDay) return time(one);
        if (one.kind == FieldKind::Duration) return duration();
        if (one.kind == FieldKind::Text) return name_of_task(one.id);
        if (one.kind == FieldKind::Call) return line_.shape_.kind == LineKind::Paired ? call() : record();
        if (one.may_lack && (rest_ == "-" || rest_.starts_with("- "))) return take("-");
        if (one.may_be_minus_one && take("-1")) {
            row_.set(one.id, std::int64_t{-1});
            return true;
        }
        std::uint64_t value = 0;
        if (!number(value) || value > one.most) return false;
        if (one.id != kNr || value != kNrTooBig) row_.set(one.id, static_cast<std::int64_t>(value));
        return true;
    }

    bool time(const ReadCell& one) {
        std::optional<LineTime>& time = one.id == kEnd ? end_ : start_;
        return time_or_dash(time) && (time || one.may_lack);
    }

    /// 12.3us, >3.10s, or a dash. It is cut: from start and end, more is known.
    bool duration() {
        const std::string_view word = rest_.substr(0, rest_.find(' '));
        rest_.remove_prefix(word.size());
        return word == "-" || parse_duration(word.substr(word.starts_with('>') ? 1 : 0));
    }

    /// Two blanks end it.
    bool name_of_task(FieldId id) {
        const std::string_view name = rest_.substr(0, rest_.find("  "));
        rest_.remove_prefix(name.size());
        line_.task_.clear();
        if (name == "-") return true;
        if (!append_unescaped(line_.task_, name)) return false;
        row_.set(id, std::string_view(line_.task_));
        return !name.empty();
    }

    /// name(arguments) = value <state>
    bool call() { return name() && arguments() && take(" = ") && result(returned_) && state(start_, end_); }

    bool paired() {
        if (is_difference(start_) || is_difference(end_)) {
            line_.shape_.kind = LineKind::Differences;
            return true;
        }
        if ((!start_ && !end_) || returned_ != end_.has_value() ||
            (start_ && end_ && (start_->form != end_->form || start_->digits != end_->digits)))
            return false;
        const LineTime& first = start_ ? *start_ : *end_;
        know_times(first, {kTimeFields, kStartFields, kEndFields});
        if (start_) set_time(kTimeFields, *start_);
        if (start_) set_time(kStartFields, *start_);
        if (end_) set_time(kEndFields, *end_);
        // Both ends are cut to their digits: with fewer than all, their difference is another.
        // And between two times of day the clock may have been set.
        const bool exact =
            line_.shape_.digits == kMostDigits && (first.form != LineTime::Form::OfDay || line_.clock_.steps.empty());
        for (const FieldId duration : kDurations) {
            if (exact) line_.shape_.fields.add(duration);
            if (start_ && end_) row_.set(duration, between(*start_, *end_));
        }
        return true;
    }

    static bool is_difference(const std::optional<LineTime>& time) {
        return time && time->form == LineTime::Form::Difference;
    }

    /// Times of day: a call may last over midnight, and two CPUs' clocks may differ by less than it takes.
    static std::int64_t between(const LineTime& start, const LineTime& end) {
        if (end.nanos >= start.nanos) return static_cast<std::int64_t>(end.nanos - start.nanos);
        constexpr auto kDay = static_cast<std::uint64_t>(kNanosPerDay);
        if (start.form != LineTime::Form::OfDay || start.nanos - end.nanos <= kDay / 2) return 0;
        return static_cast<std::int64_t>(end.nanos + kDay - start.nanos);
    }

    /// One moment by both clocks.
    struct TimeFields {
        FieldId of_day;
        FieldId nanos;
    };
    static constexpr TimeFields kTimeFields{kTime, field_id("time_ns")};
    static constexpr TimeFields kStartFields{kStart, field_id("start_ns")};
    static constexpr TimeFields kEndFields{kEnd, field_id("end_ns")};
    static constexpr std::array kDurations{field_id("duration"), field_id("duration_ns")};

    void know_times(const LineTime& time, std::initializer_list<TimeFields> all) {
        known_ = known_clocks(time, line_.clock_);
        line_.shape_.digits = time.digits;
        for (const TimeFields& fields : all) {
            if (known_.wall) line_.shape_.fields.add(fields.of_day);
            if (known_.monotonic) line_.shape_.fields.add(fields.nanos);
        }
    }
    void set_time(const TimeFields& fields, const LineTime& time) {
        const bool is_of_day = time.form == LineTime::Form::OfDay;
        constexpr auto kDay = static_cast<std::uint64_t>(kNanosPerDay);
        const LineClock& clock = line_.clock_;
        const auto stepped = [&] {
            return clock.steps.empty() ? 0 : clock.stepped_by(time.nanos + *clock.zero_monotonic);
        };
        if (known_.wall)
            row_.set(fields.of_day,
                     static_cast<std::int64_t>(
                         is_of_day ? time.nanos : (time.nanos % kDay + *clock.zero_of_day + stepped()) % kDay));
        if (known_.monotonic)
            row_.set(fields.nanos, static_cast<std::int64_t>(time.nanos + *line_.clock_.zero_monotonic));
    }

    /// What a record has of a call.
    bool record() {
        if (!name()) return false;
        std::string_view kind;
        if (rest_.starts_with('(')) {
            if (!arguments()) return false;
            kind = kKindNames[kKindEntry];
        } else if (take(" ...")) {
            if (!path(false) || !take(" <rest of a file name>")) return false;
            kind = kKindNames[kKindPath];
        } else {
            if (rest_.starts_with(" \"") && (!take(" ") || !path())) return false;
            if (!take(" = ") || !result(returned_) || !returned_) return false;
            kind = kKindNames[kKindExit];
        }
        row_.set(kKind, kind);
        return true;
    }

    bool raw() {
        if (is_difference(start_)) line_.shape_.kind = LineKind::Differences;
        else know_times(*start_, {kTimeFields});
        set_time(kTimeFields, *start_);
        return true;
    }

    /// openat, compat:openat
    bool name() {
        std::string_view abi = abi_name(kAbiNative);
        for (std::uint16_t other = kAbiNative + 1; other <= kAbis; ++other) {
            const std::string_view prefix = abi_name(other);
            if (!rest_.starts_with(prefix) || rest_.substr(prefix.size()).substr(0, 1) != ":") continue;
            abi = prefix;
            rest_.remove_prefix(prefix.size() + 1);
            break;
        }
        const std::size_t length = static_cast<std::size_t>(std::ranges::find_if_not(rest_, is_name) - rest_.begin());
        if (length == 0) return false;
        row_.set(kAbi, abi);
        row_.set(kCall, rest_.substr(0, length));
        row_.set(kName, rest_.substr(0, length));
        name_ = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return true;
    }

    /// (), (?), (0x3, "/etc/passwd", 0x0), (AT_FDCWD, NULL, O_RDONLY|O_CLOEXEC, -1); or as strace has printed them
    bool arguments() {
        if (!take("(")) return false;
        if (take(")") || take("?)")) return true;
        const std::string_view all = rest_;
        if (words()) return true;
        rest_ = all;
        return told_arguments();
    }

    bool words() {
        unsigned number = 0;
        do {
            const bool text = rest_.starts_with('"') && text_argument(name_) == number;
            if (!(text ? path() : argument())) return false;
            ++number;
        } while (take(", "));
        return take(")");
    }

    /// Up to what stands behind the last of their parentheses.
    bool told_arguments() {
        const bool behind = line_.shape_.kind == LineKind::Paired;
        const std::size_t end = behind ? rest_.rfind(") = ") : rest_.size() - 1;
        if (end >= rest_.size() || rest_[end] != ')') return false;
        const std::string_view all = rest_.substr(0, end);
        if (!closes_its_quotes(all)) return false;
        line_.path_.clear();
        const auto place = text_argument(name_);
        if (const auto text = place ? quoted_argument(all, *place) : std::nullopt) {
            if (!append_unescaped(line_.path_, text->escaped)) return false;
            set_path(text->cut);
            row_.set(kPathRead, std::string_view("entry"));
        }
        rest_.remove_prefix(end + 1);
        return true;
    }

    /// A number, or names with | between.
    bool argument() {
        std::uint64_t value = 0;
        if (take("0x")) return number(value, 16);
        take("-");
        const std::size_t length = static_cast<std::size_t>(
            std::ranges::find_if_not(rest_, [](char c) { return is_name(c) || c == '|'; }) - rest_.begin());
        rest_.remove_prefix(length);
        return length > 0;
    }

    void set_path(bool cut) {
        line_.path_cut_ = cut;
        row_.set(kPath, std::string_view(line_.path_));
        row_.set(kPathEnd, std::string_view(cut ? "cut" : "whole"));
    }

    /// "/etc/passwd", "/etc/pa"..., "/etc/passwd"?; the rest of a name does not say when it was read.
    bool path(bool says_when = true) {
        if (!take("\"")) return false;
        std::size_t end = 0;
        while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
        if (end >= rest_.size() || !append_unescaped(line_.path_, rest_.substr(0, end))) return false;
        rest_.remove_prefix(end + 1);
        set_path(take("..."));
        if (says_when) row_.set(kPathRead, std::string_view(take("?") ? "exit" : "entry"));
        return true;
    }

    /// 0x3, 3, 0644, -1 ENOENT (No such file or directory), ? ERESTARTSYS (…), or ? where there is none.
    bool result(bool& returned) {
        returned = true;
        std::uint64_t word = 0;
        if (is_number()) {
            if (!any_number(word)) return false;
            row_.set(kRet, static_cast<std::int64_t>(word));
            return true;
        }
        const bool restart = take("? E");
        if (!restart && take("?")) {
            returned = false;
            return true;
        }
        std::uint64_t error = 0;
        if (take("-1 errno ")) {
            if (!number(error) || error == 0 || error > 4095) return false;
        } else if (restart || take("-1 E")) {
            const std::size_t length =
                static_cast<std::size_t>(std::ranges::find_if_not(rest_, is_name) - rest_.begin());
            const ErrnoInfo* info = errno_info(std::string("E").append(rest_.substr(0, length)));
            rest_.remove_prefix(length);
            if (info == nullptr || !take(" (") || !take(info->text) || !take(")")) return false;
            error = info->number;
        } else {
            return false;
        }
        row_.set(kRet, -static_cast<std::int64_t>(error));
        row_.set(kError, static_cast<std::int64_t>(error));
        return true;
    }

    /// <in flight>; nothing behind a complete call, which has both its times.
    bool state(const std::optional<LineTime>& start, const std::optional<LineTime>& end) {
        if (!take(" <")) {
            row_.set(kState, describe(CallState::Complete).name);
            return start && end;
        }
        for (const CallStateInfo& info : call_states()) {
            if (info.text.empty() || !take(info.text)) continue;
            row_.set(kState, info.name);
            return take(">");
        }
        return false;
    }

    bool time_or_dash(std::optional<LineTime>& time) {
        const std::string_view word = rest_.substr(0, rest_.find(' '));
        rest_.remove_prefix(word.size());
        if (word == "-") return true;
        time = parse_line_time(word);
        return time.has_value();
    }

    bool number(std::uint64_t& value, int base = 10) {
        const auto number = take_number<std::uint64_t>(rest_, base);
        value = number.value_or(value);
        return number.has_value();
    }
    [[nodiscard]] bool is_number() const { return !rest_.empty() && rest_[0] >= '0' && rest_[0] <= '9'; }
    /// 0x3, 3, 03
    bool any_number(std::uint64_t& value) {
        return rest_.starts_with("0x") ? hexadecimal(value) : number(value, rest_.starts_with('0') ? 8 : 10);
    }
    bool hexadecimal(std::uint64_t& value) { return take("0x") && number(value, 16); }

    bool take(std::string_view text) {
        if (!rest_.starts_with(text)) return false;
        rest_.remove_prefix(text.size());
        return true;
    }
    void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(' '), rest_.size())); }
    bool blanks() {
        if (rest_.empty() || rest_[0] != ' ') return false;
        skip_blanks();
        return true;
    }

    ReportLine& line_;
    QueryRow& row_;
    std::string_view rest_;
    std::string_view name_;          // of the call
    std::optional<LineTime> start_;  // or a record's time
    std::optional<LineTime> end_;
    bool returned_ = false;
    KnownClocks known_{};
};

namespace {

std::string_view take_word(std::string_view& rest) {
    rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
    const std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(word.size());
    return word;
}

/// The forms that a line can be of; the second is null where there is one alone.
std::pair<const LineForm*, const LineForm*> forms_of(std::string_view line) {
    (void)take_word(line);
    // A pid is followed by two times, or dashes for them; a serial by a CPU's number, or a dash for it, and a pid.
    const std::string_view second = take_word(line);
    const std::string_view third = take_word(line);
    const std::string_view tells = second == "-" ? third : second;
    if (tells != "-" && tells.find_first_of(":.") == tells.npos) return {&kRawForm, nullptr};
    // Two times are followed by a duration, or by the name of a call.
    const std::string_view fourth = take_word(line);
    const bool full = fourth == "-" || fourth.starts_with('>') || (!fourth.empty() && fourth[0] <= '9');
    if (!full) return {&kManualForm, nullptr};
    return {&kTaskForm, &kFullForm};
}

}  // namespace

LineKind ReportLine::read(std::string_view line) {
    if (line.find('\x1b') != line.npos) line = plain_ = without_colors(line);
    if (line.empty() || line[0] == '#') {
        if (line.starts_with(kHeading)) clock_ = parse_heading(line);
        else if (const auto step = parse_clock_step(line); step && clock_.steps.size() < kMostClockSteps)
            clock_.steps.push_back(*step);
        return LineKind::Comment;
    }
    const auto [form, other] = forms_of(line);
    const LineKind kind = Reading(*this, line).run(*form);
    return kind != LineKind::Unknown || other == nullptr ? kind : Reading(*this, line).run(*other);
}

}  // namespace kstrax
