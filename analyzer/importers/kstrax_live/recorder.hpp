// SPDX-License-Identifier: GPL-2.0-or-later
// Copies the rings to buffer files as long as recording and the user want.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/importers/kstrax_live/live_device.hpp"

namespace kstrax {

struct CopyRequest {
    std::string name;                  ///< files NAME_CPU are made; none may exist
    std::uint64_t buffer_entries = 0;  ///< copied at a time
    bool keep = false;                 ///< the rings are not cleared: the next copy begins where this one did
    /// Waits so long, or until the user wants an end: true.
    std::function<bool(std::chrono::milliseconds)> wait;
};

/// A CPU's account: start + copied + overwritten + not_written + not_kept = written.
struct CpuAccount {
    CpuId cpu = 0;
    std::uint64_t written = 0;      ///< records since loading, when the copy ended
    std::uint64_t start = 0;        ///< taken by earlier copies
    std::uint64_t copied = 0;       ///< in the file
    std::uint64_t overwritten = 0;  ///< replaced before they were copied
    std::uint64_t not_written = 0;  ///< the disk was full
    std::uint64_t not_kept = 0;     ///< there was no memory for the CPU's ring
    std::uint64_t names_cut = 0;    ///< file names cut off since loading
};

struct CopyAccount {
    std::vector<CpuAccount> cpus;
    std::optional<Error> trouble;  ///< why it ended before it was asked to
};

/// A CPU that comes meanwhile gets its file then.
/// Ends when wait() says so, or a file cannot be written; the files then have their
/// end marks. Fails where it could not begin: no file is left then.
[[nodiscard]] Result<CopyAccount> copy_rings(LiveDevice& device, const CopyRequest& request);

}  // namespace kstrax
