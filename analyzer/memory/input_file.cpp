// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/input_file.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>

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
    if (!is_proc_file(path)) return InputFile{path, status, MappedFile::open(path)};
    std::error_code none;
    return InputFile{path, status, Error{ErrorCode::Unsupported, "is a file of /proc that holds no machine's memory"},
                     std::filesystem::canonical(path, none).filename()};
}

const Result<LogicalFilePtr>& InputFile::logical() const {
    if (!arranged) arranged = logical_file(mapping);
    return *arranged;
}

InputFile InputFile::of(MappedFilePtr mapped) {
    const auto identity = mapped->identity();
    InputFile file{mapped->path(), {}, std::move(mapped)};
    file.status.st_dev = identity.device;
    file.status.st_ino = identity.inode;
    return file;
}

}  // namespace kstrax
