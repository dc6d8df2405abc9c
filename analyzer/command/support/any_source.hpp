// SPDX-License-Identifier: GPL-2.0-or-later
// A recording wherever it lies: in a memory image, or in buffer files NAME_CPU.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "analyzer/address/kernel_space.hpp"
#include "analyzer/command/support/dump_tasks.hpp"
#include "analyzer/command/support/ring_options.hpp"
#include "analyzer/files/buffer_files.hpp"
#include "analyzer/locate/locate.hpp"
#include "analyzer/memory/open/open_memory.hpp"

namespace kstrax {

class AnySource {
  public:
    /// `names`: of an image's files, or of buffer files without the CPU number. `instance`: which
    /// recording of an image that holds several; says on standard error if there are others.
    /// `rings`: where the user knows an image's rings to be, if any.
    [[nodiscard]] static Result<std::unique_ptr<AnySource>> open(std::string_view tool,
                                                                 std::span<const std::string> names,
                                                                 const std::optional<std::string>& instance,
                                                                 const RingOptions& rings);

    AnySource(const AnySource&) = delete;
    AnySource& operator=(const AnySource&) = delete;

    [[nodiscard]] const Recording& recording() const {
        if (!image_) return files_->recording;
        return image_->given ? image_->given->recording : image_->recording;
    }
    /// What the user called it.
    [[nodiscard]] const std::string& name() const { return image_ ? image_->opened.name : name_; }
    /// What a dumped kernel says of its tasks; none where it does not, or nobody was recorded by it.
    [[nodiscard]] std::optional<DumpTasks> tasks() const;
    /// Never to be replaced by an output.
    [[nodiscard]] std::vector<FileIdentity> files() const;

  private:
    struct Image {
        OpenedMemory opened;
        Located located;
        Recording recording;
        std::unique_ptr<GivenRecording> given;  // instead
        const Anchor* anchor = nullptr;         // of `recording`, in `located`; null if carved
    };
    AnySource() = default;
    [[nodiscard]] static Result<std::unique_ptr<AnySource>> open_files(std::unique_ptr<AnySource> source,
                                                                       const std::string& name);

    std::unique_ptr<Image> image_;
    std::string name_;  // of files_
    std::optional<BufferFileSet> files_;
};

}  // namespace kstrax
