// SPDX-License-Identifier: GPL-2.0-or-later
// What reading each CPU's ring once shows of it, for those who need the figures before the records.
#pragma once

#include <vector>

#include "analyzer/trace/record_reader.hpp"

namespace kstrax {

/// Reads all slots of all CPUs, in parallel. The result has a row for each missing CPU, too.
[[nodiscard]] std::vector<CpuTrust> survey(const Recording& recording);

/// The same, made when it is first asked for, and once. The recording must outlive it.
class Survey {
  public:
    explicit Survey(const Recording& recording) : recording_(recording) {}

    [[nodiscard]] const std::vector<CpuTrust>& cpus() {
        if (!made_) {
            cpus_ = survey(recording_);
            made_ = true;
        }
        return cpus_;
    }
    /// The time of the oldest record; 0 if there is none.
    [[nodiscard]] Nanos first();
    /// The moment at which the recording ends: the panic, else its last record.
    [[nodiscard]] Nanos end();

  private:
    const Recording& recording_;
    bool made_ = false;
    std::vector<CpuTrust> cpus_;
};

}  // namespace kstrax
