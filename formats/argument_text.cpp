// SPDX-License-Identifier: GPL-2.0-or-later
#include "formats/argument_text.hpp"

namespace kstrax {

std::optional<QuotedText> quoted_argument(std::string_view text, unsigned number) {
    unsigned at = 0;
    int depth = 0;
    bool begins = true;  // of an argument
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (c == '"') {
            std::size_t end = i + 1;
            while (end < text.size() && text[end] != '"') end += text[end] == '\\' ? 2 : 1;
            if (end >= text.size()) return std::nullopt;
            if (at == number && begins)
                return QuotedText{text.substr(i + 1, end - i - 1), text.substr(end + 1).starts_with("...")};
            i = end;
        } else if (c == ',' && depth == 0) {
            if (++at > number) return std::nullopt;
            begins = true;
            continue;
        } else if (c == '(' || c == '[' || c == '{') {
            ++depth;
        } else if (c == ')' || c == ']' || c == '}') {
            --depth;
        }
        if (c != ' ') begins = false;
    }
    return std::nullopt;
}

}  // namespace kstrax
