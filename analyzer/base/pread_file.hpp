// SPDX-License-Identifier: GPL-2.0-or-later
// An input that is read where it is asked for, and not mapped: the kernel's own
// files, of which a mapping would be impossible or as costly as the machine is large.
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
    /// Opens what is there: a device, a file of /proc. `code` and the message say what the system said.
    [[nodiscard]] static Result<std::shared_ptr<const PreadFile>> open(const std::string& path);

    PreadFile(const PreadFile&) = delete;
    PreadFile& operator=(const PreadFile&) = delete;
    ~PreadFile();

    /// Fills `out`, or fails: with Truncated at the end of the file, else with what the
    /// system said. Safe to call from several threads, of which one reads at a time: what is read
    /// of /proc/kcore goes, for each opening of it, through one buffer of the kernel's that
    /// nothing guards. Who wants more opens it again.
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
