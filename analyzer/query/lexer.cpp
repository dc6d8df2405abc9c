// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/query/lexer.hpp"

#include <algorithm>
#include <array>

#include "analyzer/query/literal.hpp"
#include "analyzer/sinks/escape.hpp"

namespace kstrax {

namespace {

struct Operator {
    std::string_view text;
    TokenKind kind;
};
/// Longer ones before those that they begin with.
constexpr std::array kOperators{
    Operator{"&&", TokenKind::And},
    Operator{"||", TokenKind::Or},
    Operator{"==", TokenKind::Equal},
    Operator{"!=", TokenKind::NotEqual},
    Operator{"!~", TokenKind::Unlike},
    Operator{"<=", TokenKind::LessOrEqual},
    Operator{">=", TokenKind::GreaterOrEqual},
    Operator{"<", TokenKind::Less},
    Operator{">", TokenKind::Greater},
    Operator{"~", TokenKind::Like},
    Operator{"!", TokenKind::Not},
    Operator{"(", TokenKind::Open},
    Operator{")", TokenKind::Close},
    Operator{",", TokenKind::Comma},
};
/// Words that are operators: where a shell, or crash, would take the signs for its own.
constexpr std::array kWordOperators{Operator{"and", TokenKind::And}, Operator{"or", TokenKind::Or},
                                    Operator{"not", TokenKind::Not}, Operator{"in", TokenKind::In}};

/// Signs that are mostly meant as others.
struct Slip {
    std::string_view text;
    const char* advice;
};
constexpr std::array kSlips{Slip{"=", "write == to compare"}, Slip{"&", "write && or and"},
                            Slip{"|", "write || or or"}};

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_word(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_.:/*?@%+-[]").find(c) != std::string_view::npos;
}

/// The operator of the table that the text begins with.
template <std::size_t N>
const Operator* leading(const std::array<Operator, N>& table, std::string_view text) {
    const auto* found = std::ranges::find_if(table, [&](const Operator& one) { return text.starts_with(one.text); });
    return found == table.end() ? nullptr : found;
}

class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}

    Result<std::vector<Token>> run() {
        while (at_ < text_.size()) {
            if (is_blank(text_[at_])) {
                ++at_;
            } else if (text_[at_] == '"' || text_[at_] == '\'') {
                if (const auto taken = take_string(); !taken) return taken.error();
            } else if (is_word(text_[at_])) {
                take_word();
            } else if (const auto taken = take_operator(); !taken) {
                return taken.error();
            }
        }
        tokens_.push_back({TokenKind::End, "", text_.size()});
        return std::move(tokens_);
    }

  private:
    [[nodiscard]] Error mistake(std::size_t at, std::string message) const {
        return {ErrorCode::Usage, std::move(message), std::nullopt, Quote{std::string(text_), at}};
    }

    void take_word() {
        std::size_t end = at_;
        while (end < text_.size() && is_word(text_[end])) ++end;
        const std::string_view word = text_.substr(at_, end - at_);
        const auto* found = std::ranges::find(kWordOperators, word, &Operator::text);
        tokens_.push_back({found == kWordOperators.end() ? TokenKind::Word : found->kind, std::string(word), at_});
        at_ = end;
    }

    Result<void> take_operator() {
        const std::string_view rest = text_.substr(at_);
        if (const Operator* found = leading(kOperators, rest)) {
            tokens_.push_back({found->kind, std::string(found->text), at_});
            at_ += found->text.size();
            return {};
        }
        for (const Slip& slip : kSlips)
            if (rest.starts_with(slip.text)) return mistake(at_, slip.advice);
        return mistake(at_, "expected a field, a value or an operator");
    }

    Result<void> take_string() {
        const char quote = text_[at_];  // one sort for where a shell, or crash, takes the other for its own
        const std::size_t begin = at_ + 1;
        std::size_t end = begin;
        while (end < text_.size() && text_[end] != quote) end += text_[end] == '\\' ? 2 : 1;
        if (end >= text_.size())
            return mistake(at_, "this string has no end: expected another " + std::string(1, quote));
        Token token{TokenKind::String, "", at_};
        if (!append_unescaped(token.text, text_.substr(begin, end - begin)))
            return mistake(at_, "in a string, expected \\n, \\t, \\\", \\\\, \\101 or \\x41 and its like behind a \\");
        tokens_.push_back(std::move(token));
        at_ = end + 1;
        return {};
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<Token> tokens_;
};

}  // namespace

Result<std::vector<Token>> tokens_of(std::string_view text) { return Lexer(text).run(); }

}  // namespace kstrax
