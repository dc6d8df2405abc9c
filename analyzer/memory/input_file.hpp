// SPDX-License-Identifier: GPL-2.0-or-later
// A file that the user named, and the facts about it that are known before a format's
// probe looks at it.
#pragma once

#include <sys/stat.h>

#include <optional>
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
    /// Of a file that the kernel makes up as it is read (/proc), its name behind all links; empty: it is none.
    std::string name_in_proc = {};

    /// The same as its writer meant it: a flattened file rearranged. Made when it is first asked for, by one thread.
    [[nodiscard]] const Result<LogicalFilePtr>& logical() const;

    /// Opens it, and looks at nothing in it. Fails if there is no such file.
    [[nodiscard]] static Result<InputFile> examine(const std::string& path);
    [[nodiscard]] static InputFile of(MappedFilePtr mapped);

    [[nodiscard]] FileIdentity identity() const { return {status.st_dev, status.st_ino}; }

    mutable std::optional<Result<LogicalFilePtr>> arranged = {};  ///< what logical() answered
};

}  // namespace kstrax
