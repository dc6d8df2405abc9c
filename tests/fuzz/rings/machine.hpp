// SPDX-License-Identifier: GPL-2.0-or-later
// A made machine's memory as a dump of it would give it.
#pragma once

#include "tests/support/rings/ring_image.hpp"

namespace kstrax::fuzz {

/// Memory and facts must outlive it.
class Machine final : public MemorySource {
  public:
    Machine(const test::Memory& memory, const test::MachineFacts& facts) : view_(memory), facts_(facts) {}
    [[nodiscard]] std::string_view format() const override { return "test machine"; }
    [[nodiscard]] std::uint64_t page_size() const override { return view_.page_size(); }
    [[nodiscard]] std::uint64_t memory_size() const override { return view_.memory_size(); }
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override { return view_.read(at, out); }
    std::uint64_t scan(const PageVisitor& visit) const override { return view_.scan(visit); }
    [[nodiscard]] std::string_view vmcoreinfo() const override { return facts_.elf.vmcoreinfo; }
    [[nodiscard]] std::uint16_t machine() const override { return facts_.elf.machine; }

  private:
    test::MemoryView view_;
    const test::MachineFacts& facts_;
};

}  // namespace kstrax::fuzz
