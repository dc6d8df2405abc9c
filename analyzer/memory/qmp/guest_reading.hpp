// SPDX-License-Identifier: GPL-2.0-or-later
// What the owner of a guest's memory knows of the guest.
#pragma once

#include <cstdint>

#include "analyzer/base/result.hpp"

namespace kstrax {

enum class GuestReading : std::uint8_t {
    None,      ///< no guest
    Standing,  ///< it is stopped for the reading
    Running,   ///< it is not
};

class RunningGuest {
  public:
    virtual ~RunningGuest() = default;

    /// Whether it was stopped for us, and was not let go on yet.
    [[nodiscard]] virtual bool stands() const = 0;
    /// Lets it go on, if so. Nothing is read of it afterwards.
    [[nodiscard]] virtual Result<void> go_on() = 0;
};

}  // namespace kstrax
