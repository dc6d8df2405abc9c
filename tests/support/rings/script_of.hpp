// SPDX-License-Identifier: GPL-2.0-or-later
// The way back: a recording as the script that makes the same rings.
#pragma once

#include <string>

#include "analyzer/recording/recording.hpp"

namespace kstrax::test {

/// `settings`: lines between the layout and all others, such as those of a kernel.
/// Throws where slots are missing: a script has no word for what nobody knows.
[[nodiscard]] std::string script_of(const Recording& recording, const std::string& settings);

}  // namespace kstrax::test
