// SPDX-License-Identifier: GPL-2.0-or-later
// How CSV writes text: for spreadsheets, or as it is.
#pragma once

#include "analyzer/sinks/sink.hpp"

namespace kstrax {

/// A spreadsheet takes a cell that begins with = + - or @ as a formula, and any user of the machine chose names of files
/// and commands. So in the form "excel", ' stands before such a text and before one that begins with ' itself, and a
/// semicolon is written as \073. Numbers are never guarded.
struct CsvForm {
    std::string_view name;  ///< of --csv
    const SinkInfo* sink;
};
/// The first is that of --format=csv, where nobody asks for another.
[[nodiscard]] std::span<const CsvForm> csv_forms();

}  // namespace kstrax
