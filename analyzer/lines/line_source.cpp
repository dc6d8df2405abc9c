// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/lines/line_source.hpp"

#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace kstrax {

/// Makes room and reads more; false at the end of the text.
Result<bool> LineSource::fill() {
    std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
    ssize_t got = 0;
    do {
        got = ::read(fd_, buffer_.data() + end_, buffer_.size() - end_);
    } while (got < 0 && errno == EINTR);
    if (got < 0) return Error{ErrorCode::Io, std::string("cannot read: ") + std::strerror(errno)};
    end_ += static_cast<std::size_t>(got);
    return got > 0;
}

Result<void> LineSource::skip_line() {
    while (skipping_) {
        const std::string_view rest(buffer_.data() + begin_, end_ - begin_);
        const std::size_t newline = rest.find('\n');
        skipping_ = newline == rest.npos;
        begin_ = skipping_ ? end_ : begin_ + newline + 1;
        if (!skipping_) break;
        const auto more = fill();
        if (!more) return more.error();
        skipping_ = *more;
    }
    return {};
}

Result<std::optional<LineSource::Line>> LineSource::next() {
    if (const auto skipped = skip_line(); !skipped) return skipped.error();
    std::size_t searched = 0;
    for (;;) {
        const std::string_view rest(buffer_.data() + begin_, end_ - begin_);
        const std::size_t newline = rest.find('\n', searched);
        if (newline != rest.npos && newline <= kLongest) {
            begin_ += newline + 1;
            ++number_;
            return std::optional(Line{rest.substr(0, newline), true});
        }
        if (rest.size() > kLongest) {
            skipping_ = true;
            ++number_;
            return std::optional(Line{rest.substr(0, kLongest), false});
        }
        searched = rest.size();
        const auto more = fill();
        if (!more) return more.error();
        if (*more) continue;
        if (end_ == begin_) return std::optional<Line>();
        const std::string_view last(buffer_.data() + begin_, end_ - begin_);
        begin_ = end_;
        ++number_;
        return std::optional(Line{last, false});
    }
}

}  // namespace kstrax
