// SPDX-License-Identifier: GPL-2.0-or-later
// A file that lies in memory, for readers that want a file.
#pragma once

#include <memory>
#include <string>

#include "analyzer/base/mapped_file.hpp"
#include "analyzer/memory/logical_file.hpp"

namespace kstrax::fuzz {

class MemoryFile {
  public:
    MemoryFile();
    MemoryFile(const MemoryFile&) = delete;
    MemoryFile& operator=(const MemoryFile&) = delete;
    ~MemoryFile();

    /// Replaces all that it held.
    void fill(Bytes bytes) const;
    /// Null where it is empty: such a file cannot be mapped. Under the address sanitizer, what a page has behind the
    /// file's end must not be touched.
    [[nodiscard]] std::shared_ptr<const MappedFile> map() const;
    /// The same as its writer meant it: a flattened file rearranged; null where it makes no sense.
    [[nodiscard]] std::shared_ptr<const LogicalFile> logical() const;
    [[nodiscard]] int descriptor() const { return descriptor_; }
    /// For whoever opens it by a name.
    [[nodiscard]] std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

  private:
    int descriptor_;
};

}  // namespace kstrax::fuzz
