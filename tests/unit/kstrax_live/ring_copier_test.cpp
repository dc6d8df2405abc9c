// SPDX-License-Identifier: GPL-2.0-or-later
// Copying out of a ring that moves.
#include "analyzer/importers/kstrax_live/ring_copier.hpp"

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <thread>

using namespace kstrax;

namespace {

/// A ring and a writer that keeps to the order of kstrax_abi.h.
class Writer {
  public:
    explicit Writer(std::uint64_t entries) : slots_(entries * sizeof(kstrax_entry_x86_64)), entries_(entries) {}

    void reserve() {
        std::atomic_ref(descriptor_.head_).fetch_add(1, std::memory_order_seq_cst);
        slot().args[0] = ~std::uint64_t{0};
    }
    void publish() {
        const std::uint64_t head = descriptor_.head_;
        kstrax_entry_x86_64& entry = slot();
        for (std::size_t i = 0; i < 6; ++i) entry.args[i] = head;
        std::atomic_thread_fence(std::memory_order_release);
        entry.serial = static_cast<__u32>(head);
    }
    void write(std::uint64_t count = 1) {
        for (; count > 0; --count) {
            reserve();
            publish();
        }
    }

    [[nodiscard]] LiveRing ring() const {
        return {.cpu = 0,
                .descriptor = static_cast<const kstrax_cpu*>(static_cast<const void*>(&descriptor_)),
                .layout = find_layout(KSTRAX_LAYOUT_X86_64),
                .entry_size = sizeof(kstrax_entry_x86_64),
                .entries = entries_,
                .slots = slots_};
    }

  private:
    kstrax_entry_x86_64& slot() {
        const std::uint64_t at = (descriptor_.head_ - 1) % entries_ * sizeof(kstrax_entry_x86_64);
        return *static_cast<kstrax_entry_x86_64*>(static_cast<void*>(slots_.data() + at));
    }

    struct alignas(kstrax_cpu) Descriptor {
        std::uint64_t head_ = 0;
        std::byte rest[sizeof(kstrax_cpu) - sizeof(std::uint64_t)]{};
    } descriptor_;
    std::vector<std::byte> slots_;
    std::uint64_t entries_;
};

/// Every slot of a run must be whole and in its place.
bool whole(const SlotRun& run) {
    for (std::uint64_t i = 0; i < run.count; ++i) {
        const auto entry = *copy_record<kstrax_entry_x86_64>(run.slots, i * sizeof(kstrax_entry_x86_64));
        const std::uint64_t expected = run.first_position + i + 1;
        if (entry.serial != static_cast<std::uint32_t>(expected)) return false;
        for (std::size_t argument = 0; argument < 6; ++argument)
            if (entry.args[argument] != expected) return false;
    }
    return run.slots.size() == run.count * sizeof(kstrax_entry_x86_64);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(ring_copier)

BOOST_AUTO_TEST_CASE(an_empty_ring_has_nothing) {
    const Writer writer(8);
    const LiveRing ring = writer.ring();
    BOOST_TEST(settled_head(ring) == 0);
    BOOST_TEST(!RingCopier(ring, 0, 4).copy(0));
}

BOOST_AUTO_TEST_CASE(what_is_written_comes_in_order_and_once) {
    Writer writer(8);
    const LiveRing ring = writer.ring();
    RingCopier copier(ring, 0, 3);
    writer.write(5);
    auto run = copier.copy(settled_head(ring));
    BOOST_REQUIRE(run);
    BOOST_TEST(run->first_position == 0);
    BOOST_TEST(run->count == 3);
    BOOST_TEST(whole(*run));
    run = copier.copy(settled_head(ring));
    BOOST_REQUIRE(run);
    BOOST_TEST(run->first_position == 3);
    BOOST_TEST(run->count == 2);
    BOOST_TEST(whole(*run));
    BOOST_TEST(!copier.copy(settled_head(ring)));
    writer.write(6);  // past the ring's end
    std::uint64_t count = 0;
    while ((run = copier.copy(settled_head(ring)))) {
        BOOST_TEST(whole(*run));
        BOOST_TEST(run->overwritten_before == 0);
        count += run->count;
    }
    BOOST_TEST(count == 6);
}

BOOST_AUTO_TEST_CASE(what_was_overwritten_is_counted) {
    Writer writer(8);
    const LiveRing ring = writer.ring();
    writer.write(21);
    RingCopier copier(ring, 2, 100);
    const auto run = copier.copy(settled_head(ring));
    BOOST_REQUIRE(run);
    BOOST_TEST(run->overwritten_before == 11);
    BOOST_TEST(run->first_position == 13);
    BOOST_TEST(run->count == 8);
    BOOST_TEST(whole(*run));
}

BOOST_AUTO_TEST_CASE(all_of_it_may_be_overwritten) {
    Writer writer(8);
    const LiveRing ring = writer.ring();
    writer.write(5);
    const std::uint64_t end = settled_head(ring);
    writer.write(8);
    RingCopier copier(ring, 0, 4);
    const auto run = copier.copy(end);
    BOOST_REQUIRE(run);
    BOOST_TEST(run->count == 0);
    BOOST_TEST(run->overwritten_before == 5);
    BOOST_TEST(copier.position() == 5);
    BOOST_TEST(!copier.copy(end));
}

BOOST_AUTO_TEST_CASE(an_unfinished_record_waits) {
    Writer writer(8);
    const LiveRing ring = writer.ring();
    writer.write(9);
    writer.reserve();
    BOOST_TEST(settled_head(ring) == 9);
    RingCopier copier(ring, 0, 8);
    auto run = copier.copy(settled_head(ring));
    BOOST_REQUIRE(run);
    BOOST_TEST(run->first_position == 2);  // the new one takes the place of 1
    BOOST_TEST(run->overwritten_before == 2);
    BOOST_TEST(run->count == 7);
    BOOST_TEST(whole(*run));
    writer.publish();
    run = copier.copy(settled_head(ring));
    BOOST_REQUIRE(run);
    BOOST_TEST(run->count == 1);
    BOOST_TEST(whole(*run));
}

BOOST_AUTO_TEST_CASE(a_busy_ring_gives_whole_records_and_an_exact_account) {
    Writer writer(64);
    const LiveRing ring = writer.ring();
    constexpr std::uint64_t kRecords = 2'000'000;
    std::thread busy([&] { writer.write(kRecords); });
    RingCopier copier(ring, 0, 16);
    std::uint64_t copied = 0, overwritten = 0, broken = 0;
    while (copier.position() < kRecords) {
        const auto run = copier.copy(settled_head(ring));
        if (!run) continue;
        broken += !whole(*run);
        copied += run->count;
        overwritten += run->overwritten_before;
    }
    busy.join();
    BOOST_TEST(broken == 0);
    BOOST_TEST(copied > 0);
    BOOST_TEST(copied + overwritten == kRecords);
}

BOOST_AUTO_TEST_SUITE_END()
