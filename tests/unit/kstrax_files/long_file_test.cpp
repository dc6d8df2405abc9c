// SPDX-License-Identifier: GPL-2.0-or-later
// A long buffer file takes no more memory than a short one, however its slots are divided into chunks.
#include <boost/test/unit_test.hpp>
#include <fstream>

#include "analyzer/importers/kstrax_files/buffer_files.hpp"
#include "tests/support/reports.hpp"
#include "tests/support/temp_folder.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kFileSize = std::uint64_t{64} << 20;
constexpr std::uint64_t kMostMemory = std::uint64_t{8} << 20;

/// Slots that hold their position, `in_run` of them in each run.
class LongRing final : public SlotSource {
  public:
    LongRing(std::uint64_t slots, std::uint64_t in_run, std::uint64_t size)
        : slots_(slots), in_run_(in_run), size_(size) {}
    [[nodiscard]] std::unique_ptr<SlotCursor> open() const override { return std::make_unique<Cursor>(*this); }

  private:
    class Cursor final : public SlotCursor {
      public:
        explicit Cursor(const LongRing& ring) : ring_(ring) {}
        std::optional<SlotRun> next() override {
            if (position_ == ring_.slots_) return std::nullopt;
            SlotRun run;
            run.first_position = position_;
            run.count = std::min(ring_.in_run_, ring_.slots_ - position_);
            bytes_.assign(static_cast<std::size_t>(run.count * ring_.size_), std::byte{});
            for (std::uint64_t i = 0; i < run.count; ++i, ++position_)
                std::ranges::copy(bytes_of(position_), bytes_.begin() + static_cast<std::ptrdiff_t>(i * ring_.size_));
            run.slots = bytes_;
            return run;
        }

      private:
        const LongRing& ring_;
        std::uint64_t position_ = 0;
        std::vector<std::byte> bytes_;
    };

    std::uint64_t slots_, in_run_, size_;
};

/// Of files, in bytes.
std::uint64_t resident_now() {
    std::ifstream status("/proc/self/status");
    for (std::string word; status >> word;)
        if (word == "RssFile:") {
            std::uint64_t kib = 0;
            status >> kib;
            return kib << 10;
        }
    return 0;
}

/// The file is read as its writer meant it; at no moment more than kMostMemory of it is in memory.
void reads_in_little_memory(std::uint64_t in_run) {
    const RingImage image("cpus 1\nentries 8\n0 100 tid=10 read\n");
    const SearchedMemory searched(image.memory);
    Recording recording = searched.recording();
    const std::uint64_t size = recording.facts.entry_size;
    CpuTrack& track = recording.cpus.at(0);
    track.head = kFileSize / size;
    track.slots = std::make_unique<LongRing>(track.head, in_run == 0 ? track.head : in_run, size);
    const TempFolder folder;
    BOOST_REQUIRE(write_buffer_files(recording, folder.path("long"), {}).ok());

    const std::uint64_t before = resident_now();
    const auto set = open_buffer_files(folder.path("long"));
    BOOST_REQUIRE(set.ok());
    std::uint64_t most = resident_now();
    const auto cursor = set->recording.cpus.at(0).slots->open();
    std::uint64_t position = 0, wrong = 0;
    while (const auto run = cursor->next()) {
        if (run->first_position != position || run->suspect || run->unreadable_before > 0) ++wrong;
        for (std::uint64_t i = 0; i < run->count; ++i, ++position)
            if (copy_record<std::uint64_t>(run->slots, i * size) != position) ++wrong;
        most = std::max(most, resident_now());
    }
    BOOST_TEST(wrong == 0U);
    BOOST_TEST(position == kFileSize / size);
    BOOST_TEST(before > 0U);
    BOOST_TEST(most < before + kMostMemory, most - before);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(long_buffer_file)

BOOST_AUTO_TEST_CASE(of_small_chunks) { reads_in_little_memory(100); }
BOOST_AUTO_TEST_CASE(of_large_chunks) { reads_in_little_memory(100'000); }
BOOST_AUTO_TEST_CASE(of_one_chunk) { reads_in_little_memory(0); }

BOOST_AUTO_TEST_SUITE_END()
