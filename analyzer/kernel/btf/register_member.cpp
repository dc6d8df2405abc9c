// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/btf/register_member.hpp"

#include <algorithm>

#include "analyzer/base/parse_number.hpp"

namespace kstrax {

std::optional<Member> register_member(const FindMember& member, std::string_view name, std::uint8_t word_size) {
    const std::size_t bracket = std::min(name.find('['), name.size());
    auto found = member("pt_regs", name.substr(0, bracket));
    if (!found || bracket == name.size()) return found;
    const auto index = parse_number<std::uint64_t>(name.substr(bracket + 1, name.size() - bracket - 2));
    if (!index || found->size > kMostRegisters || (*index + 1) * word_size > found->size) return std::nullopt;
    return Member{.offset = found->offset + *index * word_size, .size = word_size};
}

}  // namespace kstrax
