// SPDX-License-Identifier: GPL-2.0-or-later
// One line of QEMU's machine protocol: JSON, from a peer that may be anything.
#pragma once

#include <boost/property_tree/ptree.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "analyzer/base/result.hpp"

namespace kstrax {

/// A JSON value; numbers and words are text. The members of a list have empty names.
using JsonTree = boost::property_tree::ptree;

struct QmpMessage {
    enum class Kind : std::uint8_t { Greeting, Event, Answer, Refusal };
    Kind kind;
    JsonTree value;       ///< of an answer
    std::string refusal;  ///< QEMU's words
};

/// Bytes of a line. The longest answer that is asked for is a guest's map of memory.
inline constexpr std::size_t kMostQmpLine = std::size_t{1} << 20;

/// Fails with Corrupt for what is no message of the protocol. Memory and stack are bounded whatever the line holds.
[[nodiscard]] Result<QmpMessage> parse_qmp_message(std::string_view line);

/// Text as JSON has it, with its quotes.
[[nodiscard]] std::string json_quoted(std::string_view text);

}  // namespace kstrax
