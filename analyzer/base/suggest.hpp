// SPDX-License-Identifier: GPL-2.0-or-later
// What the user may have meant by a word that means nothing.
#pragma once

#include <string>
#include <string_view>

namespace kstrax {

/// How many letters must be put in, taken out, changed or swapped with their neighbour
/// to make one word the other; upper and lower case are the same.
[[nodiscard]] std::size_t edit_distance(std::string_view a, std::string_view b);

/// Takes candidates and keeps the nearest; of equally near ones the first.
class Nearest {
  public:
    explicit Nearest(std::string_view wanted);
    void offer(std::string_view candidate);
    /// "; did you mean 'openat'?", or nothing where no candidate is near.
    [[nodiscard]] std::string question() const;

  private:
    std::string wanted_;
    std::string best_;
    std::size_t distance_;  // a candidate must be nearer than this
};

}  // namespace kstrax
