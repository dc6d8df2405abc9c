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

    void clear() { size_ = 0; }
    void push_back(char c) {
        *room(1) = c;
        ++size_;
    }
    void append(std::string_view piece) {
        if (piece.empty()) return;
        std::memcpy(room(piece.size()), piece.data(), piece.size());
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
};

}  // namespace kstrax
