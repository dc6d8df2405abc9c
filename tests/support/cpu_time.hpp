// SPDX-License-Identifier: GPL-2.0-or-later
// How much work was done, however busy the machine: bounds for what hostile
// input may cost, not measurements.
#pragma once

#include <ctime>

namespace kstrax::test {

class CpuTime {
  public:
    /// Seconds of this process's CPU time since this was made.
    [[nodiscard]] double seconds() const { return static_cast<double>(std::clock() - begun_) / CLOCKS_PER_SEC; }

  private:
    std::clock_t begun_ = std::clock();
};

}  // namespace kstrax::test
