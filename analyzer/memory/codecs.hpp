// SPDX-License-Identifier: GPL-2.0-or-later
// The ways in which a page of a compressed dump is stored.
#pragma once

#include <cstdint>

#include "analyzer/base/bytes.hpp"
#include "analyzer/base/result.hpp"

namespace kstrax {

/// Fills `page` from `stored`. `flags` are those of a kdump page descriptor.
/// Fails with Corrupt if it does not yield exactly page.size() bytes.
/// Safe to call from several threads.
[[nodiscard]] Result<void> expand_page(std::uint32_t flags, Bytes stored, MutableBytes page);

/// Does a zlib stream begin here, of more than a page of data?
[[nodiscard]] bool expands_beyond_a_page(Bytes stored);

}  // namespace kstrax
