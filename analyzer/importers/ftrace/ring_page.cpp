// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/ftrace/ring_page.hpp"

#include "analyzer/importers/ftrace/ring_page_form.hpp"

namespace kstrax {

namespace {

// A stamp has 59 bits. The higher ones are those of the time before, unless it has passed them since.
constexpr std::uint64_t kStampTop = ~std::uint64_t{0} << 59;

}  // namespace

RingPage::RingPage(Bytes page, const RingPageForm& form) : order_(form.order) {
    FieldReader header(page, form.order);
    begun_ = time_ = header.u64(0);
    const auto word_at = [&](FieldReader& of, std::uint64_t offset) {
        return form.word_size == sizeof(std::uint64_t) ? of.u64(offset) : of.u32(offset);
    };
    const std::uint64_t committed = word_at(header, sizeof begun_);
    const std::uint64_t length = committed & kRingLengthMask;
    const auto events = slice(page, form.header_size(), length);
    if (!header.ok() || !events) {
        damage_ = "its header names more bytes than a page has";
        return;
    }
    events_ = *events;
    if ((committed & kRingMissed) == 0) return;
    FieldReader behind(page, form.order);
    const std::uint64_t count =
        (committed & kRingMissedCounted) != 0 ? word_at(behind, form.header_size() + length) : 0;
    missed_ = behind.ok() ? count : 0;
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
    while (events_.size() - at_ >= kRingHeader) {
        const std::uint32_t head = word(at_);
        const bool little =
            order_ == std::endian::little;  // bit fields begin at the lowest bit there, else at the highest
        const std::uint32_t kind = little ? head & ((1U << kRingKindBits) - 1) : head >> kRingDeltaBits;
        const std::uint64_t delta = little ? head >> kRingKindBits : head & kRingMostDelta;
        if (kind == kRingPadding && delta == 0) {  // nothing stands behind it
            at_ = events_.size();
            return false;
        }
        const bool has_word = kind == kRingLong || kind >= kRingPadding;
        if (has_word && events_.size() - at_ < 2 * kRingHeader)
            return stop("an event is cut off by the end of its page");
        const std::uint64_t further = has_word ? word(at_ + kRingHeader) : 0;
        const std::uint64_t here = at_;
        if (kind == kRingTimeStamp) {
            time_ = absolute(further << kRingDeltaBits | delta);
            at_ += 2 * kRingHeader;
            continue;
        }
        time_ += kind == kRingTimeExtend ? further << kRingDeltaBits | delta : delta;
        if (kind == kRingTimeExtend) {
            at_ += 2 * kRingHeader;
            continue;
        }
        // An event's words are counted from behind its header.
        const std::uint64_t size =
            has_word ? (further + kRingHeader - 1) / kRingHeader * kRingHeader : std::uint64_t{kind} * kRingHeader;
        if (size < (has_word ? kRingHeader : 0) || size > events_.size() - at_ - kRingHeader)
            return stop("an event is longer than what is left of its page");
        at_ += kRingHeader + size;
        if (kind == kRingPadding) continue;  // an event that was taken back
        const std::uint64_t skipped = has_word ? 2 * kRingHeader : kRingHeader;
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
