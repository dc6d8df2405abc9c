// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's log: a line like dmesg's for each line of text, a row for each record.
#include <array>

#include "analyzer/kernel/open/dumped_log.hpp"
#include "analyzer/kernel/open/kernel_time.hpp"
#include "analyzer/query/asked_table.hpp"
#include "analyzer/sinks/color.hpp"
#include "analyzer/sinks/numbers.hpp"
#include "analyzer/sinks/optional_value.hpp"
#include "analyzer/views/kernel/kernel_view.hpp"
#include "analyzer/views/log_beside.hpp"

namespace kstrax {

namespace {

constexpr std::array<std::string_view, 8> kLevels{"emerg", "alert", "crit", "err", "warn", "notice", "info", "debug"};
/// As syslog(3) has them.
constexpr std::array<std::string_view, 24> kFacilities{
    "kern",   "user",   "mail",     "daemon", "auth",   "syslog",   "lpr",     "news",
    "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "security", "console", "solaris-cron",
    "local0", "local1", "local2",   "local3", "local4", "local5",   "local6",  "local7"};

/// The times of a log in text, within brackets.
class LogTimes {
  public:
    explicit LogTimes(const KernelContext& context) : style_(context.times) {
        if (style_.form != TimeForm::Wall) return;
        clock_.emplace(*context.recording, style_);
        lead_ = log_clock_lead(context.kernel).value_or(0);
    }

    /// Appends what stands before a line; nothing where its time is not known.
    void append_to(TextBuffer& out, const LogRecord& record) {
        if (!record.time) return;
        out.push_back('[');
        if (clock_) {
            clock_->append(out, to_monotonic(*record.time, lead_));
        } else {
            if (!first_) first_ = record.time;
            const Nanos before = style_.form == TimeForm::Delta ? before_.value_or(*record.time) : *first_;
            append_seconds(out, *record.time, style_.form == TimeForm::Monotonic ? 0 : before);
        }
        before_ = record.time;
        append(out, "] ");
    }

  private:
    /// As printk does, with a sign where the clocks of two CPUs differ.
    void append_seconds(TextBuffer& out, Nanos time, Nanos since) const {
        constexpr Nanos kSecond = 1'000'000'000;
        const bool earlier = time < since;
        const Nanos apart = earlier ? since - time : time - since;
        const std::string text = fmt::format("{}{}.{:09}", earlier ? "-" : "", apart / kSecond, apart % kSecond);
        const auto shown = std::string_view(text).substr(0, text.size() - (kMostDigits - style_.digits));
        constexpr std::size_t kSecondsWidth = 5;
        fmt::format_to(std::back_inserter(out), "{:>{}}", shown, kSecondsWidth + 1 + style_.digits);
    }

    TimeStyle style_;
    std::optional<ReportClock> clock_;  // of wall times
    std::int64_t lead_ = 0;             // of the log's clock to the recording's
    std::optional<Nanos> first_, before_;
};

struct Row {
    const LogRecord& record;
    LogTimes& times;
    bool colors;
    std::string& scratch;  // for the caller
};

Value text_or_absent(std::string_view text) { return text.empty() ? Value(Absent{}) : Value(Untrusted{text}); }

constexpr std::array kColumns{
    Column<Row>{"seq", [](const Row& r) { return number_or_absent(r.record.seq); }, FieldKind::Number,
                "how many records were written to the kernel's log before it"},
    Column<Row>{"time_ns", [](const Row& r) { return number_or_absent(r.record.time); }},
    Column<Row>{"level",
                [](const Row& r) -> Value {
                    return r.record.level ? Value(Name{kLevels[*r.record.level & 7]}) : Value(Absent{});
                },
                FieldKind::Word, "how urgent it is: emerg, alert, crit, err, warn, notice, info or debug"},
    Column<Row>{"facility",
                [](const Row& r) -> Value {
                    if (!r.record.facility) return Absent{};
                    if (*r.record.facility < kFacilities.size()) return Name{kFacilities[*r.record.facility]};
                    return std::uint64_t{*r.record.facility};
                },
                FieldKind::Word, "what wrote it: kern; of what user space wrote, a facility of syslog"},
    Column<Row>{"caller",
                [](const Row& r) -> Value {
                    if (!r.record.caller) return Absent{};
                    const bool cpu = (*r.record.caller & kCallerIsCpu) != 0;
                    r.scratch = fmt::format("{}{}", cpu ? 'C' : 'T', *r.record.caller & ~kCallerIsCpu);
                    return Name{r.scratch};
                },
                FieldKind::Word, "the thread that wrote it (T7), or outside of any the CPU (C0)"},
    Column<Row>{"continues", [](const Row& r) -> Value { return std::uint64_t{r.record.continues}; }, FieldKind::Number,
                "1: it goes on with the line before"},
    Column<Row>{"subsystem", [](const Row& r) { return text_or_absent(r.record.subsystem); }, FieldKind::Text,
                "the subsystem of the device that it tells of"},
    Column<Row>{"device", [](const Row& r) { return text_or_absent(r.record.device); }, FieldKind::Text,
                "the device that it tells of"},
    Column<Row>{"text",
                [](const Row& r) -> Value {
                    return r.record.whole || !r.record.text.empty() ? Value(Untrusted{r.record.text}) : Value(Absent{});
                },
                FieldKind::Text, "what was written; may have several lines"},
};

/// The caller as a number: of a thread, or of a CPU.
Value caller_if(const Row& row, bool cpu) {
    if (!row.record.caller || ((*row.record.caller & kCallerIsCpu) != 0) != cpu) return Absent{};
    return std::uint64_t{*row.record.caller & ~kCallerIsCpu};
}

/// By the names that people use.
constexpr std::array kMore{
    Column<Row>{"time", [](const Row& r) { return number_or_absent(r.record.time); }, FieldKind::Nanoseconds,
                "as time_ns: 12.5s after the kernel's start"},
    Column<Row>{"pid", [](const Row& r) { return caller_if(r, false); }, FieldKind::Number, "the thread that wrote it"},
    Column<Row>{"cpu", [](const Row& r) { return caller_if(r, true); }, FieldKind::Number,
                "the CPU that wrote it outside of any thread"},
};
const auto kFields = asked_table<Row, kColumns, kMore>();

/// Of several lines each has the time, as with dmesg.
void append_text(TextBuffer& out, const Row& row) {
    TextBuffer time;
    row.times.append_to(time, row.record);
    const std::string_view color = row.colors ? log_color(row.record.level) : std::string_view();
    append_log_text(out, time.view(), row.record.text, row.record.whole, color);
}

constexpr RowForm<Row> kForm{kColumns, "", append_text};

}  // namespace

std::vector<ColumnInfo> log_columns() { return infos_of(kColumns); }

std::span<const FieldInfo> log_fields() { return kFields.infos; }

Result<KernelBody> log_report(const KernelContext& context, SinkOutput& output) {
    RowWriter<Row> writer(kForm, output);
    LogTimes times(context);
    std::string scratch;
    RowFilter<Row> filter(kFields, context.conditions);
    auto read = read_kernel_log(context.kernel, [&](const LogRecord& record) {
        const Row row{record, times, context.colors, scratch};
        if (filter.wants(row)) writer.put(row);
        return !cancelled(context.cancel);
    });
    if (!read) return read.error();
    KernelBody body{.rows = read->records - filter.left_out(),
                    .left_out = filter.left_out(),
                    .findings = std::move(read->findings),
                    .facts = {},
                    .summary = {}};
    body.facts.members = {text_fact("form", read->form), number_fact("overwritten", read->overwritten)};
    body.summary = fmt::format("{} records", body.rows);
    if (read->overwritten) body.summary += fmt::format("; {} older ones are overwritten", *read->overwritten);
    return body;
}

}  // namespace kstrax
