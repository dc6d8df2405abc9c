// SPDX-License-Identifier: GPL-2.0-or-later
// Expressions: the grammar, by descent.
#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "analyzer/base/suggest.hpp"
#include "analyzer/query/comparison.hpp"
#include "analyzer/query/lexer.hpp"

namespace kstrax {

namespace {

using Node = Expression::Node;

/// Whose own fields have names that no table has.
constexpr std::string_view kEventField = "event";

/// More of either is no expression that anyone means.
constexpr std::size_t kLongest = 65536;
constexpr unsigned kDeepest = 100;

struct Sign {
    TokenKind kind;
    Comparison comparison;
};
constexpr std::array kSigns{
    Sign{TokenKind::Equal, Comparison::Equal},     Sign{TokenKind::NotEqual, Comparison::NotEqual},
    Sign{TokenKind::Less, Comparison::Less},       Sign{TokenKind::LessOrEqual, Comparison::LessOrEqual},
    Sign{TokenKind::Greater, Comparison::Greater}, Sign{TokenKind::GreaterOrEqual, Comparison::GreaterOrEqual},
    Sign{TokenKind::Like, Comparison::Like},       Sign{TokenKind::Unlike, Comparison::Unlike},
};

std::string no_such_field(std::span<const FieldInfo> known, std::string_view name) {
    Nearest nearest(name);
    std::vector<std::string_view> names;
    for (const FieldInfo& info : known) {
        nearest.offer(info.name);
        names.push_back(info.name);
    }
    const std::string question = nearest.question();
    return fmt::format("no field '{}'{}", name,
                       question.empty() ? fmt::format("; fields are {}", fmt::join(names, ", ")) : question);
}

}  // namespace

class Parser {
  public:
    Parser(std::string_view text, std::vector<Token> tokens, std::span<const FieldInfo> known)
        : text_(text), tokens_(std::move(tokens)), known_(known) {}

    Result<Expression> run() {
        auto root = any();
        if (!root) return root.error();
        if (!is(TokenKind::End)) return expected(is(TokenKind::Close) ? "a ( before this )" : "&&, || or the end");
        Expression whole(std::move(*root), std::move(uses_), known_);
        whole.own_uses_ = std::move(own_uses_);
        return whole;
    }

  private:
    [[nodiscard]] const Token& now() const { return tokens_[next_]; }
    [[nodiscard]] bool is(TokenKind kind) const { return now().kind == kind; }
    bool take(TokenKind kind) {
        if (!is(kind)) return false;
        ++next_;
        return true;
    }

    [[nodiscard]] Error mistake(std::size_t at, std::string message) const {
        return {ErrorCode::Usage, std::move(message), std::nullopt, Quote{std::string(text_), at}};
    }
    [[nodiscard]] Error expected(std::string_view what) const {
        return mistake(now().at, fmt::format("expected {}", what));
    }

    /// Parts with one operator between them.
    Result<Node> row_of(Node::Kind kind, TokenKind between, Result<Node> (Parser::*part)()) {
        auto first = (this->*part)();
        if (!first || !is(between)) return first;
        Node node{kind, {}, {}};
        node.parts.push_back(std::move(*first));
        while (take(between)) {
            auto another = (this->*part)();
            if (!another) return another;
            node.parts.push_back(std::move(*another));
        }
        return node;
    }
    Result<Node> any() { return row_of(Node::Kind::Any, TokenKind::Or, &Parser::all); }
    Result<Node> all() { return row_of(Node::Kind::All, TokenKind::And, &Parser::one); }

    Result<Node> one() {
        if (depth_ == kDeepest) return mistake(now().at, fmt::format("nested deeper than {} levels", kDeepest));
        ++depth_;
        auto node = is(TokenKind::Not) ? inverse() : is(TokenKind::Open) ? group() : field();
        --depth_;
        return node;
    }

    Result<Node> inverse() {
        ++next_;
        auto part = one();
        if (!part) return part;
        Node node{Node::Kind::Not, {}, {}};
        node.parts.push_back(std::move(*part));
        return node;
    }

    Result<Node> group() {
        ++next_;
        auto node = any();
        if (node && !take(TokenKind::Close)) return expected("&&, || or )");
        return node;
    }

    Result<Node> field() {
        if (!is(TokenKind::Word)) return expected("a field (pid, call, duration, error, path, …), ! or (");
        const FieldInfo* info = find_field(known_, now().text);
        FieldInfo own;
        if (info == nullptr) {
            const auto name = own_field();
            if (!name) return mistake(now().at, no_such_field(known_, now().text));
            own_uses_.push_back({*name, {std::string(text_), now().at}});
            own.kind = FieldKind::EventOwn;
            own.name = own_name_ = *name;
            info = &own;
        } else {
            uses_.push_back({info->name, now().at});
        }
        ++next_;
        if (is(TokenKind::In) || is(TokenKind::Not)) return in(*info);
        const auto* sign = std::ranges::find(kSigns, now().kind, &Sign::kind);
        if (sign == kSigns.end()) return existence(*info);
        ++next_;
        auto word = value(*info);
        if (!word) return word.error();
        return compare(*info, sign->comparison, {&*word, 1});
    }

    /// Whether an event has it, only a recording tells: so a mistake in spelling is told now wherever it can be.
    [[nodiscard]] std::optional<std::string> own_field() const {
        constexpr std::string_view kPrefix = "event.";
        if (find_field(known_, kEventField) == nullptr) return std::nullopt;
        if (now().text.starts_with(kPrefix)) return now().text.substr(kPrefix.size());
        const bool asked = std::ranges::find(uses_, kEventField, &Expression::Use::field) != uses_.end();
        return asked ? std::optional(now().text) : std::nullopt;
    }

    Result<Node> existence(const FieldInfo& info) {
        // A value without an operator before it: the likeliest mistake is one of spelling.
        if (is(TokenKind::Word) || is(TokenKind::String))
            return expected("an operator (==, !=, <, <=, >, >=, ~, in), &&, || or the end");
        Node node;
        node.test.field = info.id;
        if (info.kind == FieldKind::EventOwn) node.test.own_field = info.name;
        return node;
    }

    Result<Node> in(const FieldInfo& info) {
        const bool negative = take(TokenKind::Not);
        if (!take(TokenKind::In)) return expected("in");
        std::vector<Word> words;
        const bool list = take(TokenKind::Open);
        do {
            auto word = value(info);
            if (!word) return word.error();
            words.push_back(std::move(*word));
        } while (list && take(TokenKind::Comma));
        if (list && !take(TokenKind::Close)) return expected(", or )");
        return compare(info, negative ? Comparison::NotEqual : Comparison::Equal, words);
    }

    Result<Word> value(const FieldInfo& info) {
        if (!is(TokenKind::Word) && !is(TokenKind::String)) return expected(fmt::format("a value for {}", info.name));
        Word word{now().text, is(TokenKind::String), now().at};
        ++next_;
        return word;
    }

    [[nodiscard]] Result<Node> compare(const FieldInfo& info, Comparison comparison,
                                       std::span<const Word> words) const {
        auto node = make_comparison(info, comparison, words);
        if (node) return node;
        return mistake(node.error().quote ? node.error().quote->at : 0, node.error().message);
    }

    std::string_view text_;
    std::vector<Token> tokens_;
    std::span<const FieldInfo> known_;
    std::size_t next_ = 0;
    unsigned depth_ = 0;
    std::vector<Expression::Use> uses_;
    std::vector<Expression::OwnUse> own_uses_;
    std::string own_name_;  // of the one that is being asked for
};

Result<Expression> Expression::parse(std::string_view text, std::span<const FieldInfo> known) {
    if (text.size() > kLongest)
        return Error{ErrorCode::Usage,
                     fmt::format("an expression of {} bytes; {} are the most", text.size(), kLongest)};
    auto tokens = tokens_of(text);
    if (!tokens) return tokens.error();
    return Parser(text, std::move(*tokens), known).run();
}

}  // namespace kstrax
