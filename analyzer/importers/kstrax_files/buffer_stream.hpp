// SPDX-License-Identifier: GPL-2.0-or-later
// A buffer file that grows while recording goes on, and is readable at every moment.
#pragma once

#include <memory>
#include <string>

#include "analyzer/base/result.hpp"
#include "analyzer/recording/recording.hpp"
#include "formats/kstrax_abi.h"

namespace kstrax {

class BufferStream {
  public:
    /// Makes the file, mode 0600, with what it begins with (file_head()). Fails where it exists: another copy may be writing to it.
    [[nodiscard]] static Result<std::unique_ptr<BufferStream>> create(const std::string& path, Bytes head);

    BufferStream(const BufferStream&) = delete;
    BufferStream& operator=(const BufferStream&) = delete;
    ~BufferStream();

    /// All of a run or nothing of it. Precondition: run.count > 0; it has not failed before.
    Result<void> append(const SlotRun& run);

    /// In place of what create() wrote, and as large: while the file grows, what it says can change.
    Result<void> rewrite(Bytes head);

    /// The end mark: flags and crc are filled in. Where the disk is full, the last
    /// chunk makes room for it: `dropped` is how many entries went.
    struct Finished {
        std::uint64_t dropped = 0;
    };
    Result<Finished> finish(kstrax_file_end end);

    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    BufferStream(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}
    Result<void> write(Bytes head, Bytes body);

    std::string path_;
    int fd_;
    std::uint64_t size_ = 0;           // of what is whole
    std::uint64_t last_chunk_at_ = 0;  // 0: none
    std::uint64_t last_count_ = 0;
    bool failed_ = false;
};

}  // namespace kstrax
