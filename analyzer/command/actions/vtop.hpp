// SPDX-License-Identifier: GPL-2.0-or-later
// kstrax-dump --vtop: where the kernel's virtual addresses lie in physical memory.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/address/kernel_space.hpp"
#include "analyzer/base/output.hpp"

namespace kstrax {

/// Addresses as the user gives them: hexadecimal, with or without 0x, with commas
/// between; "-" reads them from `input`, one a line, empty lines skipped.
[[nodiscard]] Result<std::vector<VirtAddr>> parse_addresses(std::string_view text, std::istream& input);

struct VtopOutcome {
    Findings findings;  ///< one for each kind of answer that is not to be trusted
};

/// A line an address: "ADDRESS PHYSICAL" or "ADDRESS unmapped". With `verbose` lines
/// follow that begin with two spaces: the kind of address, the table entries that
/// the walk went through, and why it ended.
[[nodiscard]] Result<VtopOutcome> write_translations(KernelSpace& space, const std::vector<VirtAddr>& addresses,
                                                     bool verbose, Output& output);

}  // namespace kstrax
