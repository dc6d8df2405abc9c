// SPDX-License-Identifier: GPL-2.0-or-later
// The memory that crash(8) has open, whatever its format.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "analyzer/base/cancel.hpp"
#include "analyzer/memory/memory_source.hpp"

namespace kstrax {

class CrashSource final : public MemorySource {
  public:
    /// `cancel` ends a scan; must outlive this.
    explicit CrashSource(const CancelFlag& cancel);

    [[nodiscard]] std::string_view format() const override { return "memory that crash has open"; }
    [[nodiscard]] std::uint64_t page_size() const override { return page_size_; }
    [[nodiscard]] std::uint64_t memory_size() const override { return end_; }
    [[nodiscard]] bool live() const override;
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override;
    /// In one thread: crash reads for one at a time. Pages that crash lacks are not counted: it
    /// does not say which the dump should have had.
    std::uint64_t scan(const PageVisitor& visit) const override;
    [[nodiscard]] std::string_view vmcoreinfo() const override { return vmcoreinfo_; }
    /// The registers of CPUs, which crash does not hand on: of the file that it reads, where that is of a format that
    /// has them. The first question opens it.
    [[nodiscard]] std::span<const Note> notes() const override;

  private:
    [[nodiscard]] bool read_now(PhysAddr at, MutableBytes out) const;

    const CancelFlag& cancel_;
    std::string vmcoreinfo_;
    std::uint64_t page_size_;
    std::uint64_t end_ = 0;     // of physical memory
    mutable std::mutex mutex_;  // readers may be many, crash is one
    mutable std::once_flag looked_for_notes_;
    mutable std::vector<Note> notes_;
};

}  // namespace kstrax
