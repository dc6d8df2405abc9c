// SPDX-License-Identifier: GPL-2.0-or-later
// A source in front of another one.
#pragma once

#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

/// What a derived class does not change is the other source's own.
class SourceView : public MemorySource {
  public:
    [[nodiscard]] std::string_view format() const override { return source_.format(); }
    [[nodiscard]] MemoryKind kind() const override { return source_.kind(); }
    [[nodiscard]] std::uint64_t page_size() const override { return source_.page_size(); }
    [[nodiscard]] std::uint64_t memory_size() const override { return source_.memory_size(); }
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override { return source_.read(at, out); }
    std::uint64_t scan(const PageVisitor& visit) const override { return source_.scan(visit); }
    [[nodiscard]] bool costly_to_scan() const override { return source_.costly_to_scan(); }
    [[nodiscard]] std::string_view vmcoreinfo() const override { return source_.vmcoreinfo(); }
    [[nodiscard]] std::uint16_t machine() const override { return source_.machine(); }
    [[nodiscard]] std::span<const Segment> segments() const override { return source_.segments(); }
    [[nodiscard]] std::span<const Note> notes() const override { return source_.notes(); }
    [[nodiscard]] bool live() const override { return source_.live(); }
    [[nodiscard]] Findings findings() const override { return source_.findings(); }

  protected:
    /// `source` must outlive this.
    explicit SourceView(const MemorySource& source) : source_(source) {}

    [[nodiscard]] const MemorySource& source() const { return source_; }

  private:
    const MemorySource& source_;
};

}  // namespace kstrax
