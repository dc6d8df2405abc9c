// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/rings/ring_page_image.hpp"

namespace kstrax::test {

namespace {

constexpr unsigned kDeltaBits = 27;
constexpr std::uint64_t kDelta = (1U << kDeltaBits) - 1;
constexpr std::size_t kMostShort = 28;  // words of data whose number fits a header

}  // namespace

void RingPageImage::put(std::vector<std::byte>& to, std::size_t at, std::uint64_t value, std::size_t size) const {
    for (std::size_t i = 0; i < size; ++i) {
        const std::size_t place = form_.order == std::endian::little ? i : size - 1 - i;
        to[at + place] = static_cast<std::byte>(value >> (8 * i));
    }
}

void RingPageImage::append(std::uint64_t value, std::size_t size) {
    bytes_.resize(bytes_.size() + size);
    put(bytes_, bytes_.size() - size, value, size);
}

void RingPageImage::header(std::uint32_t kind, std::uint64_t delta) {
    delta &= kDelta;
    append(form_.order == std::endian::little ? delta << 5 | kind : std::uint64_t{kind} << kDeltaBits | delta, 4);
}

RingPageImage& RingPageImage::event(std::uint32_t delta, std::vector<std::uint8_t> data) {
    while (data.empty() || data.size() % 4 != 0) data.push_back(0);
    const std::size_t words = data.size() / 4;
    header(words <= kMostShort ? static_cast<std::uint32_t>(words) : 0, delta);
    if (words > kMostShort) append(data.size() + 4, 4);
    for (const std::uint8_t byte : data) append(byte, 1);
    return *this;
}

RingPageImage& RingPageImage::discarded(std::uint32_t delta, std::uint32_t bytes) {
    header(29, delta);
    append(bytes, 4);
    for (std::uint32_t i = 4; i < bytes; ++i) append(0xee, 1);
    return *this;
}

RingPageImage& RingPageImage::stamp(std::uint32_t kind, std::uint64_t value) {
    header(kind, value);
    append(value >> kDeltaBits & 0xffffffff, 4);
    return *this;
}

RingPageImage& RingPageImage::end_padding() {
    header(29, 0);
    return *this;
}

std::vector<std::byte> RingPageImage::page(std::size_t size, std::uint64_t committed) const {
    std::vector<std::byte> whole = bytes_;
    put(whole, sizeof(std::uint64_t), committed, form_.word_size);
    whole.resize(size);
    return whole;
}

}  // namespace kstrax::test
