// SPDX-License-Identifier: GPL-2.0-or-later
// In place of shared_library.cpp: a static program loads no library.
#include "analyzer/memory/kdumpfile/kdumpfile_library.hpp"

namespace kstrax {

void* function_of(const char*, const char*) { return nullptr; }

}  // namespace kstrax
