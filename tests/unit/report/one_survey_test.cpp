// SPDX-License-Identifier: GPL-2.0-or-later
// A report that needs figures of the rings before their records surveys the rings once, whatever needs them.
#include <atomic>
#include <boost/test/unit_test.hpp>

#include "tests/support/reports.hpp"
#include "tests/support/rings/ring_image.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

/// Counts the passes through a ring.
class CountingSlots final : public SlotSource {
  public:
    CountingSlots(std::unique_ptr<SlotSource> of, std::atomic<int>& passes) : of_(std::move(of)), passes_(passes) {}
    [[nodiscard]] std::unique_ptr<SlotCursor> open() const override {
        ++passes_;
        return of_->open();
    }
    [[nodiscard]] std::optional<std::uint64_t> written_now() const override { return of_->written_now(); }

  private:
    std::unique_ptr<SlotSource> of_;
    std::atomic<int>& passes_;
};

int passes_of(std::string_view sink, const Filter& filter, TimeForm form) {
    const RingImage image("0 1000 tid=1 read\n0 2000 tid=1 read = 1\n0 3000 tid=1 close\n");
    const SearchedMemory searched(image.memory);
    Recording recording = searched.recording();
    recording.end = {};  // no panic: the end is the last record's
    std::atomic<int> passes = 0;
    CpuTrack& track = recording.cpus.front();
    track.slots = std::make_unique<CountingSlots>(std::move(track.slots), passes);
    StringOutput output;
    const auto outcome = write_report(recording,
                                      {.kind = ReportKind::Raw,
                                       .sink = find_sink(sink),
                                       .tool = "test",
                                       .source = "image",
                                       .source_format = "test",
                                       .filter = filter,
                                       .times = {form}},
                                      output);
    BOOST_TEST_REQUIRE(outcome.ok());
    return passes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(one_survey)

BOOST_AUTO_TEST_CASE(rings_are_surveyed_once_at_most) {
    Filter window;
    window.window = 1'000'000'000;
    // One for the rows, and one to hold records against each other.
    BOOST_TEST(passes_of("text", {}, TimeForm::Wall) == 2);
    BOOST_TEST(passes_of("text", window, TimeForm::Relative) == 3);
    BOOST_TEST(passes_of("jsonl", window, TimeForm::Relative) == 3);
    BOOST_TEST(passes_of("csv", {}, TimeForm::Wall) == 2);
}

BOOST_AUTO_TEST_SUITE_END()
