// SPDX-License-Identifier: GPL-2.0-or-later
// A source that is asked in large blocks and remembers them: each call that reads /proc/kcore may
// be recorded, over a record that is older.
#pragma once

#include <cstddef>
#include <map>
#include <mutex>
#include <vector>

#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

/// What was read once is answered as it was then: for what does not change while it is looked for,
/// as page tables and symbols, not for the heads of rings. scan() and all else are the source's own.
class ReadAhead final : public MemorySource {
  public:
    /// `source` must outlive this.
    explicit ReadAhead(const MemorySource& source) : source_(source) {}

    [[nodiscard]] std::string_view format() const override { return source_.format(); }
    [[nodiscard]] std::uint64_t page_size() const override { return source_.page_size(); }
    [[nodiscard]] std::uint64_t memory_size() const override { return source_.memory_size(); }
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override;
    std::uint64_t scan(const PageVisitor& visit) const override { return source_.scan(visit); }
    [[nodiscard]] bool costly_to_scan() const override { return source_.costly_to_scan(); }
    [[nodiscard]] std::string_view vmcoreinfo() const override { return source_.vmcoreinfo(); }
    [[nodiscard]] std::uint16_t machine() const override { return source_.machine(); }
    [[nodiscard]] std::span<const Segment> segments() const override { return source_.segments(); }
    [[nodiscard]] std::span<const Note> notes() const override { return source_.notes(); }
    [[nodiscard]] bool live() const override { return source_.live(); }
    [[nodiscard]] std::vector<std::string> damage() const override { return source_.damage(); }

  private:
    static constexpr std::uint64_t kBlock = 256 << 10;
    static constexpr std::size_t kMostBlocks = 256;  // 64 MiB
    using Block = std::vector<std::byte>;            // empty: not all of it is memory

    [[nodiscard]] const Block& block(std::uint64_t number) const;

    const MemorySource& source_;
    mutable std::mutex mutex_;
    mutable std::map<std::uint64_t, Block> blocks_;
};

}  // namespace kstrax
