// SPDX-License-Identifier: GPL-2.0-or-later
// Bytes from a dump made safe to show. Nothing that a dump holds reaches an
// output but through these.
#pragma once

#include <fmt/core.h>

#include <string>
#include <string_view>

#include "analyzer/sinks/text_buffer.hpp"

namespace kstrax {

inline void append(TextBuffer& out, std::string_view text) { out.append(text); }

/// As strace writes strings, without the quotes: \n \t \" \\ and octal for all
/// that is not printable ASCII. The output is printable ASCII.
void append_c_escaped(TextBuffer& out, std::string_view bytes);

/// As dmesg writes the kernel's log: what is neither printable ASCII nor a tab becomes \xNN.
/// Quotes and backslashes stay, as nothing stands around the text.
void append_log_escaped(TextBuffer& out, std::string_view bytes);

/// A JSON string with its quotes, in ASCII: what is not printable ASCII becomes
/// \uXXXX, and what is not UTF-8 becomes U+FFFD.
void append_json_string(TextBuffer& out, std::string_view bytes);

/// One field of RFC 4180, in quotes where it needs them.
void append_csv_field(TextBuffer& out, std::string_view escaped);

/// Puts a quoted string's bytes behind `bytes`: \n and its like, octal and \xHH. False where a
/// backslash stands at the end or before what it cannot change.
[[nodiscard]] bool append_unescaped(std::string& bytes, std::string_view escaped);

}  // namespace kstrax
