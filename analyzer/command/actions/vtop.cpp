// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/actions/vtop.hpp"

#include <fmt/core.h>

#include <array>
#include <istream>

#include "analyzer/base/lists.hpp"
#include "analyzer/base/parse_number.hpp"

namespace kstrax {

namespace {

std::optional<VirtAddr> parse_address(std::string_view text) {
    while (text.ends_with(' ') || text.ends_with('\r') || text.ends_with('\t')) text.remove_suffix(1);
    while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
    const auto address = parse_hexadecimal(text);
    return address ? std::optional(VirtAddr{*address}) : std::nullopt;
}

Error not_an_address(std::string_view text, const std::string& where) {
    return {ErrorCode::Usage, fmt::format("--vtop: '{}'{} is no address: expected hexadecimal digits", text, where)};
}

/// Answers that are not the kernel's own doing.
struct Doubt {
    WalkEnd end;
    std::string_view what;
};
constexpr std::array kDoubts{
    Doubt{WalkEnd::NoTable, "cannot be told: a page table on their way is not in the dump"},
    Doubt{WalkEnd::BadEntry, "lead to table entries that no processor would accept: the tables are damaged"},
};

std::string details(const KernelSpace& space, const Translation& found) {
    const int digits = space.tables().form->entry_size * 2;
    std::string text = fmt::format("  {}\n", found.span.empty() ? found.why : found.span);
    for (const WalkStep& step : found.walk.used())
        text += fmt::format("  {} at {:#x}: {:#0{}x}\n", step.level, step.at.value, step.entry, digits + 2);
    if (!found.phys && !found.span.empty()) text += fmt::format("  {}\n", found.why);
    return text;
}

}  // namespace

Result<std::vector<VirtAddr>> parse_addresses(std::string_view text, std::istream& input) {
    std::vector<VirtAddr> addresses;
    if (text == "-") {
        std::size_t number = 0;
        for (std::string line; std::getline(input, line);) {
            ++number;
            if (line.find_first_not_of(" \t\r") == line.npos) continue;
            const auto address = parse_address(line);
            if (!address) return not_an_address(line, fmt::format(" (line {})", number));
            addresses.push_back(*address);
        }
        return addresses;
    }
    for (const std::string_view part : split_at_commas(text)) {
        const auto address = parse_address(part);
        if (!address) return not_an_address(part, "");
        addresses.push_back(*address);
    }
    return addresses;
}

Result<VtopOutcome> write_translations(KernelSpace& space, const std::vector<VirtAddr>& addresses, bool verbose,
                                       Output& output) {
    const int digits = space.architecture().word_size * 2;
    std::array<std::uint64_t, kDoubts.size()> doubtful{};
    for (const VirtAddr address : addresses) {
        const Translation found = space.translate(address);
        std::string text = fmt::format("{:#0{}x} ", address.value, digits + 2);
        text += found.phys ? fmt::format("{:#x}\n", found.phys->value) : "unmapped\n";
        if (verbose) text += details(space, found);
        if (const auto written = output.write(text); !written) return written.error();
        for (std::size_t i = 0; i < kDoubts.size(); ++i)
            if (found.walk.end == kDoubts.at(i).end) ++doubtful.at(i);
    }
    VtopOutcome outcome;
    for (std::size_t i = 0; i < kDoubts.size(); ++i)
        if (doubtful.at(i) > 0)
            outcome.findings.add(
                FindingId::AddressDoubtful,
                fmt::format("{} of {} addresses {}", doubtful.at(i), addresses.size(), kDoubts.at(i).what),
                doubtful.at(i));
    return outcome;
}

}  // namespace kstrax
