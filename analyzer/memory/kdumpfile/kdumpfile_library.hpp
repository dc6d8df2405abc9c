// SPDX-License-Identifier: GPL-2.0-or-later
// libkdumpfile, loaded only when a file is met that it alone reads: no other run
// pays for it, and a machine without it reads everything else.
#pragma once

#include <libkdumpfile/kdumpfile.h>

#include "analyzer/base/result.hpp"

namespace kstrax {

/// Its functions that are used, under their own names without "kdump_".
struct KdumpfileLibrary {
    decltype(&::kdump_new) create = nullptr;
    decltype(&::kdump_free) free = nullptr;
    decltype(&::kdump_set_attr) set_attr = nullptr;
    decltype(&::kdump_get_attr) get_attr = nullptr;
    decltype(&::kdump_get_err) get_err = nullptr;
    decltype(&::kdump_read) read = nullptr;
    decltype(&::kdump_blob_pin) blob_pin = nullptr;
    decltype(&::kdump_blob_unpin) blob_unpin = nullptr;
    decltype(&::kdump_blob_size) blob_size = nullptr;
    decltype(&::kdump_bmp_find_set) bmp_find_set = nullptr;
};

/// Its name: of the library whose header this was built with, since its structures differ from one number to the next.
inline constexpr const char* kKdumpfileLibrary = KDUMPFILE_SONAME;

/// Loads it once; fails with Unsupported, saying what to install, if it is not there.
[[nodiscard]] Result<const KdumpfileLibrary*> kdumpfile_library();

/// A function of a shared library, which is loaded and stays; null if it is not there.
/// A static program has none.
[[nodiscard]] void* function_of(const char* library, const char* name);

}  // namespace kstrax
