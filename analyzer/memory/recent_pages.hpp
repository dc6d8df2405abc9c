// SPDX-License-Identifier: GPL-2.0-or-later
// A source that keeps the pages that were read last: a compressed dump expands a page for each look at a word of it.
#pragma once

#include <array>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

#include "analyzer/memory/source_view.hpp"

namespace kstrax {

/// For memory that does not change meanwhile. scan() and the rest go to the source.
class RecentPages final : public SourceView {
  public:
    static constexpr std::size_t kMostBytes = 32 << 20;
    /// `source` must outlive this.
    explicit RecentPages(const MemorySource& source, std::size_t most_bytes = kMostBytes);

    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override;

  private:
    static constexpr std::size_t kWays = 4;  // places that a page may take
    struct Page {
        std::optional<std::uint64_t> number;  // none: nothing is kept here
        std::vector<std::byte> bytes;
    };
    struct Set {
        std::array<Page, kWays> pages;
        std::size_t next = 0;  // that is given up
    };

    /// Precondition: the mutex is held.
    [[nodiscard]] Result<const Page*> page(std::uint64_t number) const;

    std::size_t page_size_;
    mutable std::mutex mutex_;
    mutable std::vector<Set> sets_;
};

}  // namespace kstrax
