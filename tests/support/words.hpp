// SPDX-License-Identifier: GPL-2.0-or-later
// The words of a line of a script. Double quotes hold blanks and the escapes
// \n \t \" \\ and \xHH; # begins a comment.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kstrax::test {

/// All of these throw std::runtime_error on what they do not understand.
class Words {
  public:
    explicit Words(std::string_view line);

    [[nodiscard]] bool at_end() const { return at_ == words_.size(); }
    /// Empty at the end.
    [[nodiscard]] std::string_view peek() const { return at_end() ? std::string_view() : words_[at_]; }
    /// The next word's part before "="; empty if it has none.
    [[nodiscard]] std::string_view key() const {
        return peek().substr(0, peek().find('=') + 1 == 0 ? 0 : peek().find('='));
    }
    std::string next();
    std::uint64_t number();
    /// The part behind "KEY=" of the next word.
    std::string value_of(std::string_view key);

  private:
    std::vector<std::string> words_;
    std::size_t at_ = 0;
};

/// Decimal or 0x…; a leading minus is the two's complement.
[[nodiscard]] std::uint64_t parse_number(std::string_view text);
[[nodiscard]] std::vector<std::string> split(std::string_view text, char separator);

}  // namespace kstrax::test
