// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/rings/table_frames.hpp"

#include <fmt/core.h>

#include <algorithm>

namespace kstrax {

namespace {

constexpr std::uint64_t kMostLooks = 1 << 23;  // 32 GiB of 4 KiB pages: more than all rings of a machine ever had
constexpr std::uint64_t kSomeLooks = 1 << 16;  // of a dump that lacks most of its memory

// Several of a ring's pages in one frame: once is a damaged entry, often are tables that lead in a circle.
constexpr std::uint64_t kMostRepeated = 1 << 16;

/// Which frames a ring has had already; those above 1 TiB are not remembered.
class SeenFrames {
  public:
    /// Answers whether the frame is new.
    bool add(std::uint64_t frame) {
        constexpr std::uint64_t kMost = std::uint64_t{1} << 28;
        if (frame >= kMost) return true;
        const auto at = static_cast<std::size_t>(frame);
        if (at >= seen_.size()) seen_.resize(std::max(at + 1, std::min<std::size_t>(seen_.size() * 2, kMost)));
        if (seen_[at]) return false;
        seen_[at] = true;
        return true;
    }

  private:
    std::vector<bool> seen_;
};

/// How many bytes, from the page at `address` on, share the answer of a walk that found
/// nothing: all that the entry at which it ended stands for.
std::uint64_t dead_bytes(const KernelSpace& space, std::uint64_t address, const Walk& walk, std::uint64_t page) {
    if (walk.step_count == 0) return page;
    const std::uint64_t span = std::uint64_t{1} << space.tables().form->levels[walk.step_count - 1].shift;
    return std::max(span - address % span, page);
}

}  // namespace

std::string TableFrames::damage() const {
    std::string text;
    const auto say = [&](std::uint64_t count, std::string_view what) {
        if (count > 0) text += fmt::format("{}{} of its pages {}", text.empty() ? "" : "; ", count, what);
    };
    say(unmapped, "are not mapped by the page tables");
    say(unknown, "have page tables that are not in the dump");
    say(repeated, "are mapped to a frame that another of them has, so the page tables are damaged");
    say(left, "were left: the page tables lead in circles, or map more than there is in the dump");
    return text;
}

TableLooks::TableLooks(const MemorySource& source, unsigned page_shift)
    : left_(std::min(kSomeLooks + 2 * (source.memory_size() >> page_shift), kMostLooks)) {}

TableFrames table_frames(KernelSpace& space, VirtAddr address, std::uint64_t size, unsigned page_shift,
                         TableLooks& looks) {
    const std::uint64_t page = std::uint64_t{1} << page_shift;
    const std::uint64_t count = size / page + (size % page != 0 ? 1 : 0);
    TableFrames found;
    std::vector<std::uint64_t> run;
    SeenFrames seen;
    std::uint64_t ordinal = 0;
    const auto end_run = [&] {
        const std::uint64_t first = ordinal - run.size();
        if (!run.empty()) found.map.append(first, std::move(run));
        run = {};
    };
    while (ordinal < count) {
        if (found.repeated == kMostRepeated || !looks.take()) {
            found.left = count - ordinal;
            break;
        }
        const std::uint64_t at = address.value + ordinal * page;
        const Translation answer = space.translate({at});
        const bool whole = answer.phys && answer.phys->value % page == 0;
        if (whole && seen.add(answer.phys->value >> page_shift)) {
            run.push_back(answer.phys->value >> page_shift);
            ++ordinal;
            ++found.pages;
            continue;
        }
        end_run();
        if (whole) {
            ++found.repeated;
            ++ordinal;
            continue;
        }
        const std::uint64_t dead = answer.phys ? page : dead_bytes(space, at, answer.walk, page);
        const std::uint64_t skipped = std::min(dead / page, count - ordinal);
        (answer.unknown() ? found.unknown : found.unmapped) += skipped;
        ordinal += skipped;
    }
    end_run();
    return found;
}

}  // namespace kstrax
