// SPDX-License-Identifier: GPL-2.0-or-later
// An output that waits until something else is done.
#pragma once

#include <cstdio>
#include <memory>

#include "analyzer/base/output.hpp"

namespace kstrax {

/// Keeps what is written in a file without a name.
class HeldOutput final : public Output {
  public:
    HeldOutput() : file_(std::tmpfile()) {}

    Result<void> write(std::string_view bytes) override;
    /// Writes all of it there.
    [[nodiscard]] Result<void> pass_on(Output& output);

  private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    std::unique_ptr<std::FILE, Close> file_;
    Result<void> status_;
};

}  // namespace kstrax
