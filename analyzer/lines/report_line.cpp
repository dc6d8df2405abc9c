// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/lines/report_line.hpp"

#include <algorithm>
#include <limits>
#include <optional>

#include "analyzer/base/parse_number.hpp"
#include "analyzer/query/call_row.hpp"
#include "analyzer/query/literal.hpp"
#include "analyzer/sinks/color.hpp"
#include "analyzer/wording/report_clock.hpp"
#include "formats/errnos.hpp"

namespace kstrax {

namespace {

constexpr FieldSet kPairedFields{QueryField::Pid,  QueryField::Call, QueryField::Abi,  QueryField::State,
                                 QueryField::Path, QueryField::Ret,  QueryField::Error};
constexpr FieldSet kRawFields{QueryField::Serial, QueryField::Cpu,  QueryField::Pid,  QueryField::Nr,
                              QueryField::Call,   QueryField::Abi,  QueryField::Kind, QueryField::Path,
                              QueryField::Ret,    QueryField::Error};
constexpr std::string_view kHeading = "# kstrax ";

bool is_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; }

}  // namespace

/// One line, taken from the left; every function answers whether its part was there.
class ReportLine::Reading {
  public:
    Reading(ReportLine& line, std::string_view text) : line_(line), row_(line.row_), rest_(text) {}

    LineKind run() {
        std::uint64_t first = 0;
        skip_blanks();
        if (!number(first) || !blanks()) return LineKind::Unknown;
        // A pid is followed by a time or a dash, a serial by a CPU's number.
        const std::string_view second = rest_.substr(0, rest_.find(' '));
        const bool is_paired = second == "-" || second.find_first_of(":.") != second.npos;
        line_.shape_ = {is_paired ? LineKind::Paired : LineKind::Raw, is_paired ? kPairedFields : kRawFields, 0};
        if (!(is_paired ? paired(first) : raw(first))) return LineKind::Unknown;
        return line_.shape_.kind;
    }

  private:
    bool paired(std::uint64_t pid) {
        std::optional<LineTime> start;
        std::optional<LineTime> end;
        if (!is_pid(pid) || !time_or_dash(start) || !blanks() || !time_or_dash(end) || !blanks()) return false;
        bool returned = false;
        if (!name() || !arguments() || !take(" = ") || !result(returned) || !state(start, end)) return false;
        if (!rest_.empty()) return false;
        row_.set(QueryField::Pid, static_cast<std::int64_t>(pid));
        if (is_difference(start) || is_difference(end)) {
            line_.shape_.kind = LineKind::Differences;
            return true;
        }
        if (returned != end.has_value() || (start && end && (start->form != end->form || start->digits != end->digits)))
            return false;
        const LineTime& first = start ? *start : *end;
        know_times(first, {{QueryField::Time, QueryField::TimeNs},
                           {QueryField::Start, QueryField::StartNs},
                           {QueryField::End, QueryField::EndNs}});
        if (start) set_time(QueryField::Time, QueryField::TimeNs, *start);
        if (start) set_time(QueryField::Start, QueryField::StartNs, *start);
        if (end) set_time(QueryField::End, QueryField::EndNs, *end);
        // Both ends are cut to their digits: with fewer than all, their difference is another.
        // And between two times of day the clock may have been set.
        if (line_.shape_.digits == kMostDigits && (first.form != LineTime::Form::OfDay || line_.clock_.steps.empty()))
            line_.shape_.fields.add(QueryField::Duration);
        if (start && end) row_.set(QueryField::Duration, between(*start, *end));
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

    struct TimeFields {
        QueryField of_day;
        QueryField nanos;
    };
    void know_times(const LineTime& time, std::initializer_list<TimeFields> all) {
        known_ = known_clocks(time, line_.clock_);
        line_.shape_.digits = time.digits;
        for (const TimeFields& fields : all) {
            if (known_.wall) line_.shape_.fields.add(fields.of_day);
            if (known_.monotonic) line_.shape_.fields.add(fields.nanos);
        }
    }
    void set_time(QueryField of_day, QueryField nanos, const LineTime& time) {
        const bool is_of_day = time.form == LineTime::Form::OfDay;
        constexpr auto kDay = static_cast<std::uint64_t>(kNanosPerDay);
        const LineClock& clock = line_.clock_;
        const auto stepped = [&] {
            return clock.steps.empty() ? 0 : clock.stepped_by(time.nanos + *clock.zero_monotonic);
        };
        if (known_.wall)
            row_.set(of_day, static_cast<std::int64_t>(
                                 is_of_day ? time.nanos : (time.nanos % kDay + *clock.zero_of_day + stepped()) % kDay));
        if (known_.monotonic) row_.set(nanos, static_cast<std::int64_t>(time.nanos + *line_.clock_.zero_monotonic));
    }

    bool raw(std::uint64_t serial) {
        std::uint64_t cpu = 0;
        std::uint64_t pid = 0;
        std::optional<LineTime> time;
        if (!number(cpu) || !is_pid(cpu) || !blanks() || !number(pid) || !is_pid(pid) || !blanks()) return false;
        if (!time_or_dash(time) || !time || !blanks() || !call_number() || !blanks() || !name()) return false;
        std::string_view kind;
        if (!rest_.empty() && rest_[0] == '(') {
            if (!arguments()) return false;
            kind = kKindNames[kKindEntry];
        } else if (take(" ...")) {
            if (!path() || !take(" <rest of a file name>")) return false;
            kind = kKindNames[kKindPath];
        } else {
            bool returned = false;
            if (rest_.starts_with(" \"") && (!take(" ") || !path())) return false;
            if (!take(" = ") || !result(returned) || !returned) return false;
            kind = kKindNames[kKindExit];
        }
        row_.set(QueryField::Kind, kind);
        row_.set(QueryField::Serial, static_cast<std::int64_t>(serial));
        row_.set(QueryField::Cpu, static_cast<std::int64_t>(cpu));
        row_.set(QueryField::Pid, static_cast<std::int64_t>(pid));
        if (is_difference(time)) line_.shape_.kind = LineKind::Differences;
        else know_times(*time, {{QueryField::Time, QueryField::TimeNs}});
        set_time(QueryField::Time, QueryField::TimeNs, *time);
        return rest_.empty();
    }

    static bool is_pid(std::uint64_t number) { return number <= std::numeric_limits<std::uint32_t>::max(); }

    bool call_number() {
        if (take("-1")) {
            row_.set(QueryField::Nr, std::int64_t{-1});
            return true;
        }
        std::uint64_t nr = 0;
        if (!number(nr) || nr >= kCallNumbers) return false;
        if (nr != kNrTooBig) row_.set(QueryField::Nr, static_cast<std::int64_t>(nr));
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
        row_.set(QueryField::Abi, abi);
        row_.set(QueryField::Call, rest_.substr(0, length));
        rest_.remove_prefix(length);
        return true;
    }

    /// (), (?), (0x3, "/etc/passwd", 0x0), (AT_FDCWD, NULL, O_RDONLY|O_CLOEXEC, -1)
    bool arguments() {
        if (!take("(")) return false;
        if (take(")") || take("?)")) return true;
        do {
            if (rest_.starts_with('"') ? !path() : !argument()) return false;
        } while (take(", "));
        return take(")");
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

    bool path() {
        if (!take("\"")) return false;
        std::size_t end = 0;
        while (end < rest_.size() && rest_[end] != '"') end += rest_[end] == '\\' ? 2 : 1;
        if (end >= rest_.size() || !append_unescaped(line_.path_, rest_.substr(0, end))) return false;
        rest_.remove_prefix(end + 1);
        line_.path_cut_ = take("...");
        row_.set(QueryField::Path, std::string_view(line_.path_));
        return true;
    }

    /// 0x3, 3, 0644, -1 ENOENT (No such file or directory), ? ERESTARTSYS (…), or ? where there is none.
    bool result(bool& returned) {
        returned = true;
        std::uint64_t word = 0;
        if (is_number()) {
            if (!any_number(word)) return false;
            row_.set(QueryField::Ret, static_cast<std::int64_t>(word));
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
        row_.set(QueryField::Ret, -static_cast<std::int64_t>(error));
        row_.set(QueryField::Error, static_cast<std::int64_t>(error));
        return true;
    }

    /// <in flight>; nothing behind a complete call, which has both its times.
    bool state(const std::optional<LineTime>& start, const std::optional<LineTime>& end) {
        if (!take(" <")) {
            row_.set(QueryField::State, describe(CallState::Complete).name);
            return start && end;
        }
        for (const CallStateInfo& info : call_states()) {
            if (info.text.empty() || !take(info.text)) continue;
            row_.set(QueryField::State, info.name);
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
    KnownClocks known_{};
};

LineKind ReportLine::read(std::string_view line) {
    if (line.find('\x1b') != line.npos) line = plain_ = without_colors(line);
    if (line.empty() || line[0] == '#') {
        if (line.starts_with(kHeading)) clock_ = parse_heading(line);
        else if (const auto step = parse_clock_step(line); step && clock_.steps.size() < kMostClockSteps)
            clock_.steps.push_back(*step);
        return LineKind::Comment;
    }
    row_.clear();
    path_.clear();
    path_cut_ = false;
    return Reading(*this, line).run();
}

}  // namespace kstrax
