// SPDX-License-Identifier: GPL-2.0-or-later
// A recording wherever it lies: in a memory image, or in buffer files NAME_CPU.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/address/kernel_space.hpp"
#include "analyzer/base/mapped_file.hpp"
#include "analyzer/files/buffer_files.hpp"
#include "analyzer/locate/locate.hpp"
#include "analyzer/source/memory_source.hpp"

namespace kstrax {

class AnySource {
  public:
    /// `name`: of an image, or of buffer files without the CPU number. `instance`: which
    /// recording of an image that holds several; says on standard error if there are others.
    [[nodiscard]] static Result<std::unique_ptr<AnySource>> open(std::string_view tool, const std::string& name,
                                                                 const std::optional<std::string>& instance);

    AnySource(const AnySource&) = delete;
    AnySource& operator=(const AnySource&) = delete;

    [[nodiscard]] const Recording& recording() const { return image_ ? image_->recording : files_->recording; }
    /// Never to be replaced by an output.
    [[nodiscard]] std::vector<FileIdentity> files() const;

  private:
    struct Image {
        std::shared_ptr<const MappedFile> file;
        std::unique_ptr<MemorySource> memory;
        Located located;
        Recording recording;
    };
    AnySource() = default;

    std::unique_ptr<Image> image_;
    std::optional<BufferFileSet> files_;
};

}  // namespace kstrax
