// SPDX-License-Identifier: GPL-2.0-or-later
// Strict readers of what the sinks write: RFC 8259 a line, RFC 4180, and text in printable ASCII. They end the process
// where it is not so.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace kstrax::fuzz {

/// A member of a JSON object as it stands there: strings without quotes and escapes (in UTF-8), all else as written.
struct JsonMember {
    std::string name;
    std::string value;
    bool is_string = false;
};

/// The objects of JSON lines; each has names of its own.
[[nodiscard]] std::vector<std::vector<JsonMember>> parse_jsonl(std::string_view text);

/// Rows of fields, all of as many as the first.
[[nodiscard]] std::vector<std::vector<std::string>> parse_csv(std::string_view text);

void check_printable(std::string_view text);

/// By the name of a sink.
void check_output(std::string_view sink, std::string_view text);

}  // namespace kstrax::fuzz
