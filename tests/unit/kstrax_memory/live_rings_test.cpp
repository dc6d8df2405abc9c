// SPDX-License-Identifier: GPL-2.0-or-later
// The rings of several CPUs, written while they are looked at: they end at one moment.
#include "analyzer/importers/kstrax_memory/rings/live_rings.hpp"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <map>

#include "analyzer/trace/merge.hpp"

using namespace kstrax;

namespace {

/// A page of descriptors, and a page a ring. Whenever anything is read, a thread goes on: it
/// enters a call on one CPU and leaves it on the next.
class Machine final : public MemorySource {
  public:
    static constexpr std::uint64_t kPage = 4096;
    static constexpr std::uint64_t kSlots = 50;
    static constexpr CpuId kCpus = 3;
    std::uint64_t pace = 1;  // slots a read
    bool names = false;      // behind each entry, a slot later, its file name

    [[nodiscard]] std::string_view format() const override { return "running"; }
    [[nodiscard]] std::uint64_t page_size() const override { return kPage; }
    [[nodiscard]] std::uint64_t memory_size() const override { return memory_.size(); }
    [[nodiscard]] bool live() const override { return true; }
    std::uint64_t scan(const PageVisitor&) const override { return 0; }
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override {
        for (std::uint64_t i = 0; i < pace; ++i) record();
        std::copy_n(memory_.begin() + static_cast<std::ptrdiff_t>(at.value), out.size(), out.begin());
        return {};
    }

    [[nodiscard]] std::uint64_t records() const { return time_; }

    [[nodiscard]] Recording open() const {
        Recording recording;
        recording.layout = &layout_;
        recording.facts.entry_size = layout_.size;
        recording.facts.entries_per_cpu = kSlots;
        recording.facts.page_shift = 12;
        for (CpuId cpu = 0; cpu < kCpus; ++cpu) {
            FrameMap frames;
            frames.append(0, {cpu + 1});
            CpuTrack track;
            track.cpu = cpu;
            track.slots = std::make_unique<FrameRing>(*this, recording.facts, 0, std::move(frames),
                                                      PhysAddr{cpu * sizeof(kstrax_cpu)});
            recording.cpus.push_back(std::move(track));
        }
        return recording;
    }

  private:
    void record() const {
        if (names && last_.kind == KSTRAX_KIND_ENTRY) {
            last_.kind = KSTRAX_KIND_PATH;
            return write(last_cpu_, last_);
        }
        const std::uint64_t call = time_ / 2;
        const CpuId cpu = static_cast<CpuId>((call + time_ % 2) % kCpus);
        Entry entry{};
        entry.time = ++time_;
        entry.kind = time_ % 2 == 1 ? KSTRAX_KIND_ENTRY : KSTRAX_KIND_EXIT;
        entry.pid = 7;
        last_ = entry;
        last_cpu_ = cpu;
        write(cpu, entry);
    }

    void write(CpuId cpu, Entry entry) const {
        std::uint64_t& head = heads_.at(cpu);
        entry.serial = static_cast<std::uint32_t>(++head);
        std::memcpy(memory_.data() + cpu * sizeof(kstrax_cpu), &head, sizeof head);
        const std::uint64_t slot = (cpu + 1) * kPage + (head - 1) % kSlots * layout_.size;
        encode_entry(layout_, entry, std::span(memory_).subspan(slot, layout_.size));
    }

    const Layout& layout_ = *find_layout(KSTRAX_LAYOUT_X86_64);
    mutable std::array<std::byte, kPage*(kCpus + 1)> memory_{};
    mutable std::array<std::uint64_t, kCpus> heads_{};
    mutable std::uint64_t time_ = 0;
    mutable Entry last_{};
    mutable CpuId last_cpu_ = 0;
};

std::vector<Nanos> times_of(MergedRecords& records) {
    std::vector<Nanos> times;
    while (const Record* record = records.next()) times.push_back(record->entry.time);
    return times;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(live_rings)

BOOST_AUTO_TEST_CASE(all_rings_end_at_one_moment) {
    for (int start = 0; start < 12; ++start)
        for (const std::uint64_t pace : {1, 2, 3}) BOOST_TEST_CONTEXT("start " << start << ", pace " << pace) {
                Machine machine;
                for (int i = 0; i < start; ++i) (void)machine.read({0}, {});
                machine.pace = pace;
                Recording recording = machine.open();
                LiveRings rings(machine, recording);
                BOOST_TEST(rings.look_last());
                machine.pace = 0;
                MergedRecords records(recording);
                const std::vector<Nanos> times = times_of(records);
                BOOST_REQUIRE(!times.empty());
                for (std::size_t i = 0; i < times.size(); ++i)
                    BOOST_TEST(times[i] == i + 1);  // none is missing between
            }
}

BOOST_AUTO_TEST_CASE(what_is_read_over_many_looks_is_everything_once_and_in_order) {
    for (int start = 0; start < 12; ++start) BOOST_TEST_CONTEXT("start " << start) {
            Machine machine;
            for (int i = 0; i < start; ++i) (void)machine.read({0}, {});
            Recording recording = machine.open();
            LiveRings rings(machine, recording);
            (void)rings.look();
            MergedRecords records(recording);
            std::vector<Nanos> times = times_of(records);
            for (int i = 0; i < 40; ++i) {
                if (i == 39) machine.pace = 0;
                if (i == 39 ? rings.look_last() : rings.look()) records.resume();
                for (const Nanos time : times_of(records)) times.push_back(time);
            }
            std::uint64_t overwritten = 0;
            for (const CpuTrust& cpu : records.trust()) overwritten += cpu.overwritten;
            BOOST_TEST(overwritten == 0U);
            BOOST_TEST(times.size() == machine.records());
            for (std::size_t i = 0; i < times.size(); ++i) BOOST_TEST(times[i] == i + 1);
        }
}

BOOST_AUTO_TEST_CASE(a_record_waits_for_its_file_name_but_not_for_ever) {
    for (const bool comes : {true, false}) BOOST_TEST_CONTEXT("comes " << comes) {
            Machine machine;
            machine.names = true;
            const auto go_on = [&](int slots) {
                machine.pace = 1;
                for (int i = 0; i < slots; ++i) (void)machine.read({0}, {});
                machine.pace = 0;
            };
            go_on(3);  // entry, name, exit
            Recording recording = machine.open();
            LiveRings rings(machine, recording);
            (void)rings.look();
            (void)rings.look();
            MergedRecords records(recording);
            BOOST_TEST(times_of(records) == (std::vector<Nanos>{1, 2}), boost::test_tools::per_element());
            const auto nothing_new = [&] { return !rings.look(); };
            go_on(1);  // an entry, whose name is still to come
            BOOST_TEST(nothing_new());
            if (comes) {
                go_on(1);
                BOOST_TEST(nothing_new());  // a name may have several parts
            }
            BOOST_REQUIRE(rings.look());
            records.resume();
            const Record* entry = records.next();
            BOOST_REQUIRE(entry != nullptr);
            BOOST_TEST(entry->entry.time == 3U);
            BOOST_TEST(entry->has_path == comes);
        }
}

BOOST_AUTO_TEST_CASE(a_reader_that_is_too_slow_counts_what_it_missed) {
    Machine machine;
    Recording recording = machine.open();
    LiveRings rings(machine, recording);
    (void)rings.look();
    MergedRecords records(recording);
    std::uint64_t seen = times_of(records).size();
    for (int i = 0; i < 20; ++i) {
        machine.pace = 5;
        (void)rings.look();
        machine.pace = 0;
        records.resume();
        seen += times_of(records).size();
    }
    (void)rings.look_last();
    records.resume();
    seen += times_of(records).size();
    std::uint64_t overwritten = 0;
    for (const CpuTrust& cpu : records.trust()) {
        overwritten += cpu.overwritten;
        BOOST_TEST(!cpu.damaged());
    }
    BOOST_TEST(overwritten > 0U);
    BOOST_TEST(seen + overwritten == machine.records());
}

BOOST_AUTO_TEST_CASE(what_was_there_can_be_left_out) {
    Machine machine;
    for (int i = 0; i < 30; ++i) (void)machine.read({0}, {});
    Recording recording = machine.open();
    LiveRings rings(machine, recording);
    (void)rings.look();
    const std::uint64_t before = machine.records();
    rings.begin_now();
    MergedRecords records(recording);
    BOOST_TEST(times_of(records).empty());
    machine.pace = 0;
    (void)rings.look_last();
    records.resume();
    const auto times = times_of(records);
    BOOST_TEST(times.size() <= machine.records());
    BOOST_TEST((times.empty() || times.front() > 30U));
    BOOST_TEST(records.trust()[0].overwritten == 0U);
    BOOST_TEST(before > 30U);
}

BOOST_AUTO_TEST_SUITE_END()
