// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/query/literal.hpp"

#include <algorithm>
#include <array>

#include "analyzer/base/parse_number.hpp"
#include "formats/errnos.hpp"

namespace kstrax {

namespace {

struct Unit {
    std::string_view name;
    std::int64_t nanos;
};
constexpr std::array kUnits{Unit{"ns", 1}, Unit{"us", 1'000}, Unit{"ms", 1'000'000}, Unit{"s", 1'000'000'000}};

constexpr std::string_view kDigits = "0123456789";

/// A decimal fraction's digits as a count of `unit` parts: "5" of a second is 500000000. None where it
/// is finer than one part.
std::optional<std::int64_t> fraction_of(std::string_view digits, std::int64_t unit) {
    std::int64_t value = 0;
    for (const char c : digits) {
        if (c < '0' || c > '9') return std::nullopt;
        if (unit == 1) {
            if (c != '0') return std::nullopt;
            continue;
        }
        unit /= 10;
        value += (c - '0') * unit;
    }
    return value;
}

/// Two digits or one, below `limit`.
std::optional<std::int64_t> clock_part(std::string_view text, std::int64_t limit) {
    if (text.empty() || text.size() > 2 || text.find_first_not_of(kDigits) != text.npos) return std::nullopt;
    const auto value = parse_number<std::int64_t>(text);
    return value && *value < limit ? value : std::nullopt;
}

}  // namespace

std::optional<std::int64_t> parse_integer(std::string_view text) {
    if (const auto value = parse_number<std::int64_t>(text)) return value;
    const bool hex = text.starts_with("0x") || text.starts_with("0X");
    const auto value = hex ? parse_hexadecimal(text) : parse_number<std::uint64_t>(text);
    return value ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
}

std::optional<std::int64_t> parse_duration(std::string_view text) {
    if (text == "0") return 0;
    const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    for (const Unit& unit : kUnits) {
        if (text.substr(digits) != unit.name) continue;
        const std::string_view number = text.substr(0, digits);
        const std::size_t point = std::min(number.find('.'), number.size());
        const auto whole = parse_number<std::int64_t>(number.substr(0, point));
        const auto part = fraction_of(point < number.size() ? number.substr(point + 1) : "", unit.nanos);
        std::int64_t nanos = 0;
        if (!whole || !part || point + 1 == number.size()) return std::nullopt;
        if (__builtin_mul_overflow(*whole, unit.nanos, &nanos) || __builtin_add_overflow(nanos, *part, &nanos))
            return std::nullopt;
        return nanos;
    }
    return std::nullopt;
}

std::optional<Range> parse_time_of_day(std::string_view text) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    struct Part {
        std::int64_t limit;
        std::int64_t nanos;
    };
    constexpr std::array kParts{Part{24, 3600 * kSecond}, Part{60, 60 * kSecond}, Part{60, kSecond}};
    Range range{0, -1};
    for (const Part& part : kParts) {
        const std::size_t end = std::min(text.find_first_of(":."), text.size());
        if (text.empty() && range.last > range.first) return range;  // 03: is as 03
        const bool tens = text.size() == 1;
        const auto value = clock_part(text.substr(0, end), tens ? (part.limit + 9) / 10 : part.limit);
        if (!value) return std::nullopt;
        range.first += *value * (tens ? 10 : 1) * part.nanos;
        range.last = range.first + (tens ? std::min<std::int64_t>(10, part.limit - *value * 10) : 1) * part.nanos - 1;
        text.remove_prefix(end);
        if (text.empty()) return range;
        if (text[0] == '.' && part.nanos != kSecond) return std::nullopt;
        if (text[0] == ':' && part.nanos == kSecond) return std::nullopt;
        text.remove_prefix(1);
    }
    const auto fraction = fraction_of(text, kSecond);
    if (text.empty()) return range;
    if (!fraction || text.size() > 9) return std::nullopt;
    std::int64_t finest = kSecond;
    for (std::size_t i = 0; i < text.size(); ++i) finest /= 10;
    range.first += *fraction;
    range.last = range.first + finest - 1;
    return range;
}

std::optional<std::int64_t> parse_error_number(std::string_view text) {
    constexpr std::int64_t kMostErrno = 4095;  // MAX_ERRNO of the kernel
    if (const ErrnoInfo* info = errno_info(text)) return info->number;
    const auto number = parse_number<std::int64_t>(text);
    return number && *number > 0 && *number <= kMostErrno ? number : std::nullopt;
}

}  // namespace kstrax
