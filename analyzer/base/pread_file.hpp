// SPDX-License-Identifier: GPL-2.0-or-later
// An input that is read piece by piece, not mapped: the kernel's own files. To map them
// would be impossible, or would cost as much as the machine has memory.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <mutex>
#include <string>

#include "analyzer/base/bytes.hpp"
#include "analyzer/base/result.hpp"

namespace kstrax {

class PreadFile {
  public:
    /// Opens any kind of file: a device, a file of /proc. `code` and the message give the system's reason.
    [[nodiscard]] static Result<std::shared_ptr<const PreadFile>> open(const std::string& path);

    PreadFile(const PreadFile&) = delete;
    PreadFile& operator=(const PreadFile&) = delete;
    ~PreadFile();

    /// Fills `out`, or fails: with Truncated at the end of the file, otherwise with the system's
    /// reason. Safe to call from several threads, but only one reads at a time: for each opening
    /// of /proc/kcore, the kernel has one buffer without a lock. To read in parallel, open the
    /// file several times.
    [[nodiscard]] Result<void> read(std::uint64_t offset, MutableBytes out) const;

    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] const struct stat& status() const { return status_; }

  private:
    PreadFile(std::string path, int fd, const struct stat& status) : path_(std::move(path)), fd_(fd), status_(status) {}

    std::string path_;
    int fd_;
    struct stat status_;
    mutable std::mutex mutex_;
};

/// Whether a file is one that the kernel makes up as it is read (/proc).
[[nodiscard]] bool is_proc_file(const std::string& path);

}  // namespace kstrax
