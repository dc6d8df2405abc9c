// SPDX-License-Identifier: GPL-2.0-or-later
// A file that the user named, and the facts about it that are known before a format's
// probe looks at it.
#pragma once

#include <sys/stat.h>

#include <string>

#include "analyzer/base/mapped_file.hpp"
#include "analyzer/memory/logical_file.hpp"

namespace kstrax {

using MappedFilePtr = std::shared_ptr<const MappedFile>;

struct InputFile {
    std::string path;
    struct stat status {};
    /// The file as memory; for one that cannot be mapped (a device, some of /proc), why.
    Result<MappedFilePtr> mapping;
    /// The same as its writer meant it: a flattened file rearranged.
    Result<LogicalFilePtr> logical;

    /// Fails if there is no such file.
    [[nodiscard]] static Result<InputFile> examine(const std::string& path);
    [[nodiscard]] static InputFile of(MappedFilePtr mapped);

    [[nodiscard]] FileIdentity identity() const { return {status.st_dev, status.st_ino}; }
};

}  // namespace kstrax
