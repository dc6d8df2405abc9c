// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/machine_names.hpp"

#include <elf.h>

#include <algorithm>
#include <array>

namespace kstrax {

namespace {

/// A pattern of which '?' is any character.
struct MachineName {
    std::string_view pattern;
    std::uint16_t machine;
};
constexpr std::array kMachineNames{MachineName{"x86_64", EM_X86_64}, MachineName{"i?86", EM_386},
                                   MachineName{"ia64", EM_IA_64}};

}  // namespace

std::uint16_t machine_of_uname(std::string_view name) {
    const auto matches = [&](std::string_view pattern) {
        return std::equal(pattern.begin(), pattern.end(), name.begin(), name.end(),
                          [](char wanted, char c) { return wanted == '?' || wanted == c; });
    };
    for (const MachineName& known : kMachineNames)
        if (matches(known.pattern)) return known.machine;
    return EM_NONE;
}

}  // namespace kstrax
