// SPDX-License-Identifier: GPL-2.0-or-later
#define BOOST_BIND_GLOBAL_PLACEHOLDERS  // that Boost's own parser uses, and then warns of

#include "analyzer/memory/qmp/qmp_message.hpp"

#include <algorithm>
#include <array>
#include <boost/property_tree/json_parser.hpp>
#include <sstream>

#include "analyzer/sinks/escape.hpp"

namespace kstrax {

namespace {

/// The parser calls itself for each level, and makes an object of each value.
bool is_small(std::string_view line) {
    constexpr std::size_t kMostLevels = 32, kMostValues = 1 << 16;
    std::size_t levels = 0, values = 0;
    bool text = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (text && c == '\\') ++i;
        else if (c == '"') text = !text;
        else if (!text && (c == '{' || c == '[')) ++levels, ++values;
        else if (!text && (c == '}' || c == ']')) levels -= levels > 0 ? 1 : 0;
        else if (!text && c == ',') ++values;
        if (levels > kMostLevels || values > kMostValues) return false;
    }
    return true;
}

struct KindName {
    const char* member;
    QmpMessage::Kind kind;
};
constexpr std::array kKinds{
    KindName{"QMP", QmpMessage::Kind::Greeting},
    KindName{"event", QmpMessage::Kind::Event},
    KindName{"return", QmpMessage::Kind::Answer},
    KindName{"error", QmpMessage::Kind::Refusal},
};

Error no_message() { return {ErrorCode::Corrupt, "what it says is not QEMU's machine protocol (QMP)"}; }

}  // namespace

Result<QmpMessage> parse_qmp_message(std::string_view line) {
    constexpr std::size_t kMostWords = 300;
    if (line.size() > kMostQmpLine || !is_small(line)) return no_message();
    JsonTree tree;
    try {
        std::istringstream input{std::string(line)};
        boost::property_tree::read_json(input, tree);
    } catch (const boost::property_tree::ptree_error&) {
        return no_message();
    }
    const auto kind = std::ranges::find_if(kKinds, [&](const KindName& k) { return tree.count(k.member) > 0; });
    if (kind == kKinds.end()) return no_message();
    QmpMessage message{kind->kind, std::move(tree.find(kind->member)->second), {}};
    if (message.kind == QmpMessage::Kind::Refusal)
        message.refusal = message.value.get<std::string>("desc", "no reason given").substr(0, kMostWords);
    return message;
}

std::string json_quoted(std::string_view text) {
    TextBuffer quoted;
    append_json_string(quoted, text);
    return {quoted.data(), quoted.size()};
}

}  // namespace kstrax
