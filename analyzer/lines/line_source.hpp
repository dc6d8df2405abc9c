// SPDX-License-Identifier: GPL-2.0-or-later
// A text, line by line, in memory that does not grow with it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "analyzer/base/result.hpp"

namespace kstrax {

class LineSource {
  public:
    /// More than any line of a report: a file name has 4096 bytes at most, each up to four when escaped.
    static constexpr std::size_t kLongest = 65536;

    struct Line {
        std::string_view text;  ///< without its newline; of one that is too long, its beginning
        bool whole = true;      ///< false: it is too long, or the text ends without a newline
    };

    /// Reads from the descriptor, which stays open and the caller's.
    explicit LineSource(int fd) : fd_(fd), buffer_(4 * kLongest) {}

    /// Valid until the next; none at the end.
    [[nodiscard]] Result<std::optional<Line>> next();
    [[nodiscard]] std::uint64_t number() const { return number_; }  ///< of the last line, from 1

  private:
    Result<bool> fill();
    Result<void> skip_line();

    int fd_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;  // of what is not yet given
    std::size_t end_ = 0;
    std::uint64_t number_ = 0;
    bool skipping_ = false;  // the rest of a line that is too long
};

}  // namespace kstrax
