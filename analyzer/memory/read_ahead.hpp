// SPDX-License-Identifier: GPL-2.0-or-later
// A source that is asked in large blocks and remembers them: each call that reads /proc/kcore may
// be recorded, over a record that is older.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <vector>

#include "analyzer/memory/source_view.hpp"

namespace kstrax {

/// Remembers what it has read and answers from that. For data that does not change meanwhile, such as page
/// tables and symbols, not for the heads of rings. scan() and the rest go to the source.
class ReadAhead final : public SourceView {
  public:
    /// `source` must outlive this.
    explicit ReadAhead(const MemorySource& source) : SourceView(source) {}

    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override;

  private:
    static constexpr std::uint64_t kBlock = 256 << 10;
    static constexpr std::size_t kMostBlocks = 256;  // 64 MiB
    using Block = std::vector<std::byte>;            // empty: not all of it is memory

    [[nodiscard]] const Block& block(std::uint64_t number) const;

    mutable std::mutex mutex_;
    mutable std::map<std::uint64_t, Block> blocks_;
};

}  // namespace kstrax
