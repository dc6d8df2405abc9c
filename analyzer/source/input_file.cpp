// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/source/input_file.hpp"

#include <cerrno>
#include <cstring>

namespace kstrax {

Result<InputFile> InputFile::examine(const std::string& path) {
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0)
        return Error{errno == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
                     path + ": cannot open: " + std::strerror(errno)};
    return InputFile{path, status, MappedFile::open(path)};
}

InputFile InputFile::of(MappedFilePtr mapped) {
    InputFile file{mapped->path(), {}, mapped};
    file.status.st_dev = mapped->identity().device;
    file.status.st_ino = mapped->identity().inode;
    return file;
}

}  // namespace kstrax
