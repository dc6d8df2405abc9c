// SPDX-License-Identifier: GPL-2.0-or-later
// A ring that is written while it is read.
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "analyzer/importers/kstrax_memory/rings/frame_ring.hpp"

using namespace kstrax;

namespace {

/// Two pages: a descriptor and a ring. Each read of the ring lets the recorder go on.
class RunningMachine final : public MemorySource {
  public:
    static constexpr std::uint64_t kPage = 4096;
    std::uint64_t head = 0;
    std::uint64_t pace = 0;  // records between a read of the ring and the next

    [[nodiscard]] std::string_view format() const override { return "running"; }
    [[nodiscard]] std::uint64_t page_size() const override { return kPage; }
    [[nodiscard]] std::uint64_t memory_size() const override { return 2 * kPage; }
    [[nodiscard]] bool live() const override { return true; }
    std::uint64_t scan(const PageVisitor&) const override { return 0; }
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override {
        std::memset(out.data(), 0, out.size());
        if (at.value == 0) {
            const std::uint64_t now = head + written_;
            std::memcpy(out.data(), &now, sizeof now);
        } else {
            written_ += pace;
        }
        return {};
    }

  private:
    mutable std::uint64_t written_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(live_ring)

BOOST_AUTO_TEST_CASE(what_is_overwritten_while_it_is_read_counts_as_overwritten) {
    RecordingFacts facts;
    facts.entry_size = 64;
    facts.entries_per_cpu = 64;
    facts.page_shift = 12;
    RunningMachine machine;
    machine.head = 100;
    const auto read = [&](std::uint64_t pace) {
        machine.pace = pace;
        FrameMap frames;
        frames.append(0, {1});
        const FrameRing ring(machine, facts, 100, std::move(frames), PhysAddr{0});
        const auto cursor = ring.open();
        SlotRun sum;
        std::uint64_t slots = 0;
        while (const auto run = cursor->next()) {
            sum.overwritten_before += run->overwritten_before;
            sum.unreadable_before += run->unreadable_before;
            BOOST_TEST(run->slots.size() == run->count * 64);
            slots += run->count;
        }
        BOOST_TEST(sum.unreadable_before == 0U);
        BOOST_TEST(sum.overwritten_before + slots == 100U);
        return slots;
    };
    BOOST_TEST(read(0) == 64U);
    BOOST_TEST(read(10) == 54U);
    BOOST_TEST(read(1000) == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
