// SPDX-License-Identifier: GPL-2.0-or-later
// What each thread did, as a tree: functions, interrupts and work with what they called and how long they took; calls and
// other events between them. A span that has nothing in it stands in one line, when it has ended; any other in two.
#include <map>
#include <utility>

#include "analyzer/fields/call_text.hpp"
#include "analyzer/fields/event_text.hpp"
#include "analyzer/sinks/line_column.hpp"
#include "analyzer/views/events/each_record.hpp"
#include "analyzer/views/events/event_names.hpp"
#include "analyzer/views/views.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kIndent = 2;

/// Of a span: its begin, all of it, its end.
enum class TreeLine : std::uint8_t { Begin, Whole, End, Instant };

struct TreeRow {
    const ReportContext& context;
    const EventSpan& span;
    std::string_view event;  ///< its name
    std::string_view text;   ///< of the line, behind its indentation
    std::string_view state;
    TreeLine line;
};

Nanos moment_of(const TreeRow& r) {
    if (r.line == TreeLine::End && r.span.end) return *r.span.end;
    return r.span.start.value_or(r.span.end.value_or(0));
}

bool is_instant(const TreeRow& r) { return r.span.type == nullptr || r.span.type->role == EventRole::Instant; }
Value value_of(const std::optional<Nanos>& time) { return time ? Value(*time) : Value(Absent{}); }
Value duration(const TreeRow& r) { return is_instant(r) ? Value(Absent{}) : value_of(r.span.taken()); }

void append_time(TextBuffer& out, const TreeRow& r) { r.context.clock.append(out, moment_of(r)); }
void append_command(TextBuffer& out, const TreeRow& r) {
    constexpr std::size_t kWidth = 15;  // as long as the kernel keeps them
    const TaskNote* note = r.context.notes != nullptr ? r.context.notes->find(r.span.tid) : nullptr;
    TextBuffer text;
    if (note != nullptr) append_task_name(text, note->command);
    else append(text, r.span.tid == 0 ? "<idle>" : "-");
    append_padded(out, text.view(), kWidth, Side::Left);
}
void append_duration(TextBuffer& out, const TreeRow& r) {
    constexpr std::size_t kWidth = 9;
    TextBuffer text;
    const auto taken = r.span.taken();
    if (taken && (r.line == TreeLine::Whole || r.line == TreeLine::End)) append_short_time(text, *taken);
    append_padded(out, text.view(), kWidth, Side::Right);
}
void append_tree(TextBuffer& out, const TreeRow& r) {
    append(out, "| ");
    for (std::size_t i = 0; i < kIndent * r.span.depth; ++i) out.push_back(' ');
    append(out, r.text);
}

constexpr std::array kLine{
    LineColumn<TreeRow>{
        {"start_ns", [](const TreeRow& r) { return value_of(r.span.start); }},
        {.heading = "time", .width = kTimeWidth, .side = Side::Left, .before = "  ", .append = append_time}},
    LineColumn<TreeRow>{{"end_ns", [](const TreeRow& r) { return value_of(r.span.end); }}},
    LineColumn<TreeRow>{{"cpu", [](const TreeRow& r) -> Value { return std::uint64_t{r.span.cpu}; }},
                        {.heading = "cpu", .width = 3, .before = "  "}},
    LineColumn<TreeRow>{{"pid", [](const TreeRow& r) -> Value { return std::uint64_t{r.span.tid}; }},
                        {.heading = "pid", .width = 7, .before = "  "}},
    LineColumn<TreeRow>{
        {"command",
         [](const TreeRow& r) -> Value {
             const TaskNote* note = r.context.notes != nullptr ? r.context.notes->find(r.span.tid) : nullptr;
             return note != nullptr ? Value(Untrusted{note->command}) : Value(Absent{});
         }},
        {.heading = "command", .width = 15, .side = Side::Left, .before = "  ", .append = append_command}},
    LineColumn<TreeRow>{{"duration_ns", duration},
                        {.heading = "duration", .width = 9, .before = "  ", .append = append_duration}},
    LineColumn<TreeRow>{{"self_ns",
                         [](const TreeRow& r) -> Value {
                             const auto taken = r.span.taken();
                             if (is_instant(r) || !taken) return Absent{};
                             return *taken - std::min(*taken, r.span.inner);
                         }}},
    LineColumn<TreeRow>{{"depth", [](const TreeRow& r) -> Value { return std::uint64_t{r.span.depth}; }}},
    LineColumn<TreeRow>{{"event", [](const TreeRow& r) -> Value { return Name{r.event}; }}},
    LineColumn<TreeRow>{{"text", [](const TreeRow& r) -> Value { return Untrusted{r.text}; }},
                        {.heading = "event", .before = "  ", .append = append_tree}},
    LineColumn<TreeRow>{{"state", [](const TreeRow& r) -> Value { return Name{r.state}; }}},
};
constexpr auto kColumns = columns_of(kLine);
constexpr RowForm<TreeRow> kForm{kColumns, "",
                                 [](TextBuffer& out, const TreeRow& row) { append_cells<TreeRow>(out, kLine, row); }};

class Tree {
  public:
    Tree(ReportContext& context, SinkOutput& output)
        : context_(context),
          lines_(output.takes_lines()),
          writer_(kForm, output, heading_of<TreeRow>(kLine, context.clock.width())),
          tracker_([this](const EventSpan& span, SpanStep step) { take(span, step); }) {}

    void feed(const Record& record) {
        record_ = &record;
        if (record.entry.kind == kKindOther) tracker_.feed(record);
        else call(record);
    }
    void finish() {
        record_ = nullptr;
        tracker_.finish();
    }
    [[nodiscard]] std::uint64_t rows() const { return rows_; }

  private:
    /// A begin whose line waits for what comes next: nothing in it, and it stands in one line with its end.
    struct Begun {
        EventSpan span;
        std::string text;
        bool waits = true;
    };
    using Stack = std::vector<Begun>;

    void take(const EventSpan& span, SpanStep step);
    void call(const Record& record);
    void begin(const EventSpan& span);
    void end(const EventSpan& span, SpanStep step);
    void open_waiting(Stack& stack);
    void put(const EventSpan& span, std::string_view text, std::string_view state, TreeLine line);
    [[nodiscard]] Stack& stack_of(const EventSpan& span) { return stacks_[{span.tid, span.tid == 0 ? span.cpu : 0}]; }
    [[nodiscard]] std::string text_of(const EventSpan& span) const;

    ReportContext& context_;
    bool lines_;
    RowWriter<TreeRow> writer_;
    SpanTracker tracker_;
    const Record* record_ = nullptr;
    std::map<std::pair<Tid, CpuId>, Stack> stacks_;
    std::uint64_t rows_ = 0;
};

/// "vfs_read()", "irq_handler irq=11 name="virtio0"", "sched_switch prev_comm=…".
std::string Tree::text_of(const EventSpan& span) const {
    TextBuffer text;
    if (is_function(span)) return function_name(context_.recording, span) + "()";
    append(text, span.type->span.empty() ? span.type->name : span.type->span);
    if (record_ != nullptr && record_->type == span.type)
        append_event_fields(text, *record_, context_.recording.trace.get());
    return std::string(text.view());
}

void Tree::put(const EventSpan& span, std::string_view text, std::string_view state, TreeLine line) {
    const std::string_view event = span.type != nullptr ? span.type->name : kSyscalls;
    writer_.put({context_, span, event, text, state, line});
    ++rows_;
}

/// What has come is within them, so they have lines of their own.
void Tree::open_waiting(Stack& stack) {
    for (Begun& begun : stack) {
        if (begun.waits && lines_) put(begun.span, begun.text + " {", "", TreeLine::Begin);
        begun.waits = false;
    }
}

void Tree::begin(const EventSpan& span) {
    Stack& stack = stack_of(span);
    open_waiting(stack);
    stack.push_back({span, text_of(span)});
}

void Tree::end(const EventSpan& span, SpanStep step) {
    Stack& stack = stack_of(span);
    const std::string_view state = step == SpanStep::EndLost ? "end_lost"
                                   : step == SpanStep::Open  ? "open"
                                   : span.start              ? "complete"
                                                             : "begin_lost";
    if (!span.start) {
        open_waiting(stack);
        put(span, lines_ ? "} /* " + text_of(span) + ", whose begin is not recorded */" : text_of(span), state,
            TreeLine::End);
        return;
    }
    // Of the open ones, ends come from the inner to the outer; at the recording's end, from the outer to the inner.
    const auto begun = step == SpanStep::Open ? stack.begin() : std::prev(stack.end());
    const std::string text = begun->text;
    const bool alone = begun->waits;
    stack.erase(begun);
    if (!lines_) return put(span, text, state, TreeLine::Whole);
    if (step == SpanStep::Open) {
        if (alone) put(span, text + " {", state, TreeLine::Begin);
        return;
    }
    const std::string_view lost = step == SpanStep::EndLost ? " /* its end is not recorded */" : "";
    if (alone) put(span, text + ";" + std::string(lost), state, TreeLine::Whole);
    else put(span, "} /* " + text.substr(0, text.find(' ')) + " */" + std::string(lost), state, TreeLine::End);
}

void Tree::take(const EventSpan& span, SpanStep step) {
    if (step == SpanStep::Begin) return begin(span);
    if (step != SpanStep::Instant) return end(span, step);
    open_waiting(stack_of(span));
    const std::string text = text_of(span);
    put(span, lines_ ? "/* " + text + " */" : text, "instant", TreeLine::Instant);
}

/// A system call does not nest with functions: it begins in one that ends long before it does.
void Tree::call(const Record& record) {
    if (record.entry.kind == kKindPath) return;
    EventSpan span{.tid = record.entry.pid,
                   .cpu = record.cpu,
                   .start = record.entry.time,
                   .end = record.entry.time,
                   .measured = {}};
    span.depth = tracker_.depth_of(span.tid, span.cpu);
    open_waiting(stack_of(span));
    TextBuffer text;
    if (lines_) append(text, "/* ");
    std::string scratch;
    append_record(text, line_of(context_, record, scratch));
    if (lines_) append(text, " */");
    put(span, text.view(), "instant", TreeLine::Instant);
}

}  // namespace

ReportBody tree_report(ReportContext& context, SinkOutput& output) {
    Tree tree(context, output);
    ReportBody body;
    body.trust = each_record(context, [&](const Record& record) { tree.feed(record); });
    if (!cancelled(context.cancel)) tree.finish();
    body.rows = tree.rows();
    return body;
}

}  // namespace kstrax
