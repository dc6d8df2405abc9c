// SPDX-License-Identifier: GPL-2.0-or-later
// Rows of one type to a sink.
#pragma once

#include <vector>

#include "analyzer/sinks/sink.hpp"

namespace kstrax {

/// How the rows of one report look.
template <typename Row>
struct RowForm {
    std::span<const Column<Row>> columns;
    std::string_view text_heading;  ///< a line without its newline; empty: none
    void (*append_text)(TextBuffer& out, const Row& row);
};

/// Begins with the columns. What sort of sink it is for is asked once a row, and nothing virtual for lines.
template <typename Row>
class RowWriter {
  public:
    /// `heading`: in place of the form's, where that depends on more than the form.
    RowWriter(const RowForm<Row>& form, SinkOutput& output, std::string_view heading = {})
        : form_(form), output_(output), lines_(output.takes_lines()), values_(form.columns.size()) {
        const auto infos = infos_of(form.columns);
        output_.columns({infos, heading.empty() ? form_.text_heading : heading});
    }

    void put(const Row& row) {
        if (lines_) {
            form_.append_text(output_.lines(), row);
            output_.lines().push_back('\n');
        } else {
            for (std::size_t i = 0; i < values_.size(); ++i) values_[i] = form_.columns[i].get(row);
            output_.row(values_);
        }
        output_.flush_if_large();
    }

  private:
    const RowForm<Row>& form_;
    SinkOutput& output_;
    bool lines_;
    std::vector<Value> values_;
};

}  // namespace kstrax
