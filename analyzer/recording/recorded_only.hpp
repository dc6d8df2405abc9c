// SPDX-License-Identifier: GPL-2.0-or-later
// What the recorder was told to record, as it stood when the recording ended. Not to be mixed
// up with the filters of a report, which choose among what was recorded.
#pragma once

#include <optional>
#include <string>

#include "analyzer/base/types.hpp"
#include "analyzer/recording/call_set.hpp"

namespace kstrax {

class RecordedOnly {
  public:
    /// `process`: the one that was recorded; none: all were. `version`: 1 + how often it was told something else since
    /// recording began; 0: not known.
    RecordedOnly(std::optional<Tid> process, const CallSet& calls, std::uint32_t version = 0)
        : process_(process), calls_(calls), version_(version) {}

    /// No process and no call was left out.
    [[nodiscard]] bool everything() const { return !process_ && calls_.all(); }
    [[nodiscard]] std::uint32_t version() const { return version_; }
    /// It is known to have been the same since recording began: then nothing was left out.
    [[nodiscard]] bool never_changed() const { return version_ == 1; }
    [[nodiscard]] std::optional<Tid> process() const { return process_; }
    [[nodiscard]] const CallSet& call_set() const { return calls_; }
    /// "ALL", or kinds and names of calls, of these not more than fit a line.
    [[nodiscard]] std::string calls() const;
    /// "process 123; calls: FILE". Precondition: !everything().
    [[nodiscard]] std::string describe() const;

    /// Would the exit of such a call have been recorded at the end? `tgid`: 0 where it is not known.
    [[nodiscard]] bool lets_pass(Tid tid, Tid tgid, std::uint16_t abi, std::uint16_t nr) const;

  private:
    std::optional<Tid> process_;
    CallSet calls_;
    std::uint32_t version_;
};

}  // namespace kstrax
