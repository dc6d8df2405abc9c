// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/input_file.hpp"

#include <cerrno>
#include <cstring>

#include "analyzer/base/pread_file.hpp"

namespace kstrax {

namespace {

Result<LogicalFilePtr> logical_file(const Result<MappedFilePtr>& mapping) {
    if (!mapping) return mapping.error();
    auto file = LogicalFile::open(*mapping);
    if (!file) return file.error();
    return std::make_shared<const LogicalFile>(std::move(*file));
}

}  // namespace

Result<InputFile> InputFile::examine(const std::string& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0)
        return Error{errno == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
                     path + ": cannot open: " + std::strerror(errno)};
    Result<MappedFilePtr> mapping =
        is_proc_file(path) ? Error{ErrorCode::Unsupported, "is a file of /proc that holds no machine's memory"}
                           : MappedFile::open(path);
    auto logical = logical_file(mapping);
    return InputFile{path, status, std::move(mapping), std::move(logical)};
}

InputFile InputFile::of(MappedFilePtr mapped) {
    const auto identity = mapped->identity();
    auto logical = logical_file(mapped);
    InputFile file{mapped->path(), {}, std::move(mapped), std::move(logical)};
    file.status.st_dev = identity.device;
    file.status.st_ino = identity.inode;
    return file;
}

}  // namespace kstrax
