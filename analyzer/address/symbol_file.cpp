// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/address/symbol_file.hpp"

#include <fmt/core.h>

#include <vector>

#include "analyzer/base/parse_number.hpp"

namespace kstrax {

namespace {

/// The address that a line gives to `name`; none if it is a line of something else.
std::optional<VirtAddr> address_in(std::string_view line, std::string_view name) {
    const auto address = take_number<std::uint64_t>(line, 16);
    // " T name", perhaps with "\t[module]" behind it
    if (!address || line.size() < 3 || line[0] != ' ' || line[2] != ' ') return std::nullopt;
    const std::string_view found = line.substr(3, line.find_first_of(" \t\r", 3) - 3);
    return found == name ? std::optional(VirtAddr{*address}) : std::nullopt;
}

std::vector<VirtAddr> addresses_of(std::string_view text, std::string_view name) {
    std::vector<VirtAddr> found;
    for (std::size_t at = text.find(name); at != text.npos; at = text.find(name, at + 1)) {
        const std::size_t before = text.rfind('\n', at);
        const std::size_t begin = before == text.npos ? 0 : before + 1;
        const std::string_view line = text.substr(begin, std::min(text.find('\n', at), text.size()) - begin);
        if (const auto address = address_in(line, name))
            if (found.empty() || found.back() != *address) found.push_back(*address);
    }
    return found;
}

}  // namespace

SymbolFile::SymbolFile(std::string text, const Vmcoreinfo& info) : text_(std::move(text)) {
    const auto ran_at = info.symbol("_stext");
    const auto linked_at = addresses_of(text_, "_stext");
    if (!ran_at || linked_at.size() != 1) return;
    image_ = linked_at.front();
    moved_ = *ran_at - image_.value;
}

Result<VirtAddr> SymbolFile::find(std::string_view name) const {
    if (name.empty()) return Error{ErrorCode::Usage, "a symbol without a name"};
    const auto found = addresses_of(text_, name);
    if (found.empty()) return Error{ErrorCode::Usage, fmt::format("no symbol '{}'", name)};
    if (found.size() > 1)
        return Error{ErrorCode::Usage,
                     fmt::format("{} symbols '{}', the first at {:#x}: give the address of the one meant", found.size(),
                                 name, found.front().value)};
    const VirtAddr address = found.front();
    return address >= image_ ? VirtAddr{address.value + moved_} : address;
}

}  // namespace kstrax
