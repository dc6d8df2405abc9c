// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/arch/vmcoreinfo.hpp"

#include "analyzer/base/parse_number.hpp"

namespace kstrax {

namespace {

std::optional<std::uint64_t> parse(std::optional<std::string_view> text, int base) {
    if (!text) return std::nullopt;
    const bool minus = text->starts_with('-');
    const auto value = parse_number<std::uint64_t>(text->substr(minus ? 1 : 0), base);
    return value && minus ? std::optional(0 - *value) : value;
}

std::string wrapped(std::string_view kind, std::string_view name) {
    return std::string(kind).append("(").append(name).append(")");
}

}  // namespace

std::optional<std::string_view> Vmcoreinfo::value(std::string_view key) const {
    const std::string_view text = text_;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t end = std::min(text.find('\n', at), text.size());
        const std::string_view line = text.substr(at, end - at);
        if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == '=')
            return line.substr(key.size() + 1);
        at = end + 1;
    }
    return std::nullopt;
}

std::optional<std::uint64_t> Vmcoreinfo::symbol(std::string_view name) const {
    return parse(value(wrapped("SYMBOL", name)), 16);
}

std::optional<std::uint64_t> Vmcoreinfo::number(std::string_view name) const {
    const auto text = value(wrapped("NUMBER", name));
    if (text && text->starts_with("0x")) return parse(text->substr(2), 16);
    return parse(text, 10);
}

std::optional<std::uint64_t> Vmcoreinfo::hexadecimal(std::string_view key) const { return parse(value(key), 16); }

std::optional<std::uint64_t> Vmcoreinfo::decimal(std::string_view key) const { return parse(value(key), 10); }

bool Vmcoreinfo::config(std::string_view name) const {
    return value(std::string("CONFIG_").append(name)) == std::string_view("y");
}

}  // namespace kstrax
