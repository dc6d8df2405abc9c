// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/recording/recording.hpp"

#include "analyzer/base/lists.hpp"

namespace kstrax {

namespace {

std::string layout_numbers() {
    const auto text = [](const Layout& row) { return std::to_string(row.id).append(" (").append(row.name) + ")"; };
    return list_of(layouts(), text, ", ", " or ");
}

}  // namespace

std::optional<std::string> implausible(const kstrax_facts& facts) {
    constexpr std::uint64_t kMostRing = std::uint64_t{1} << 46;  // bytes: what 64-bit kernels can map

    const auto wrong = [](const char* field, std::uint64_t value, const std::string& expected) {
        return std::string(field) + " is " + std::to_string(value) + ", expected " + expected;
    };
    if (facts.endian_mark == __builtin_bswap32(KSTRAX_ENDIAN_MARK)) return "it comes from a big-endian machine";
    if (facts.endian_mark != KSTRAX_ENDIAN_MARK)
        return wrong("endian mark", facts.endian_mark, std::to_string(KSTRAX_ENDIAN_MARK));
    if (facts.abi_version != KSTRAX_ABI_VERSION)
        return wrong("ABI version", facts.abi_version,
                     std::to_string(KSTRAX_ABI_VERSION) + " (a newer kstrax may read it)");
    const Layout* layout = find_layout(facts.layout);
    if (layout == nullptr) return wrong("layout", facts.layout, layout_numbers());
    if (facts.entry_size < layout->size || facts.entry_size > KSTRAX_ENTRY_SIZE_MAX)
        return wrong("entry size", facts.entry_size,
                     std::to_string(layout->size) + " to " + std::to_string(KSTRAX_ENTRY_SIZE_MAX));
    if (facts.word_size != 4 && facts.word_size != 8) return wrong("word size", facts.word_size, "4 or 8");
    if (facts.page_shift < 12 || facts.page_shift > 16) return wrong("page shift", facts.page_shift, "12 to 16");
    if (facts.possible_cpus == 0 || facts.possible_cpus > kMostCpus)
        return wrong("number of CPUs", facts.possible_cpus, "1 to " + std::to_string(kMostCpus));
    if (facts.entries_per_cpu == 0 || facts.entries_per_cpu > kMostRing / facts.entry_size)
        return wrong("entries per CPU", facts.entries_per_cpu, "1 to " + std::to_string(kMostRing / facts.entry_size));
    return std::nullopt;
}

void Recording::take_filter(const kstrax_filter& filter, const std::string& where) {
    if (const auto wrong = implausible(filter)) {
        findings.add(FindingId::FilterDamaged, where + ": its filter makes no sense (" + *wrong +
                                                   "): which calls and processes were recorded is not known");
        return;
    }
    only.emplace(filter, std::uint32_t{facts.audit_arch});
}

}  // namespace kstrax
