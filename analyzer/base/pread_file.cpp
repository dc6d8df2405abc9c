// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/base/pread_file.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <limits>

namespace kstrax {

Result<std::shared_ptr<const PreadFile>> PreadFile::open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status {};
    if (fd < 0 || ::fstat(fd, &status) != 0) {
        const int why = errno;
        if (fd >= 0) ::close(fd);
        return Error{why == ENOENT ? ErrorCode::NotFound : ErrorCode::Io,
                     std::string("cannot open: ") + std::strerror(why)};
    }
    return std::shared_ptr<const PreadFile>(new PreadFile(path, fd, status));
}

PreadFile::~PreadFile() { ::close(fd_); }

Result<void> PreadFile::read(std::uint64_t offset, MutableBytes out) const {
    const std::lock_guard lock(mutex_);
    while (!out.empty()) {
        if (offset > static_cast<std::uint64_t>(std::numeric_limits<off_t>::max()))
            return Error{ErrorCode::Truncated, "behind the end of the file"};
        const ssize_t got = ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return Error{ErrorCode::Io, std::string("cannot read: ") + std::strerror(errno)};
        if (got == 0) return Error{ErrorCode::Truncated, "behind the end of the file"};
        out = out.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
    return {};
}

bool is_proc_file(const std::string& path) {
    struct statfs system {};
    return ::statfs(path.c_str(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
}

}  // namespace kstrax
