// SPDX-License-Identifier: GPL-2.0-or-later
#include <dlfcn.h>

#include "analyzer/memory/kdumpfile/kdumpfile_library.hpp"

namespace kstrax {

void* function_of(const char* library, const char* name) {
    // Never closed: what it has registered may outlive us.
    void* handle = ::dlopen(library, RTLD_NOW | RTLD_LOCAL);
    return handle == nullptr ? nullptr : ::dlsym(handle, name);
}

}  // namespace kstrax
