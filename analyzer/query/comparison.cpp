// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/query/comparison.hpp"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <limits>

#include "analyzer/base/suggest.hpp"
#include "formats/call_classes.hpp"
#include "formats/call_numbers.hpp"
#include "formats/errnos.hpp"
#include "formats/syscalls.hpp"

namespace kstrax {

namespace {

using Node = Expression::Node;
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr Range kNothing{1, 0};

Error mistake(const Word& word, std::string message) {
    return {ErrorCode::Usage, std::move(message), std::nullopt, Quote{"", word.at}};
}

bool is_negative(Comparison comparison) {
    return comparison == Comparison::NotEqual || comparison == Comparison::Unlike;
}

/// The numbers that compare so with those of `value`.
Range compared(Comparison comparison, Range value) {
    switch (comparison) {
        case Comparison::Less:
            return value.first == kLeast ? kNothing : Range{kLeast, value.first - 1};
        case Comparison::LessOrEqual:
            return {kLeast, value.last};
        case Comparison::Greater:
            return value.last == kMost ? kNothing : Range{value.last + 1, kMost};
        case Comparison::GreaterOrEqual:
            return {value.first, kMost};
        case Comparison::Equal:
        case Comparison::NotEqual:
        case Comparison::Like:
        case Comparison::Unlike:
            break;
    }
    return value;
}

std::optional<Range> exactly(std::optional<std::int64_t> number) {
    return number ? std::optional(Range{*number, *number}) : std::nullopt;
}
std::optional<Range> read_number(std::string_view text) { return exactly(parse_integer(text)); }
std::optional<Range> read_duration(std::string_view text) { return exactly(parse_duration(text)); }
std::optional<Range> read_nanoseconds(std::string_view text) {
    const auto number = parse_integer(text);
    return exactly(number ? number : parse_duration(text));
}
std::optional<Range> read_error(std::string_view text) { return exactly(parse_error_number(text)); }

std::string nearest_errno(const Word& word) {
    Nearest nearest(word.text);
    for (const ErrnoInfo& info : errnos()) nearest.offer(info.name);
    return nearest.question();
}
std::string nothing_near(const Word&) { return ""; }

/// How the values of a kind of number are read.
struct NumberKind {
    FieldKind kind;
    std::string_view expected;
    std::optional<Range> (*read)(std::string_view text);
    std::string (*suggest)(const Word& word);
    bool ordered;
};
constexpr std::array kNumberKinds{
    NumberKind{FieldKind::Number, "a number", read_number, nothing_near, true},
    NumberKind{FieldKind::Nanoseconds, "nanoseconds, or a number with ns, us, ms or s", read_nanoseconds, nothing_near,
               true},
    NumberKind{FieldKind::Duration, "a number with ns, us, ms or s, as 10ms", read_duration, nothing_near, true},
    NumberKind{FieldKind::TimeOfDay, "a time of day or its beginning, as 03:21:29.5 or 03:2", parse_time_of_day,
               nothing_near, true},
    NumberKind{FieldKind::ErrorNumber, "an errno, as ENOENT", read_error, nearest_errno, false},
};

Error wrong_operator(const FieldInfo& field, const Word& word, std::string_view right) {
    return mistake(word, fmt::format("{} goes with {} only", field.name, right));
}

Result<Test> number_test(const FieldInfo& field, const NumberKind& kind, Comparison comparison,
                         std::span<const Word> values) {
    if (comparison == Comparison::Like || comparison == Comparison::Unlike)
        return wrong_operator(field, values[0], kind.ordered ? "==, !=, <, <=, >, >= and in" : "==, != and in");
    const bool is_order = comparison != Comparison::Equal && comparison != Comparison::NotEqual;
    if (is_order && !kind.ordered) return wrong_operator(field, values[0], "==, != and in");
    Test test{Test::Kind::InRanges, field.id, {}, {}};
    for (const Word& word : values) {
        const auto value = kind.read(word.text);
        if (!value)
            return mistake(word, fmt::format("{} is compared with {}, not '{}'{}", field.name, kind.expected, word.text,
                                             kind.suggest(word)));
        test.ranges.push_back(compared(comparison, *value));
    }
    return test;
}

bool is_call_name(std::string_view name) {
    if (name == kUnknownCall || unnamed_call_number(name)) return true;
    return std::ranges::any_of(syscall_tables(),
                               [&](const SyscallTable* table) { return table->find(name) != nullptr; });
}

std::string nearest_call(std::string_view wanted) {
    Nearest nearest(wanted);
    for (const CallClass& one : call_classes()) nearest.offer(one.name);
    for (const SyscallTable* table : syscall_tables())
        for (const Syscall& call : table->calls) nearest.offer(call.name);
    return nearest.question();
}

Result<void> add_call(const Word& word, std::vector<std::string>& names) {
    if (is_call_name(word.text)) {
        names.push_back(word.text);
    } else if (const CallClass* one = find_call_class(word.text)) {
        each_call_name(one->calls, [&](std::string_view name) { names.emplace_back(name); });
    } else {
        return mistake(word, no_such_call(word.text));
    }
    return {};
}

Result<void> add_word(const FieldInfo& field, const Word& word, std::vector<std::string>& names) {
    const auto known = field.words();
    Nearest nearest(word.text);
    for (const std::string_view name : known) {
        nearest.offer(name);
        if (name != word.text) continue;
        names.push_back(word.text);
        return {};
    }
    const std::string question = nearest.question();
    return mistake(word,
                   fmt::format("{} is never '{}'{}", field.name, word.text,
                               question.empty() ? fmt::format("; it is one of {}", fmt::join(known, ", ")) : question));
}

Result<Test> text_test(const FieldInfo& field, Comparison comparison, std::span<const Word> values) {
    const bool like = comparison == Comparison::Like || comparison == Comparison::Unlike;
    if (!like && comparison != Comparison::Equal && comparison != Comparison::NotEqual)
        return wrong_operator(field, values[0], "==, !=, ~, !~ and in");
    Test test{like ? Test::Kind::IsLike : Test::Kind::IsOneOf, field.id, {}, {}};
    for (const Word& word : values) {
        Result<void> added;
        if (like || field.kind == FieldKind::Text) test.texts.push_back(word.text);
        else if (field.kind == FieldKind::Call) added = add_call(word, test.texts);
        else added = add_word(field, word, test.texts);
        if (!added) return added.error();
    }
    std::ranges::sort(test.texts);
    return test;
}

}  // namespace

namespace {

/// What an event's own field is, only the event tells: values are kept as numbers, where they are some, and as texts.
Result<Test> own_test(const FieldInfo& field, Comparison comparison, std::span<const Word> values) {
    const bool like = comparison == Comparison::Like || comparison == Comparison::Unlike;
    const bool is_order = !like && comparison != Comparison::Equal && comparison != Comparison::NotEqual;
    Test test{like ? Test::Kind::IsLike : Test::Kind::IsOneOf, field.id, {}, {}, std::string(field.name)};
    for (const Word& word : values) {
        const auto number = read_number(word.text);
        if (is_order && !number) return mistake(word, fmt::format("expected a number, not '{}'", word.text));
        if (number && !like) test.ranges.push_back(compared(comparison, *number));
        if (!is_order) test.texts.push_back(word.text);
    }
    std::ranges::sort(test.texts);
    return test;
}

}  // namespace

std::string no_such_call(std::string_view name) {
    if (name.find_first_of("*?[") != name.npos)
        return fmt::format("no system call or class '{0}'; a pattern is an expression's: -x 'call~\"{0}\"'", name);
    std::string question = nearest_call(name);
    if (question.empty()) {
        std::vector<std::string_view> classes;
        for (const CallClass& one : call_classes()) classes.push_back(one.name);
        question = fmt::format("; classes are {}", fmt::join(classes, ", "));
    }
    return fmt::format("no system call or class '{}'{}", name, question);
}

Result<Node> make_comparison(const FieldInfo& field, Comparison comparison, std::span<const Word> values) {
    const auto* kind = std::ranges::find(kNumberKinds, field.kind, &NumberKind::kind);
    auto test = field.kind == FieldKind::EventOwn ? own_test(field, comparison, values)
                : kind != kNumberKinds.end()      ? number_test(field, *kind, comparison, values)
                                                  : text_test(field, comparison, values);
    if (!test) return test.error();
    Node node{Node::Kind::Test, std::move(*test), {}};
    if (!is_negative(comparison)) return node;
    Node inverse{Node::Kind::Not, {}, {}};
    inverse.parts.push_back(std::move(node));
    return inverse;
}

}  // namespace kstrax
