// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/ftrace/ring_page_writer.hpp"

#include <algorithm>
#include <cstring>

#include "analyzer/importers/ftrace/ring_page_form.hpp"
#include "analyzer/recording/machine_number.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kWord = kRingHeader;

std::size_t words_of(Bytes data) { return std::max<std::size_t>((data.size() + kWord - 1) / kWord, 1); }

}  // namespace

RingPageWriter::RingPageWriter(const RingPageForm& form, std::uint32_t page_size)
    : form_(form), page_(page_size), at_(form.header_size()) {}

std::size_t RingPageWriter::largest() const { return page_.size() - form_.header_size() - 2 * kWord; }

void RingPageWriter::set_missed(std::uint64_t count) {
    missed_ = true;
    missed_count_ = count;
}

void RingPageWriter::put(std::size_t at, std::uint64_t value, std::size_t size) {
    store_number(page_.data() + at, value, size, form_.order);
}

void RingPageWriter::put_head(std::uint32_t kind, std::uint64_t delta) {
    delta &= kRingMostDelta;
    put(at_,
        form_.order == std::endian::little ? delta << kRingKindBits | kind
                                           : std::uint64_t{kind} << kRingDeltaBits | delta,
        kWord);
    at_ += kWord;
}

bool RingPageWriter::add(std::uint64_t time, Bytes data) {
    if (empty()) time_ = time;
    if (time < time_) return false;
    const std::uint64_t delta = time - time_;
    const std::size_t words = words_of(data);
    const bool is_long = words > kRingMostShort;
    const bool extend = delta > kRingMostDelta;
    const std::size_t needed = kWord + (is_long ? kWord : 0) + words * kWord + (extend ? 2 * kWord : 0);
    // How many are missing stands behind the events, unless the first one fills the page.
    const std::size_t end = page_.size() - (missed_ && !empty() ? form_.word_size : 0);
    if (at_ + needed > end || delta >> (kRingDeltaBits + 32) != 0) return false;
    if (empty()) put(0, time, sizeof time);
    if (extend) {
        put_head(kRingTimeExtend, delta);
        put(at_, delta >> kRingDeltaBits, kWord);
        at_ += kWord;
    }
    put_head(is_long ? kRingLong : static_cast<std::uint32_t>(words), extend ? 0 : delta);
    if (is_long) {
        put(at_, words * kWord + kWord, kWord);
        at_ += kWord;
    }
    std::memcpy(page_.data() + at_, data.data(), data.size());
    std::memset(page_.data() + at_ + data.size(), 0, words * kWord - data.size());
    at_ += words * kWord;
    time_ = time;
    return true;
}

Bytes RingPageWriter::take() {
    std::uint64_t length = at_ - form_.header_size();
    std::fill(page_.begin() + static_cast<std::ptrdiff_t>(at_), page_.end(), std::byte{});
    if (missed_) length |= kRingMissed;
    if (missed_ && missed_count_ > 0 && page_.size() - at_ >= form_.word_size) {
        length |= kRingMissedCounted;
        put(at_, missed_count_, form_.word_size);
    }
    put(sizeof(std::uint64_t), length, form_.word_size);
    at_ = form_.header_size();
    missed_ = false;
    missed_count_ = 0;
    return page_;
}

}  // namespace kstrax
