// SPDX-License-Identifier: GPL-2.0-or-later
// CPUs that the kernel numbers and that have no ring.
#pragma once

#include <fmt/core.h>

#include <utility>

#include "analyzer/recording/recording.hpp"

namespace kstrax {

/// All records of a CPU, none of which was kept.
class NoSlots final : public SlotSource {
  public:
    explicit NoSlots(std::uint64_t records) : records_(records) {}
    [[nodiscard]] std::unique_ptr<SlotCursor> open() const override { return std::make_unique<Cursor>(records_); }

  private:
    class Cursor final : public SlotCursor {
      public:
        explicit Cursor(std::uint64_t records) : records_(records) {}
        std::optional<SlotRun> next() override {
            if (std::exchange(told_, true)) return std::nullopt;
            SlotRun run;
            run.first_position = run.unreadable_before = records_;
            return run;
        }

      private:
        std::uint64_t records_;
        bool told_ = false;
    };

    std::uint64_t records_;
};

/// Takes note of a CPU without a ring. If it ran all the same, there was no memory for one when it came,
/// and its records were counted only.
inline void add_without_ring(Recording& recording, CpuId cpu, std::uint64_t records) {
    ++recording.without_ring;
    if (records == 0) return;
    CpuTrack track;
    track.cpu = cpu;
    track.head = records;
    track.slots = std::make_unique<NoSlots>(records);
    recording.cpus.push_back(std::move(track));
    recording.findings.add(FindingId::RingNotKept,
                           fmt::format("CPU {}: there was no memory for its ring when it came: its {} records were "
                                       "counted, not kept",
                                       cpu, records),
                           records);
}

}  // namespace kstrax
