// SPDX-License-Identifier: GPL-2.0-or-later
// The rows of architecture.cpp's table, each defined in the file of its name.
#pragma once

#include "analyzer/arch/architecture.hpp"

namespace kstrax {

extern const Architecture kIa32;
extern const Architecture kIa64;
extern const Architecture kX86_64;

}  // namespace kstrax
