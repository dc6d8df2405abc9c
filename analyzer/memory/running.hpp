// SPDX-License-Identifier: GPL-2.0-or-later
// An image that is the memory of a machine which runs: QEMU's memory-backend-file.
#pragma once

#include <memory>

#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

class RunningMemory final : public MemorySource {
  public:
    explicit RunningMemory(std::unique_ptr<MemorySource> image) : image_(std::move(image)) {}

    [[nodiscard]] std::string_view format() const override { return image_->format(); }
    [[nodiscard]] std::uint64_t page_size() const override { return image_->page_size(); }
    [[nodiscard]] std::uint64_t memory_size() const override { return image_->memory_size(); }
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override { return image_->read(at, out); }
    std::uint64_t scan(const PageVisitor& visit) const override { return image_->scan(visit); }
    [[nodiscard]] std::string_view vmcoreinfo() const override { return image_->vmcoreinfo(); }
    [[nodiscard]] std::uint16_t machine() const override { return image_->machine(); }
    [[nodiscard]] std::span<const Segment> segments() const override { return image_->segments(); }
    [[nodiscard]] std::span<const Note> notes() const override { return image_->notes(); }
    [[nodiscard]] bool live() const override { return true; }
    [[nodiscard]] std::vector<std::string> damage() const override { return image_->damage(); }

  private:
    std::unique_ptr<MemorySource> image_;
};

}  // namespace kstrax
