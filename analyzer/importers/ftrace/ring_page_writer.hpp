// SPDX-License-Identifier: GPL-2.0-or-later
// Makes pages as RingPage reads them.
#pragma once

#include <cstdint>
#include <vector>

#include "analyzer/importers/ftrace/ring_page.hpp"

namespace kstrax {

class RingPageWriter {
  public:
    /// `page_size`: bytes, more than the header of a page.
    RingPageWriter(const RingPageForm& form, std::uint32_t page_size);

    /// How many events are missing before the first one that will be added; 0: their number is not known. Only of an empty
    /// page.
    void set_missed(std::uint64_t count);
    /// False: there is no room for it, or it is older than the one before. An empty page takes any that largest() allows.
    [[nodiscard]] bool add(std::uint64_t time, Bytes data);
    /// Bytes of data that any page has room for.
    [[nodiscard]] std::size_t largest() const;

    [[nodiscard]] bool empty() const { return at_ == form_.header_size(); }
    /// All of the page. The next event begins another one.
    [[nodiscard]] Bytes take();

  private:
    void put(std::size_t at, std::uint64_t value, std::size_t size);
    void put_head(std::uint32_t kind, std::uint64_t delta);

    RingPageForm form_;
    std::vector<std::byte> page_;
    std::size_t at_;          // of the next event
    std::uint64_t time_ = 0;  // of the last one
    bool missed_ = false;
    std::uint64_t missed_count_ = 0;
};

}  // namespace kstrax
