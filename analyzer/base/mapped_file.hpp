// SPDX-License-Identifier: GPL-2.0-or-later
// A whole input file as read-only memory.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

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
    /// Fails if the path is not a non-empty regular file; the error says what it is.
    [[nodiscard]] static Result<std::shared_ptr<const MappedFile>> open(const std::string& path);

    MappedFile(const MappedFile&) = delete;
    MappedFile& operator=(const MappedFile&) = delete;
    ~MappedFile();

    [[nodiscard]] Bytes bytes() const { return bytes_; }
    [[nodiscard]] const std::string& path() const { return path_; }
    [[nodiscard]] FileIdentity identity() const { return identity_; }
    /// Of the open file; stays ours.
    [[nodiscard]] int descriptor() const { return descriptor_; }

    /// The first extent that ends behind `offset`, from there on; empty, at the file's end, if there is none.
    /// Everything before it is a hole of a sparse file.
    [[nodiscard]] DataExtent data_from(std::uint64_t offset) const;

    /// All of them, ascending, but no more than `most` (> 0): the last of so many goes to the file's end, with the holes
    /// behind it. A file may have more extents than are worth to be asked for.
    [[nodiscard]] std::vector<DataExtent> data_extents(std::size_t most = std::size_t{1} << 16) const;

    /// Call this when `size` bytes were read and will probably not be needed again. From time to
    /// time it gives back all pages, so that a file larger than memory needs little memory.
    /// bytes() stay valid: a page that is read again is fetched again.
    void passed(std::size_t size) const;

    /// Gives back the pages that `part` of bytes() begins in and that end before it does; as passed(), but at once.
    void give_back(Bytes part) const;

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
