// SPDX-License-Identifier: GPL-2.0-or-later
// Where a report goes: a file, standard output, or what a host program prints through.
#pragma once

#include <string_view>

#include "analyzer/base/result.hpp"

namespace kstrax {

class Output {
  public:
    virtual ~Output() = default;

    /// Once writing has failed, further writes do nothing and fail the same way.
    virtual Result<void> write(std::string_view bytes) = 0;
};

}  // namespace kstrax
