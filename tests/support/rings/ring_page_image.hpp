// SPDX-License-Identifier: GPL-2.0-or-later
// A page of the kernel's trace rings, made event by event as ring_buffer.c writes it.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/importers/ftrace/ring_page.hpp"

namespace kstrax::test {

class RingPageImage {
  public:
    explicit RingPageImage(std::uint64_t time, RingPageForm form = {}) : form_(form) {
        append(time, sizeof time);
        append(0, form.word_size);
    }

    /// `delta`: since the event before, 27 bits. The data's bytes are a multiple of 4, or are made one by zeros.
    RingPageImage& event(std::uint32_t delta, std::vector<std::uint8_t> data);
    /// One that was taken back.
    RingPageImage& discarded(std::uint32_t delta, std::uint32_t bytes);
    RingPageImage& time_extend(std::uint64_t delta) { return stamp(30, delta); }
    RingPageImage& time_stamp(std::uint64_t time) { return stamp(31, time); }
    RingPageImage& end_padding();
    RingPageImage& raw(std::uint32_t word) {
        append(word, sizeof word);
        return *this;
    }

    /// Padded to `size` bytes. `committed`: of events; none: all of them.
    [[nodiscard]] std::vector<std::byte> page(std::size_t size = 4096) const { return page(size, events()); }
    [[nodiscard]] std::vector<std::byte> page(std::size_t size, std::uint64_t committed) const;
    [[nodiscard]] std::uint64_t events() const { return bytes_.size() - form_.header_size(); }

  private:
    void put(std::vector<std::byte>& to, std::size_t at, std::uint64_t value, std::size_t size) const;
    void append(std::uint64_t value, std::size_t size);
    void header(std::uint32_t kind, std::uint64_t delta);
    RingPageImage& stamp(std::uint32_t kind, std::uint64_t value);

    RingPageForm form_;
    std::vector<std::byte> bytes_;
};

}  // namespace kstrax::test
