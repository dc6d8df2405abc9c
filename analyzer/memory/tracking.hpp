// SPDX-License-Identifier: GPL-2.0-or-later
// A source that remembers which pages were read through it.
#pragma once

#include <algorithm>
#include <mutex>

#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

class TrackingSource final : public MemorySource {
  public:
    static constexpr std::uint64_t kPageSize = 4096;

    /// `source` must outlive this.
    explicit TrackingSource(const MemorySource& source) : source_(source) {}

    [[nodiscard]] std::string_view format() const override { return source_.format(); }
    [[nodiscard]] std::uint64_t page_size() const override { return source_.page_size(); }
    [[nodiscard]] std::uint64_t memory_size() const override { return source_.memory_size(); }
    [[nodiscard]] bool costly_to_scan() const override { return source_.costly_to_scan(); }
    [[nodiscard]] std::string_view vmcoreinfo() const override { return source_.vmcoreinfo(); }
    [[nodiscard]] std::uint16_t machine() const override { return source_.machine(); }
    [[nodiscard]] std::span<const Segment> segments() const override { return source_.segments(); }
    [[nodiscard]] std::span<const Note> notes() const override { return source_.notes(); }
    [[nodiscard]] bool live() const override { return source_.live(); }
    [[nodiscard]] std::vector<std::string> damage() const override { return source_.damage(); }
    /// Scanned pages do not count as read.
    std::uint64_t scan(const PageVisitor& visit) const override { return source_.scan(visit); }

    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override {
        auto result = source_.read(at, out);
        if (result && !out.empty()) {
            const std::lock_guard lock(mutex_);
            for (std::uint64_t page = at.value / kPageSize; page <= (at.value + out.size() - 1) / kPageSize; ++page)
                if (pages_.empty() || pages_.back() != page) pages_.push_back(page);
        }
        return result;
    }

    /// Page frame numbers (of kPageSize bytes), ascending, each once.
    [[nodiscard]] std::vector<std::uint64_t> pages() const {
        const std::lock_guard lock(mutex_);
        std::sort(pages_.begin(), pages_.end());
        pages_.erase(std::unique(pages_.begin(), pages_.end()), pages_.end());
        return pages_;
    }

  private:
    const MemorySource& source_;
    mutable std::mutex mutex_;
    mutable std::vector<std::uint64_t> pages_;
};

}  // namespace kstrax
