// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/locate/table_frames.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kstrax {

namespace {

constexpr std::uint64_t kMostLooks = 1 << 23;  // 32 GiB of 4 KiB pages: more than a ring ever had

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
    if (unmapped > 0) text += fmt::format("{} of its pages are not mapped by the page tables", unmapped);
    if (unknown > 0)
        text += fmt::format("{}the page tables of {} of its pages are not in the dump", text.empty() ? "" : "; ", unknown);
    if (given_up)
        text += fmt::format("{}its page tables map over {} pages, which cannot be: the rest was left", text.empty() ? "" : "; ",
                            kMostLooks);
    return text;
}

TableFrames table_frames(KernelSpace& space, VirtAddr address, std::uint64_t size, unsigned page_shift) {
    const std::uint64_t page = std::uint64_t{1} << page_shift;
    const std::uint64_t count = size / page + (size % page != 0 ? 1 : 0);
    TableFrames found;
    std::vector<std::uint64_t> run;
    std::uint64_t ordinal = 0;
    const auto end_run = [&] {
        const std::uint64_t first = ordinal - run.size();
        if (!run.empty()) found.map.append(first, std::move(run));
        run = {};
    };
    for (std::uint64_t looks = 0; ordinal < count; ++looks) {
        if (looks == kMostLooks) {
            found.given_up = true;
            break;
        }
        const std::uint64_t at = address.value + ordinal * page;
        const Translation answer = space.translate({at});
        if (answer.phys && answer.phys->value % page == 0) {
            run.push_back(answer.phys->value >> page_shift);
            ++ordinal;
            ++found.pages;
            continue;
        }
        end_run();
        const std::uint64_t dead = answer.phys ? page : dead_bytes(space, at, answer.walk, page);
        const std::uint64_t skipped = std::min(dead / page, count - ordinal);
        (answer.unknown() ? found.unknown : found.unmapped) += skipped;
        ordinal += skipped;
    }
    end_run();
    return found;
}

}  // namespace kstrax
