// SPDX-License-Identifier: GPL-2.0-or-later
// A process's limits, lowered for as long as the object lives: a full disk, no
// more open files.
#pragma once

#include <sys/resource.h>

#include <csignal>

namespace kstrax::test {

template <__rlimit_resource Resource>
class Limit {
  public:
    explicit Limit(rlim_t value) {
        ::getrlimit(Resource, &before_);
        const rlimit lowered{value, before_.rlim_max};
        ::setrlimit(Resource, &lowered);
    }
    Limit(const Limit&) = delete;
    Limit& operator=(const Limit&) = delete;
    ~Limit() { ::setrlimit(Resource, &before_); }

  private:
    rlimit before_{};
};

/// Files may not grow beyond so many bytes: writing fails as on a full disk.
class FileSizeLimit {
  public:
    explicit FileSizeLimit(rlim_t bytes) : signal_(std::signal(SIGXFSZ, SIG_IGN)), limit_(bytes) {}
    FileSizeLimit(const FileSizeLimit&) = delete;
    FileSizeLimit& operator=(const FileSizeLimit&) = delete;
    ~FileSizeLimit() { std::signal(SIGXFSZ, signal_); }

  private:
    void (*signal_)(int);
    Limit<RLIMIT_FSIZE> limit_;
};

using OpenFilesLimit = Limit<RLIMIT_NOFILE>;

}  // namespace kstrax::test
