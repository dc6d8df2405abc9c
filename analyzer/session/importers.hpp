// SPDX-License-Identifier: GPL-2.0-or-later
// All kinds of input, in the order in which importers are asked.
#pragma once

#include <span>

#include "analyzer/importers/importer.hpp"

namespace kstrax {

[[nodiscard]] std::span<const Importer* const> importers();

/// The first that knows the input; null: none.
[[nodiscard]] const Importer* importer_of(const ImportInput& input);

}  // namespace kstrax
