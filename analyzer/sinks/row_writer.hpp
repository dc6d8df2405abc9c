// SPDX-License-Identifier: GPL-2.0-or-later
// Rows to an output, in the format asked for.
#pragma once

#include "analyzer/base/output.hpp"
#include "analyzer/sinks/format.hpp"
#include "analyzer/sinks/value.hpp"

namespace kstrax {

/// How the rows of one report look.
template <typename Row>
struct RowForm {
    std::span<const Column<Row>> columns;
    std::string_view text_heading;  ///< a line without its newline; empty: none
    void (*append_text)(TextBuffer& out, const Row& row);
};

template <typename Row>
class RowWriter {
  public:
    /// `heading`: in place of the form's, where that depends on more than the form.
    RowWriter(const RowForm<Row>& form, Format format, Output& output, std::string_view heading = {})
        : form_(form), format_(format), output_(output) {
        if (heading.empty()) heading = form_.text_heading;
        switch (format_) {
            case Format::Text:
                if (heading.empty()) break;
                append(buffer_, heading);
                buffer_.push_back('\n');
                break;
            case Format::Csv:
                append_csv_heading(buffer_, form_.columns);
                break;
            case Format::Jsonl:
                break;
        }
    }

    /// Write errors are kept by the output and show when it is committed.
    void put(const Row& row) {
        switch (format_) {
            case Format::Text:
                form_.append_text(buffer_, row);
                buffer_.push_back('\n');
                break;
            case Format::Jsonl:
                append_jsonl(buffer_, form_.columns, row);
                break;
            case Format::Csv:
                append_csv(buffer_, form_.columns, row);
                break;
        }
        if (buffer_.size() >= kFlushAt) flush();
    }

    void flush() {
        (void)output_.write({buffer_.data(), buffer_.size()});
        buffer_.clear();
    }

  private:
    static constexpr std::size_t kFlushAt = 1 << 16;
    const RowForm<Row>& form_;
    Format format_;
    Output& output_;
    TextBuffer buffer_;
};

}  // namespace kstrax
