// SPDX-License-Identifier: GPL-2.0-or-later
// What becomes of a script's records, a line a call, for tests to compare.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyzer/trace/pair.hpp"
#include "tests/support/rings/ring_image.hpp"

namespace kstrax::test {

/// "TID NAME START-END STATE", with ' = VALUE' after an exit and ' "PATH"' where there
/// is a file name. Calls of a process other than their thread's: "TID/PROCESS".
[[nodiscard]] std::string describe_call(const Call& call, const CallNames& names);

/// All calls of the recording in memory, in the order in which the pairer gives them.
[[nodiscard]] std::vector<std::string> paired_calls(const Memory& memory);
[[nodiscard]] std::vector<std::string> paired_calls(std::string_view script);

/// The same by merged time alone: no record is looked for behind its turn.
[[nodiscard]] std::vector<std::string> paired_in_order(const Memory& memory);
/// How many records are in calls.
[[nodiscard]] std::size_t paired_records(const Memory& memory);

/// The lines of a text, without blanks around them and without empty ones.
[[nodiscard]] std::vector<std::string> expected_lines(std::string_view text);

/// All records in the order of the merge: "CPU POSITION TIME".
[[nodiscard]] std::vector<std::string> merged_records(const Memory& memory);

}  // namespace kstrax::test
