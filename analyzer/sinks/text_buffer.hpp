// SPDX-License-Identifier: GPL-2.0-or-later
// Text that grows. A report appends some twenty short pieces a line, millions of
// times: each is one comparison and one copy here, with no call in between.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace kstrax {

class TextBuffer {
  public:
    using value_type = char;  // for std::back_inserter

    [[nodiscard]] const char* data() const { return text_.get(); }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] std::string_view view() const { return {text_.get(), size_}; }

    /// Whoever reads it sees colours: it may have some in its text.
    [[nodiscard]] bool colored() const { return colored_; }
    void set_colored(bool colored) { colored_ = colored; }

    void clear() { size_ = 0; }
    void push_back(char c) {
        *room(1) = c;
        ++size_;
    }
    void append(std::string_view piece) {
        copy(room(piece.size()), piece.data(), piece.size());
        size_ += piece.size();
    }

    /// Room for `most` characters behind the text: written to, then counted by grow_by().
    [[nodiscard]] char* room(std::size_t most) {
        if (capacity_ - size_ < most) [[unlikely]]
            enlarge(most);
        return text_.get() + size_;
    }
    void grow_by(std::size_t written) { size_ += written; }

  private:
    /// Names and punctuation are short: for those a call would take longer than the copy.
    static void copy(char* to, const char* from, std::size_t size) {
        if (size > 16) {
            std::memcpy(to, from, size);
        } else if (size >= 8) {
            copy_ends<8>(to, from, size);
        } else if (size >= 4) {
            copy_ends<4>(to, from, size);
        } else if (size >= 2) {
            copy_ends<2>(to, from, size);
        } else if (size == 1) {
            *to = *from;
        }
    }
    /// The first and the last Part bytes, which may overlap.
    template <std::size_t Part>
    static void copy_ends(char* to, const char* from, std::size_t size) {
        std::memcpy(to, from, Part);
        std::memcpy(to + size - Part, from + size - Part, Part);
    }

    [[gnu::noinline]] void enlarge(std::size_t most) {
        const std::size_t capacity = (size_ + most) * 2;
        std::unique_ptr<char[]> larger(new char[capacity]);
        if (size_ > 0) std::memcpy(larger.get(), text_.get(), size_);
        text_ = std::move(larger);
        capacity_ = capacity;
    }

    std::unique_ptr<char[]> text_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
    bool colored_ = false;
};

}  // namespace kstrax
