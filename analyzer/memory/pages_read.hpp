// SPDX-License-Identifier: GPL-2.0-or-later
// A source that remembers which pages were read through it.
#pragma once

#include <algorithm>
#include <mutex>

#include "analyzer/memory/source_view.hpp"

namespace kstrax {

/// Scanned pages do not count as read.
class PagesRead final : public SourceView {
  public:
    /// `source` must outlive this.
    explicit PagesRead(const MemorySource& source) : SourceView(source) {}

    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override {
        auto result = source().read(at, out);
        if (result && !out.empty()) {
            const std::uint64_t last = (at.value + out.size() - 1) / kSmallestPage;
            const std::lock_guard lock(mutex_);
            for (std::uint64_t page = at.value / kSmallestPage; page <= last; ++page)
                if (pages_.empty() || pages_.back() != page) pages_.push_back(page);
        }
        return result;
    }

    /// Page frame numbers (of kSmallestPage bytes), ascending, each once.
    [[nodiscard]] std::vector<std::uint64_t> pages() const {
        const std::lock_guard lock(mutex_);
        std::sort(pages_.begin(), pages_.end());
        pages_.erase(std::unique(pages_.begin(), pages_.end()), pages_.end());
        return pages_;
    }

    /// How many pages of the machine those are.
    [[nodiscard]] std::uint64_t count_pages() const {
        std::vector<std::uint64_t> frames = pages();
        for (std::uint64_t& frame : frames) frame = frame * kSmallestPage / page_size();
        return static_cast<std::uint64_t>(std::unique(frames.begin(), frames.end()) - frames.begin());
    }

  private:
    mutable std::mutex mutex_;
    mutable std::vector<std::uint64_t> pages_;
};

}  // namespace kstrax
