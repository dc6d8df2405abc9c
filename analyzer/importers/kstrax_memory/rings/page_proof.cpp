// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/rings/page_proof.hpp"

#include <algorithm>

namespace kstrax {

PageProof::PageProof(const MemorySource& source, const RecordingFacts& facts, const Layout& layout, std::uint64_t head)
    : source_(source), facts_(facts), layout_(layout), head_(head), page_size_(std::uint64_t{1} << facts.page_shift) {}

std::uint64_t PageProof::pages_up_to(std::uint64_t head) const {
    return (std::min(head, facts_.entries_per_cpu) * facts_.entry_size + page_size_ - 1) / page_size_;
}

/// The serial's position is the one next to the head that has these low bits.
bool PageProof::is_of(std::uint32_t serial, std::uint64_t slot) const {
    const auto behind = static_cast<std::uint32_t>(static_cast<std::uint32_t>(head_) - (serial - 1));
    const auto distance = static_cast<std::int32_t>(behind);
    const std::uint64_t position = head_ - static_cast<std::uint64_t>(std::int64_t{distance});
    return serial != 0 && position % facts_.entries_per_cpu == slot;
}

bool PageProof::holds(std::uint64_t frame, std::uint64_t ordinal) const {
    std::vector<std::byte> page(static_cast<std::size_t>(page_size_));
    if (frame > ~std::uint64_t{0} / page_size_ || !source_.read({frame * page_size_}, page)) return false;
    const std::uint64_t begin = ordinal * page_size_;
    const std::uint64_t size = facts_.entry_size;
    std::uint64_t right = 0, wrong = 0;
    for (std::uint64_t slot = (begin + size - 1) / size; slot < facts_.entries_per_cpu; ++slot) {
        const std::uint64_t offset = slot * size - begin;
        if (offset + size > page_size_) break;
        const Bytes bytes = Bytes(page).subspan(static_cast<std::size_t>(offset), static_cast<std::size_t>(size));
        const Entry entry = decode_entry(layout_, bytes);
        const bool record = entry.kind >= kKindEntry && entry.kind <= kKindPath && is_of(entry.serial, slot);
        if (record) ++right;
        else if (entry.serial != 0) ++wrong;
    }
    return right > wrong;
}

FrameMap with_proven(const FrameMap& map, const FrameMap& others, const PageProof& proof, std::uint64_t& added) {
    FrameMap joined;
    std::vector<std::uint64_t> run;
    std::uint64_t first = 0;
    const auto end_run = [&] {
        if (!run.empty()) joined.append(first, std::exchange(run, {}));
    };
    for (std::uint64_t at = 0; at < proof.pages(); ++at) {
        const auto mine = map.next_known(at), other = others.next_known(at);
        if (!mine && !other) break;
        const std::uint64_t next = std::min(mine.value_or(~std::uint64_t{0}), other.value_or(~std::uint64_t{0}));
        if (next >= proof.pages()) break;
        auto frame = map.frame(next);
        if (!frame && proof.holds(*others.frame(next), next)) {
            frame = others.frame(next);
            ++added;
        }
        if (!frame || next != at) end_run();
        at = next;
        if (!frame) continue;
        if (run.empty()) first = at;
        run.push_back(*frame);
    }
    end_run();
    return joined;
}

}  // namespace kstrax
