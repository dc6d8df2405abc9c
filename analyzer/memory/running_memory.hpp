// SPDX-License-Identifier: GPL-2.0-or-later
// An image of a running machine's memory: QEMU's memory-backend-file.
#pragma once

#include <memory>

#include "analyzer/memory/source_view.hpp"

namespace kstrax {

class RunningMemory final : public SourceView {
  public:
    explicit RunningMemory(std::unique_ptr<MemorySource> image) : SourceView(*image), image_(std::move(image)) {}

    [[nodiscard]] bool live() const override { return true; }

  private:
    std::unique_ptr<MemorySource> image_;
};

}  // namespace kstrax
