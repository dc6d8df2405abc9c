// SPDX-License-Identifier: GPL-2.0-or-later
#include "crash-ext/crash_locate.hpp"

#include <fmt/format.h>

#include <cstring>

#include "crash-ext/crash_api.hpp"

namespace kstrax {

namespace {

constexpr const char* kSymbol = "kstrax_ring_anchor";
constexpr const char* kModule = "kstrax_buf";
constexpr std::uint64_t kPageSize = 4096;

Located by_symbol(const MemorySource& source) {
    const auto anchor = crash_api::word_at_symbol(kSymbol);
    if (!anchor || *anchor == 0) return {};
    const auto at = crash_api::physical_address(*anchor);
    if (!at) return {};
    return locate_anchor_at(source, {*at}, fmt::format("symbol {}", kSymbol));
}

/// Every word of the module's memory that could point to an anchor is tried;
/// read_anchor() tells the true one. Pages of the module that are missing are passed over.
Located by_module(const MemorySource& source) {
    const auto memory = crash_api::module_memory(kModule);
    if (!memory) return {};
    std::array<std::byte, kPageSize> page{};
    for (std::uint64_t at = memory->start; at < memory->start + memory->size; at += kPageSize) {
        if (!crash_api::read_virtual(at, page.data(), page.size())) continue;
        for (std::size_t offset = 0; offset < page.size(); offset += crash_api::kWordSize) {
            unsigned long word = 0;
            std::memcpy(&word, page.data() + offset, sizeof word);
            if (word == 0 || word % kPageSize != 0) continue;
            const auto physical = crash_api::physical_address(word);
            if (!physical) continue;
            Located found = locate_anchor_at(source, {*physical}, fmt::format("memory of the module {}", kModule));
            if (!found.anchors.empty()) return found;
        }
    }
    return {};
}

}  // namespace

Located locate_in_crash(const MemorySource& source, std::optional<FindBy> only) {
    Located located;
    for (const FindByInfo& way : kFindBy) {
        if (only && *only != way.by) continue;
        switch (way.by) {
            case FindBy::Symbol:
                located = by_symbol(source);
                break;
            case FindBy::Module:
                located = by_module(source);
                break;
            case FindBy::Scan:
                located = locate_anchors(source);
                break;
        }
        if (!located.anchors.empty()) break;
    }
    return located;
}

}  // namespace kstrax
