// SPDX-License-Identifier: GPL-2.0-or-later
// What a report is written into. A sink knows columns, rows and facts, and nothing of what they are of.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "analyzer/base/output.hpp"
#include "analyzer/sinks/fact.hpp"
#include "analyzer/sinks/value.hpp"

namespace kstrax {

/// What stands before or behind the rows: the same for machines and for people.
struct Frame {
    FactObject facts;
    TextBuffer lines;
};

/// The columns of a report, and the line above its rows where people read them; empty: none.
struct Schema {
    std::span<const ColumnInfo> columns;
    std::string_view heading;
};

/// Writes one report. A sink says what it needs only: whatever it leaves out, it leaves out of its output.
class Sink {
  public:
    virtual ~Sink() = default;
    virtual void begin(TextBuffer&, const Frame&) {}
    /// Before the rows.
    virtual void columns(TextBuffer&, const Schema&) {}
    /// A value for each column. Not for sinks of lines: their rows are appended to the output one by one.
    virtual void row(TextBuffer&, std::span<const Value>) {}
    virtual void end(TextBuffer&, const Frame&) {}
};

struct SinkInfo {
    std::string_view name;  ///< of --format
    bool takes_lines;       ///< as people read them; the others take values
    bool rows_alone;        ///< it has no place for what is lost or damaged: the command says it
    std::unique_ptr<Sink> (*make)();
};
/// The first is that of a report for which none is named.
[[nodiscard]] std::span<const SinkInfo> sinks();
/// Null where there is none of the name.
[[nodiscard]] const SinkInfo* find_sink(std::string_view name);

/// A sink at work on an output. Write errors are kept by the output and show when it is committed.
class SinkOutput {
  public:
    SinkOutput(const SinkInfo& sink, Output& output, bool colored = false)
        : info_(sink), sink_(sink.make()), output_(output) {
        text_.set_colored(colored);
    }

    [[nodiscard]] bool takes_lines() const { return info_.takes_lines; }

    void begin(const Frame& frame) { sink_->begin(text_, frame); }
    void columns(const Schema& schema) { sink_->columns(text_, schema); }
    void row(std::span<const Value> values) { sink_->row(text_, values); }
    void end(const Frame& frame) { sink_->end(text_, frame); }

    /// Where people's lines are appended; only if takes_lines().
    [[nodiscard]] TextBuffer& lines() { return text_; }

    void flush_if_large() {
        constexpr std::size_t kLarge = 1 << 16;
        if (text_.size() >= kLarge) [[unlikely]]
            (void)flush();
    }
    Result<void> flush() {
        auto written = output_.write(text_.view());
        text_.clear();
        return written;
    }

  private:
    const SinkInfo& info_;
    std::unique_ptr<Sink> sink_;
    Output& output_;
    TextBuffer text_;
};

}  // namespace kstrax
