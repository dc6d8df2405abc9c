// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/kdumpfile/kdumpfile_library.hpp"

#include <fmt/core.h>

#include <string_view>

namespace kstrax {

namespace {

constexpr std::string_view kStem = "libkdumpfile.so.";

template <typename Function>
bool load(Function& function, const char* name) {
    static_assert(sizeof(Function) == sizeof(void*));
    function = reinterpret_cast<Function>(function_of(kKdumpfileLibrary, name));
    return function != nullptr;
}

/// Null functions where it lacks one.
const KdumpfileLibrary* load_all() {
    static KdumpfileLibrary all;
    const bool complete = load(all.create, "kdump_new") && load(all.free, "kdump_free") &&
                          load(all.set_attr, "kdump_set_attr") && load(all.get_attr, "kdump_get_attr") &&
                          load(all.get_err, "kdump_get_err") && load(all.read, "kdump_read") &&
                          load(all.blob_pin, "kdump_blob_pin") && load(all.blob_unpin, "kdump_blob_unpin") &&
                          load(all.blob_size, "kdump_blob_size") && load(all.bmp_find_set, "kdump_bmp_find_set");
    return complete ? &all : nullptr;
}

}  // namespace

Result<const KdumpfileLibrary*> kdumpfile_library() {
    static const KdumpfileLibrary* const library = load_all();
    if (library == nullptr)
        return Error{
            ErrorCode::Unsupported,
            fmt::format("is read by libkdumpfile only, which is not here ({}); install it (Debian: the package "
                        "libkdumpfile{})",
                        kKdumpfileLibrary, std::string_view(kKdumpfileLibrary).substr(kStem.size()))};
    return library;
}

}  // namespace kstrax
