// SPDX-License-Identifier: GPL-2.0-or-later
// Records of our own recorder as events of the kernel's tracing: raw_syscalls as every kernel has them, with the ABI and the
// process behind, and file names as events of their own.
#pragma once

#include <vector>

#include "analyzer/importers/ftrace/ring_page.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

class CallEvents {
  public:
    explicit CallEvents(const Recording& recording);

    [[nodiscard]] const TraceDescription& description() const { return description_; }

    /// A call's entry or exit; empty: the record is none. Valid until the next one.
    [[nodiscard]] Bytes call(const Record& record);
    /// Its file name; empty: it has none. Valid until the next one.
    [[nodiscard]] Bytes path(const Record& record);

  private:
    void begin(std::uint16_t id, const Record& record);
    void put(std::uint64_t value, std::size_t size);

    TraceDescription description_;
    std::size_t word_;
    std::size_t arg_count_;
    std::uint64_t other_table_ = 0;
    std::vector<std::byte> event_;
};

}  // namespace kstrax
