// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/ftrace/ring_page.hpp"

#include <algorithm>

namespace kstrax {

namespace {

constexpr std::uint64_t kHeader = 4;  // bytes of an event before its data or its further words
constexpr unsigned kKindBits = 5;
constexpr unsigned kDeltaBits = 32 - kKindBits;
constexpr std::uint32_t kMostDelta = (1U << kDeltaBits) - 1;

// The lowest 5 bits of a header. Up to 28: that many words of data.
constexpr std::uint32_t kLong = 0;  // the next word says how many bytes there are, its own included
constexpr std::uint32_t kPadding = 29;
constexpr std::uint32_t kTimeExtend = 30;  // the next word has the higher bits of the time that has passed
constexpr std::uint32_t kTimeStamp = 31;   // the next word has the higher bits of the time itself

// A stamp has 59 bits. The higher ones are those of the time before, unless it has passed them since.
constexpr std::uint64_t kStampTop = ~std::uint64_t{0} << 59;

constexpr std::uint64_t kLengthMask =
    (std::uint64_t{1} << 30) - 1;  // the two bits above say that events are missing before

}  // namespace

RingPage::RingPage(Bytes page, const RingPageForm& form) : order_(form.order) {
    FieldReader header(page, form.order);
    begun_ = time_ = header.u64(0);
    const std::uint64_t length =
        (form.word_size == sizeof(std::uint64_t) ? header.u64(sizeof begun_) : header.u32(sizeof begun_)) & kLengthMask;
    const auto events = slice(page, form.header_size(), length);
    if (header.ok() && events) events_ = *events;
    else damage_ = "its header names more bytes than a page has";
}

bool RingPage::stop(std::string_view why) {
    damage_ = why;
    at_ = events_.size();
    return false;
}

std::uint32_t RingPage::word(std::uint64_t offset) const {
    const auto stored = copy_record<std::uint32_t>(events_, offset).value_or(0);
    return order_ == std::endian::little ? stored : __builtin_bswap32(stored);
}

std::uint64_t RingPage::absolute(std::uint64_t stamp) const {
    const std::uint64_t whole = stamp | (time_ & kStampTop);
    return whole < time_ && (time_ & kStampTop) != 0 ? whole + (~kStampTop + 1) : whole;
}

bool RingPage::next(RingEvent& event) {
    while (events_.size() - at_ >= kHeader) {
        const std::uint32_t head = word(at_);
        const bool little =
            order_ == std::endian::little;  // bit fields begin at the lowest bit there, else at the highest
        const std::uint32_t kind = little ? head & ((1U << kKindBits) - 1) : head >> kDeltaBits;
        const std::uint64_t delta = little ? head >> kKindBits : head & kMostDelta;
        if (kind == kPadding && delta == 0) {  // nothing stands behind it
            at_ = events_.size();
            return false;
        }
        const bool has_word = kind == kLong || kind >= kPadding;
        if (has_word && events_.size() - at_ < 2 * kHeader) return stop("an event is cut off by the end of its page");
        const std::uint64_t further = has_word ? word(at_ + kHeader) : 0;
        const std::uint64_t here = at_;
        if (kind == kTimeStamp) {
            time_ = absolute(further << kDeltaBits | delta);
            at_ += 2 * kHeader;
            continue;
        }
        time_ += kind == kTimeExtend ? further << kDeltaBits | delta : delta;
        if (kind == kTimeExtend) {
            at_ += 2 * kHeader;
            continue;
        }
        // An event's words are counted from behind its header.
        const std::uint64_t size =
            has_word ? (further + kHeader - 1) / kHeader * kHeader : std::uint64_t{kind} * kHeader;
        if (size < (has_word ? kHeader : 0) || size > events_.size() - at_ - kHeader)
            return stop("an event is longer than what is left of its page");
        at_ += kHeader + size;
        if (kind == kPadding) continue;  // an event that was taken back
        const std::uint64_t skipped = has_word ? 2 * kHeader : kHeader;
        event.time = time_;
        event.offset = static_cast<std::uint32_t>(here);
        event.data =
            events_.subspan(static_cast<std::size_t>(here + skipped), static_cast<std::size_t>(at_ - here - skipped));
        return true;
    }
    if (at_ != events_.size()) return stop("less than an event is left of its page");
    return false;
}

}  // namespace kstrax
