// SPDX-License-Identifier: GPL-2.0-or-later
// A recording read to its end, as the commands would.
#pragma once

#include "analyzer/importers/importer.hpp"

namespace kstrax::fuzz {

/// Makes one report; `choice`: which, into which sink, by which clock. Its text must be as the sink promises.
void report(const Recording& recording, std::uint8_t choice);

/// The same of a file, if that importer takes it. An input: `choice`, and the file.
void report_file(const Importer& importer, Bytes input);

/// Rings of each layout, with lost, torn and lengthy records: a script for each (tests/support/rings/script.hpp).
[[nodiscard]] std::span<const std::string> scripts();

}  // namespace kstrax::fuzz
