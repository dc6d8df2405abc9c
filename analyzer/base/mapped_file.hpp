// SPDX-License-Identifier: GPL-2.0-or-later
// A whole input file as read-only memory.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "analyzer/base/bytes.hpp"
#include "analyzer/base/result.hpp"

namespace kstrax {

/// Which file a name stands for; tells an output from an input.
struct FileIdentity {
    dev_t device = 0;
    ino_t inode = 0;
    bool operator==(const FileIdentity&) const = default;
};

/// Offsets [start, end) of a file that may hold other bytes than zeros.
struct DataExtent {
    std::uint64_t start = 0;
    std::uint64_t end = 0;
};

/// Owns the mapping; spans of bytes() live as long as this object.
class MappedFile {
  public:
    /// Fails on what is not a non-empty regular file, saying what it is.
    [[nodiscard]] static Result<std::shared_ptr<const MappedFile>> open(const std::string& path);

    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    [[nodiscard]] Bytes bytes() const { return bytes_; }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] FileIdentity identity() const { return identity_; }

    /// The first extent that ends behind `offset`, from there on; empty, at the file's end, if there is none.
    /// What is before it is holes of a sparse file.
    [[nodiscard]] DataExtent data_from(std::uint64_t offset) const;

    /// Says that so many bytes were read and may not be needed again. Now and then all
    /// pages are given back, so that a file larger than memory is read in little of it;
    /// bytes() are what they were, and who reads them meanwhile has them fetched again.
    void passed(std::size_t size) const;

  private:
    MappedFile(std::string path, Bytes bytes, FileIdentity identity, int descriptor)
        : path_(std::move(path)), bytes_(bytes), identity_(identity), descriptor_(descriptor) {}

    std::string path_;
    Bytes bytes_;
    FileIdentity identity_;
    int descriptor_;
    mutable std::atomic<std::size_t> passed_{0};
};

}  // namespace kstrax
