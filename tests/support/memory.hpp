// SPDX-License-Identifier: GPL-2.0-or-later
// The physical memory of a machine that never was: pages at scattered frames,
// most of them absent. Damage is done to it here, before it becomes a dump.
#pragma once

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "analyzer/base/bytes.hpp"
#include "analyzer/base/types.hpp"
#include "analyzer/memory/memory_source.hpp"

namespace kstrax::test {

/// A linear congruential generator: the same numbers everywhere, for ever.
class Random {
  public:
    explicit Random(std::uint64_t seed) : state_(seed * 2 + 1) {}
    std::uint64_t next();
    /// Below `limit`, which is not 0.
    std::uint64_t below(std::uint64_t limit) { return next() % limit; }

  private:
    std::uint64_t state_;
};

class Memory {
  public:
    /// `frames`: how many page frames the machine has.
    explicit Memory(std::uint64_t page_size, std::uint64_t frames = 512, std::uint64_t seed = 2);

    [[nodiscard]] std::uint64_t page_size() const { return page_size_; }
    [[nodiscard]] std::uint64_t size() const { return frames_ * page_size_; }
    /// Frame number → its bytes; those present.
    [[nodiscard]] const std::map<std::uint64_t, std::string>& pages() const { return pages_; }

    /// The address of `count` free pages in a row, somewhere; they become present, and zero.
    PhysAddr take(std::uint64_t count = 1);

    /// Pages touched become present.
    void write(PhysAddr at, Bytes bytes);
    template <typename T>
    void put(PhysAddr at, const T& value) {
        write(at, bytes_of(value));
    }
    /// Absent pages read as zeros.
    [[nodiscard]] std::string read(PhysAddr at, std::uint64_t size) const;
    template <typename T>
    [[nodiscard]] T get(PhysAddr at) const {
        return *copy_record<T>(as_bytes(read(at, sizeof(T))));
    }
    void flip(PhysAddr at, std::uint8_t bits = 0xff);
    /// The page that holds `at` is no longer there.
    void drop(PhysAddr at);

  private:
    std::uint64_t page_size_;
    std::uint64_t frames_;
    Random random_;
    std::map<std::uint64_t, std::string> pages_;
};

/// Memory as a source, without a dump between. `memory` must outlive it.
class MemoryView final : public MemorySource {
  public:
    explicit MemoryView(const Memory& memory) : memory_(memory) {}
    [[nodiscard]] std::string_view format() const override { return "test memory"; }
    [[nodiscard]] std::uint64_t page_size() const override { return memory_.page_size(); }
    [[nodiscard]] std::uint64_t memory_size() const override { return memory_.pages().size() * page_size(); }
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override;
    std::uint64_t scan(const PageVisitor& visit) const override;

  private:
    const Memory& memory_;
};

}  // namespace kstrax::test
