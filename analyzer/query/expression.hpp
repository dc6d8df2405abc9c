// SPDX-License-Identifier: GPL-2.0-or-later
// Which rows are meant, in a line of text:
//
//     pid==1234 && call in FILE && duration>10ms && error==ENOENT && path~"/etc/*"
//
//     any   = all { ("||" | "or") all }
//     all   = one { ("&&" | "and") one }
//     one   = ("!" | "not") one | "(" any ")" | FIELD [ test ]
//     test  = ("==" | "!=" | "<" | "<=" | ">" | ">=" | "~" | "!~") VALUE | ["not"] "in" VALUE | ["not"] "in" "(" VALUE { "," VALUE } ")"
//
// A field alone asks whether it is there. A test of a field that is not there is
// false; a != b is !(a == b), so that it is then true.
//
// FIELD may also be one of an event's own, which only a recording tells: as event.NAME, or as NAME behind a question for the
// field `event`, if NAME is none of ours:
//
//     event==block_rq_issue && dev==0x800010
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/base/result.hpp"
#include "analyzer/fields/field.hpp"
#include "analyzer/query/literal.hpp"
#include "analyzer/query/row.hpp"

namespace kstrax {

enum class Comparison : std::uint8_t { Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual, Like, Unlike };

/// A value as the user wrote it.
struct Word {
    std::string text;
    bool quoted = false;
    std::size_t at = 0;  ///< where in the expression
};

/// One question about one field: is it there; is it in one of the ranges; is it one of the
/// texts, or like one of them?
struct Test {
    enum class Kind : std::uint8_t { Exists, InRanges, IsOneOf, IsLike };
    Kind kind = Kind::Exists;
    FieldId field{};
    std::vector<Range> ranges;
    std::vector<std::string> texts;  ///< sorted
    std::string own_field = {};      ///< of an event, in the place of `field`; it may be a number or a text

    [[nodiscard]] bool holds(const QueryRow& row) const;

  private:
    [[nodiscard]] bool own_holds(const QueryRow& row) const;
    [[nodiscard]] bool is_in(std::int64_t value) const;
    [[nodiscard]] bool is_text(std::string_view value) const;
};

[[nodiscard]] const FieldInfo* find_field(std::span<const FieldInfo> known, std::string_view name);

class Expression {
  public:
    struct Node {
        enum class Kind : std::uint8_t { All, Any, Not, Test };
        Kind kind = Kind::Test;
        Test test;                ///< of Test
        std::vector<Node> parts;  ///< of All and Any; one of Not
    };
    struct Use {
        std::string_view field;
        std::size_t at;
    };
    /// Of one of an event's own fields.
    struct OwnUse {
        std::string field;
        Quote quote;
    };

    /// `known`: the fields that there are, each at the place of its id; they must outlive the expression.
    /// Errors are Usage, with the text and the place in it as quote.
    [[nodiscard]] static Result<Expression> parse(std::string_view text,
                                                  std::span<const FieldInfo> known = field_infos());
    /// A field, which must be known, compared with one of the values, as a short filter asks it. Errors quote nothing.
    [[nodiscard]] static Result<Expression> compare(std::string_view field, Comparison comparison,
                                                    std::span<const std::string> values,
                                                    std::span<const FieldInfo> known = field_infos());
    /// Of two, both by the same fields.
    [[nodiscard]] static Expression both(Expression first, Expression second);
    [[nodiscard]] static Expression either(Expression first, Expression second);
    [[nodiscard]] static Expression exists(std::string_view field);
    [[nodiscard]] Expression negated() &&;

    [[nodiscard]] bool matches(const QueryRow& row) const;
    /// The first field in it that is not among those.
    [[nodiscard]] std::optional<Use> first_beyond(FieldSet available) const;
    [[nodiscard]] std::span<const OwnUse> own_fields() const { return own_uses_; }
    /// A pattern in it that stands for nothing but itself: the user may not know that it has to
    /// match the whole of a text. Empty if there is none.
    [[nodiscard]] std::string_view plain_pattern() const;
    /// All that it asks for.
    [[nodiscard]] FieldSet fields() const;
    /// Does it tell moments apart that times in whole units of so many nanoseconds do not?
    [[nodiscard]] bool has_finer_times(std::int64_t unit) const;

  private:
    friend class Parser;
    [[nodiscard]] static Expression joined(Node::Kind kind, Expression first, Expression second);
    Expression(Node root, std::vector<Use> uses, std::span<const FieldInfo> known)
        : root_(std::move(root)), uses_(std::move(uses)), known_(known) {}

    Node root_;
    std::vector<Use> uses_;  // in the order of the text
    std::vector<OwnUse> own_uses_;
    std::span<const FieldInfo> known_;
};

}  // namespace kstrax
