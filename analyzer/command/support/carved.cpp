// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/carved.hpp"

#include <fmt/format.h>

#include "analyzer/address/vmcoreinfo.hpp"
#include "analyzer/locate/carve.hpp"

namespace kstrax {

Result<Recording> open_carved(const DumpInput& input, const MemorySource& memory,
                              const std::optional<std::string>& instance) {
    const PageScan own = input.located.scanned ? PageScan{} : scan_pages(memory);
    const PageScan& scan = input.located.scanned ? input.located.scan : own;
    const std::string text = find_vmcoreinfo(memory, scan);
    auto carved = carve(memory, {&scan, std::string(Vmcoreinfo(text).value("OSRELEASE").value_or(""))});
    if (!carved) return carved.error().in(input.name);
    std::string known;
    for (std::size_t i = 0; i < carved->size(); ++i) {
        const std::string id = fmt::format("carved-{}", i + 1);
        known += " " + id;
        if (instance ? id == *instance : i == 0) {
            if (!instance && carved->size() > 1)
                complain(input.tool, "note",
                         fmt::format("{} older recordings were carved: --instance carved-2", carved->size() - 1));
            auto& damage = (*carved)[i].damage;
            damage.insert(damage.end(), input.located.rejected.begin(), input.located.rejected.end());
            return std::move((*carved)[i]);
        }
    }
    return Error{ErrorCode::Usage, fmt::format("{}: no recording {}; there are:{}", input.name, *instance, known)};
}

}  // namespace kstrax
