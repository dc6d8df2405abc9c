// SPDX-License-Identifier: GPL-2.0-or-later
// What perf record -z has stored: one stream of zstd over the whole file, a piece of it in each record of a kind of its own.
#pragma once

#include <memory>
#include <vector>

#include "analyzer/base/result.hpp"
#include "analyzer/importers/perf_data/sample_form.hpp"

namespace kstrax {

/// All records that are stored so, expanded, up to a piece that cannot be: then `damage` says so. Null: there are none.
/// Fails with Unsupported if they need more memory than they shall.
[[nodiscard]] Result<std::shared_ptr<const std::vector<std::byte>>> expand_records(Bytes records, std::endian order,
                                                                                   Findings& damage);

}  // namespace kstrax
