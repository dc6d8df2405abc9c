// SPDX-License-Identifier: GPL-2.0-or-later
// A page of the kernel's own trace rings, taken apart: its events, one after the other. The form is the same in memory and in
// whatever the kernel gives away.
// Source: kernel/trace/ring_buffer.c and include/linux/ring_buffer.h of Linux 5.10 to 7.3.
#pragma once

#include <bit>
#include <cstdint>
#include <optional>
#include <string_view>

#include "analyzer/base/bytes.hpp"
#include "analyzer/base/types.hpp"

namespace kstrax {

/// Of the machine that wrote it.
struct RingPageForm {
    std::endian order = std::endian::little;
    std::uint8_t word_size = 8;  ///< bytes

    /// Bytes before the events: the page's time, and how many bytes of events there are.
    [[nodiscard]] std::size_t header_size() const { return sizeof(std::uint64_t) + word_size; }
};

struct RingEvent {
    std::uint64_t time = 0;    ///< by the clock of its ring
    std::uint32_t offset = 0;  ///< from the first event of its page, in bytes
    Bytes data;                ///< what was recorded, with up to 3 bytes behind it
};

/// The bytes may be anything. `page` must outlive it.
class RingPage {
  public:
    RingPage(Bytes page, const RingPageForm& form);

    /// The next event, or false: behind the last one, or where the bytes make none, which damage() tells apart.
    [[nodiscard]] bool next(RingEvent& event);

    /// Events are missing before the first one: how many, or 0, where the page does not say. None: none are.
    [[nodiscard]] std::optional<std::uint64_t> missed() const { return missed_; }
    /// When its first event was written, or before.
    [[nodiscard]] std::uint64_t begun() const { return begun_; }
    /// Why the rest cannot be taken apart. Empty: nothing is wrong so far.
    [[nodiscard]] std::string_view damage() const { return damage_; }

  private:
    bool stop(std::string_view why);
    [[nodiscard]] std::uint32_t word(std::uint64_t offset) const;
    [[nodiscard]] std::uint64_t absolute(std::uint64_t stamp) const;

    Bytes events_;
    std::endian order_;
    std::optional<std::uint64_t> missed_;
    std::uint64_t begun_ = 0;
    std::uint64_t time_ = 0;
    std::uint64_t at_ = 0;  // of the next event, in events_
    std::string_view damage_;
};

}  // namespace kstrax
