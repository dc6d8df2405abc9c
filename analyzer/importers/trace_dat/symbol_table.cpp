// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/trace_dat/symbol_table.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "analyzer/base/parse_number.hpp"

namespace kstrax {

SymbolTable::SymbolTable(std::string text) : text_(std::move(text)) {
    constexpr std::size_t kMostFunctions = 1 << 22;
    std::string_view rest = text_;
    while (!rest.empty() && functions_.size() < kMostFunctions) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        add(line);
    }
    std::ranges::stable_sort(functions_, {}, &Function::address);
    const auto same = [](const Function& a, const Function& b) { return a.address == b.address; };
    functions_.erase(std::unique(functions_.begin(), functions_.end(), same), functions_.end());
}

/// A user who may not see addresses gets zeros.
void SymbolTable::add(std::string_view line) {
    constexpr std::string_view kCode = "tTwW";
    constexpr int kHexadecimal = 16;
    const auto address = take_number<std::uint64_t>(line, kHexadecimal);
    if (!address || *address == 0 || line.size() < 4 || line[0] != ' ' || line[2] != ' ') return;
    if (kCode.find(line[1]) == kCode.npos) return;
    line.remove_prefix(3);
    const std::size_t tab = std::min(line.find('\t'), line.size());
    std::string_view module = line.substr(tab);
    if (module.starts_with("\t[") && module.ends_with(']')) module = module.substr(2, module.size() - 3);
    else module = {};
    functions_.push_back({*address, line.substr(0, tab), module});
}

std::string SymbolTable::function_at(VirtAddr at) const {
    auto found = std::ranges::upper_bound(functions_, at.value, {}, &Function::address);
    if (found == functions_.begin()) return {};
    --found;
    std::string text(found->name);
    if (at.value != found->address) text += fmt::format("+{:#x}", at.value - found->address);
    if (!found->module.empty()) text += fmt::format(" [{}]", found->module);
    return text;
}

}  // namespace kstrax
