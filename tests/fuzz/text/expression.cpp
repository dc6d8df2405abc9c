// SPDX-License-Identifier: GPL-2.0-or-later
// Expressions, moments and values as users write them.
#include "analyzer/query/expression.hpp"

#include "analyzer/query/glob.hpp"
#include "analyzer/query/when.hpp"
#include "tests/fuzz/target.hpp"

namespace kstrax::fuzz {

namespace {

/// A row with a value for each field that its place picks.
QueryRow row_with(std::uint64_t picked) {
    QueryRow row;
    for (const FieldInfo& field : field_infos()) {
        if ((picked >> static_cast<unsigned>(field.id) & 1) == 0) continue;
        const bool text =
            field.kind == FieldKind::Call || field.kind == FieldKind::Word || field.kind == FieldKind::Text;
        if (text) row.set(field.id, std::string_view("openat"));
        else row.set(field.id, static_cast<std::int64_t>(picked % 1000));
    }
    return row;
}

void run(Bytes bytes) {
    const std::string_view text = as_text(bytes);
    (void)parse_when(text);
    (void)parse_duration(text);
    (void)parse_integer(text);
    (void)parse_error_number(text);
    if (const auto time = parse_time_of_day(text))
        require(time->first >= 0 && time->first <= time->last && time->last < kNanosPerDay, "a time is of one day");
    (void)glob_matches(text, "/etc/passwd");
    (void)glob_matches(text.substr(0, text.size() / 2), text.substr(text.size() / 2));

    auto expression = Expression::parse(text);
    if (!expression) {
        const Error& error = expression.error();
        require(error.code == ErrorCode::Usage && !error.message.empty(), "a mistake is the user's");
        require(error.quote && error.quote->at <= error.quote->text.size(), "a mistake has a place in the text");
        return;
    }
    (void)expression->plain_pattern();
    (void)expression->has_finer_times(1000);
    require(!expression->first_beyond(expression->fields()), "an expression asks for its own fields");
    for (const std::uint64_t picked : {std::uint64_t{0}, ~std::uint64_t{0}, std::uint64_t{0x5555555555555555}}) {
        const QueryRow row = row_with(picked);
        const bool holds = expression->matches(row);
        require(Expression(*expression).negated().matches(row) != holds, "what is negated holds where it did not");
        require(Expression::both(*expression, *expression).matches(row) == holds, "twice the same is the same");
    }
}

std::vector<std::string> seeds() {
    std::vector<std::string> all{"pid==1234 && call in FILE && duration>10ms && error==ENOENT && path~\"/etc/*\"",
                                 "!(tid in (1,2,0x10) or call not in (openat,read)) and duration <= 1.5us",
                                 "time>=22:13:2 && path!~'[a-z]?\\x41\\n'",
                                 "-5s",
                                 "2026-11-22 03:34:2",
                                 "2026-11-22T03:34:20.123456789",
                                 "-12",
                                 "0xffffffffffffffff",
                                 "*a*b*c*d"};
    for (const FieldInfo& field : field_infos()) {
        all.push_back(std::string(field.name));
        all.push_back(std::string(field.name) + " != 1");
    }
    return all;
}

}  // namespace

extern const Target kExpression;
const Target kExpression{"expression", 512, run, seeds};

}  // namespace kstrax::fuzz
