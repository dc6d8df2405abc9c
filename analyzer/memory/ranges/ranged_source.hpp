// SPDX-License-Identifier: GPL-2.0-or-later
// A source whose memory lies unchanged in ranges of a file, with further facts from its format.
#pragma once

#include "analyzer/memory/elf_notes.hpp"
#include "analyzer/memory/formats.hpp"

namespace kstrax {

/// What a MemorySource says of itself, by the names it has there.
struct SourceFacts {
    std::string format;
    MemoryKind kind = MemoryKind::Dump;
    std::uint16_t machine = 0;
    std::vector<Segment> segments;
    std::vector<Note> notes;
    Findings findings;
};

/// Ranges: MappedRanges or FileRanges; they keep their file.
template <typename Ranges>
class RangedSource final : public MemorySource {
  public:
    RangedSource(Ranges ranges, SourceFacts facts)
        : ranges_(std::move(ranges)),
          facts_(std::move(facts)),
          vmcoreinfo_(vmcoreinfo_of(facts_.notes)),
          page_size_(page_size_of(vmcoreinfo_)) {}

    [[nodiscard]] std::string_view format() const override { return facts_.format; }
    [[nodiscard]] MemoryKind kind() const override { return facts_.kind; }
    [[nodiscard]] std::uint64_t page_size() const override { return page_size_; }
    [[nodiscard]] std::uint64_t memory_size() const override { return ranges_.size(); }
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override { return ranges_.read(at, out); }
    std::uint64_t scan(const PageVisitor& visit) const override { return ranges_.scan(kSmallestPage, visit); }
    [[nodiscard]] std::string_view vmcoreinfo() const override { return vmcoreinfo_; }
    [[nodiscard]] std::uint16_t machine() const override { return facts_.machine; }
    [[nodiscard]] std::span<const Segment> segments() const override { return facts_.segments; }
    [[nodiscard]] std::span<const Note> notes() const override { return facts_.notes; }
    [[nodiscard]] bool live() const override { return facts_.kind == MemoryKind::RunningSelf; }
    [[nodiscard]] Findings findings() const override { return facts_.findings; }

  private:
    Ranges ranges_;
    SourceFacts facts_;
    std::string_view vmcoreinfo_;  // in facts_
    std::uint64_t page_size_;
};

template <typename Ranges>
[[nodiscard]] SourceResult ranged_source(Ranges ranges, SourceFacts facts) {
    return std::unique_ptr<MemorySource>(std::make_unique<RangedSource<Ranges>>(std::move(ranges), std::move(facts)));
}

}  // namespace kstrax
