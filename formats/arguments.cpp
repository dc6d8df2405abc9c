// SPDX-License-Identifier: GPL-2.0-or-later
#include "formats/arguments.hpp"

#include <algorithm>

namespace kstrax {

namespace {

constexpr NamedValue kValues[] = {
#define ONE(kind, other)
#define FLAGS(kind, mask, other)
#define VALUE(name, value) {#name, static_cast<std::uint32_t>(value), ValueMachines::All},
#define VALUE_ON(machines, name, value) {#name, static_cast<std::uint32_t>(value), ValueMachines::machines},
#include "formats/tables/argument_values.inc"
#undef ONE
#undef FLAGS
#undef VALUE
#undef VALUE_ON
};

/// A kind, or one of its values, in the table's order: where each kind's values begin follows from it.
struct Row {
    std::string_view kind;  // empty: a value
    bool flags;
    std::uint32_t mask;
    char other;
};
constexpr Row kRows[] = {
#define ONE(kind, other) {#kind, false, 0xffffffff, #other[0]},
#define FLAGS(kind, mask, other) {#kind, true, mask, #other[0]},
#define VALUE(name, value) {"", false, 0, 0},
#define VALUE_ON(machines, name, value) {"", false, 0, 0},
#include "formats/tables/argument_values.inc"
#undef ONE
#undef FLAGS
#undef VALUE
#undef VALUE_ON
};

constexpr ArgumentForm form_behind(char other) {
    return other == 'D' ? ArgumentForm::Int : other == 'F' ? ArgumentForm::Descriptor : ArgumentForm::Bits;
}

constexpr std::size_t kKinds = std::ranges::count_if(kRows, [](const Row& row) { return !row.kind.empty(); });

constexpr std::array<ValueKind, kKinds> kValueKinds = [] {
    std::array<ValueKind, kKinds> kinds{};
    std::size_t kind = 0;
    std::size_t value = 0;
    for (std::size_t i = 0; i < std::size(kRows); ++i) {
        if (kRows[i].kind.empty()) continue;
        std::size_t end = i + 1;
        while (end < std::size(kRows) && kRows[end].kind.empty()) ++end;
        const std::size_t count = end - i - 1;
        kinds[kind++] = {
            kRows[i].kind, kRows[i].flags, kRows[i].mask, form_behind(kRows[i].other), {kValues + value, count}};
        value += count;
    }
    return kinds;
}();

struct PlainKind {
    std::string_view name;
    ArgumentForm form;
};
constexpr PlainKind kPlainKinds[] = {{"d", ArgumentForm::Int},     {"u", ArgumentForm::Unsigned},
                                     {"ld", ArgumentForm::Long},   {"lu", ArgumentForm::ULong},
                                     {"o", ArgumentForm::Octal},   {"x", ArgumentForm::Bits},
                                     {"p", ArgumentForm::Pointer}, {"fd", ArgumentForm::Descriptor}};

/// At compile time, so that a name that is none is an error of the compiler.
consteval ArgumentKind kind_of(std::string_view name) {
    for (const PlainKind& plain : kPlainKinds)
        if (plain.name == name) return {plain.form, nullptr};
    for (const ValueKind& kind : kValueKinds)
        if (kind.name == name) return {ArgumentForm::Named, &kind};
    throw "no such kind of argument";
}

consteval CallForm form_of(std::string_view call, std::string_view table, int when, std::uint32_t mask,
                           std::uint32_t value, std::string_view kinds) {
    CallForm form;
    form.call = call;
    form.table = table;
    form.when = static_cast<std::int8_t>(when);
    form.mask = mask;
    form.value = value;
    bool returns = false;
    while (!kinds.empty()) {
        const std::string_view word = kinds.substr(0, kinds.find(' '));
        kinds.remove_prefix(std::min(word.size() + 1, kinds.size()));
        if (word == "->") returns = true;
        else if (returns) form.returns = kind_of(word);
        else form.arguments.at(form.count++) = kind_of(word);
    }
    return form;
}

constexpr CallForm kCallForms[] = {
#define CALL(name, kinds)
#define CALL_ON(table, name, kinds)
#define WHEN(name, i, mask, value, kinds) form_of(#name, "", i, mask, value, kinds),
#include "formats/tables/argument_kinds.inc"
#undef CALL_ON
#undef WHEN
#define CALL_ON(table, name, kinds) form_of(#name, #table, -1, 0, 0, kinds),
#define WHEN(name, i, mask, value, kinds)
#include "formats/tables/argument_kinds.inc"
#undef CALL
#undef CALL_ON
#define CALL(name, kinds) form_of(#name, "", -1, 0, 0, kinds),
#define CALL_ON(table, name, kinds)
#include "formats/tables/argument_kinds.inc"
#undef CALL
#undef CALL_ON
#undef WHEN
};

}  // namespace

std::span<const ValueKind> value_kinds() { return kValueKinds; }

std::span<const CallForm> call_forms() { return kCallForms; }

}  // namespace kstrax
