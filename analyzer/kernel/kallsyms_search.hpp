// SPDX-License-Identifier: GPL-2.0-or-later
// The tables of a kernel's symbols, where nothing says where they lie: before Linux 6.0.
#pragma once

#include "analyzer/base/result.hpp"
#include "analyzer/kernel/kallsyms.hpp"

namespace kstrax {

/// Searches the kernel's image, from _stext on, for the texts of the tokens "0" to "9", which stand in
/// a row; the index behind proves the table, and the order in which scripts/kallsyms.c writes the
/// others (Linux 4.20 to 6.3) leads to them. Reads up to 64 MiB: some 20 ms of a compressed dump.
/// Fails with NotFound where they are not, or not so.
[[nodiscard]] Result<KallsymsTables> search_kallsyms(KernelSpace& space);

/// Opens the symbols by VMCOREINFO; where that does not name the tables, by a search.
[[nodiscard]] Result<Kallsyms> find_kallsyms(KernelSpace& space);

}  // namespace kstrax
