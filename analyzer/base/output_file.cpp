// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/base/output_file.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace kstrax {

namespace {

Error system_error(const std::string& path, const char* what) {
    return {ErrorCode::Io, path + ": " + what + ": " + std::strerror(errno)};
}

}  // namespace

Result<std::unique_ptr<OutputFile>> OutputFile::create(const std::string& path,
                                                       std::span<const FileIdentity> inputs) {
    struct stat info{};
    if (::stat(path.c_str(), &info) == 0) {
        if (std::find(inputs.begin(), inputs.end(), FileIdentity{info.st_dev, info.st_ino}) != inputs.end())
            return Error{ErrorCode::Usage, path + ": is the input; name another output"};
        // Renaming over a device, a pipe or a folder would replace or fail on it.
        if (!S_ISREG(info.st_mode))
            return Error{ErrorCode::Usage, path + ": exists and is not a regular file; name another output, or "
                                                  "redirect standard output"};
    }
    std::string temporary = path + ".XXXXXX";
    const int fd = ::mkstemp(temporary.data());  // mode 0600
    if (fd < 0) return system_error(path, "cannot write");
    return std::unique_ptr<OutputFile>(new OutputFile(path, std::move(temporary), fd));
}

std::unique_ptr<OutputFile> OutputFile::standard_output() {
    return std::unique_ptr<OutputFile>(new OutputFile("standard output", "", STDOUT_FILENO));
}

OutputFile::~OutputFile() {
    if (temporary_.empty()) return;
    if (fd_ >= 0) ::close(fd_);
    ::unlink(temporary_.c_str());
}

Result<void> OutputFile::write(std::string_view bytes) {
    while (status_ && !bytes.empty()) {
        const ssize_t written = ::write(fd_, bytes.data(), bytes.size());
        if (written >= 0) bytes.remove_prefix(static_cast<std::size_t>(written));
        else if (errno != EINTR) status_ = system_error(path_, "cannot write");
    }
    return status_;
}

Result<void> OutputFile::close() {
    if (!status_ || temporary_.empty() || fd_ < 0) return status_;
    // Some file systems say only now that the disk is full.
    const bool failed = ::close(fd_) != 0;
    fd_ = -1;
    if (failed) status_ = system_error(path_, "cannot write");
    return status_;
}

Result<void> OutputFile::commit() {
    if (const auto closed = close(); !closed || temporary_.empty()) return closed;
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) return system_error(path_, "cannot write");
    temporary_.clear();
    return {};
}

}  // namespace kstrax
