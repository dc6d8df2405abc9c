// SPDX-License-Identifier: GPL-2.0-or-later
// What the targets of dump formats share.
#pragma once

#include "analyzer/memory/formats.hpp"
#include "tests/support/memory.hpp"

namespace kstrax::fuzz {

/// Reads all that a source has, in each way there is. What a scan shows, a read must give, too.
void read_source(const SourceResult& source);

/// A few pages: zeros, text, noise, and one that repeats another.
[[nodiscard]] test::Memory small_memory();

/// A file, and the same in the flattened form, in records of about that many bytes.
[[nodiscard]] std::string flat(std::string_view file, std::size_t most);

}  // namespace kstrax::fuzz
