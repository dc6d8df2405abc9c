// SPDX-License-Identifier: GPL-2.0-or-later
// What the recorder was told to record, as it stood when the recording ended. Not to be mixed
// up with the filters of a report, which choose among what was recorded.
#pragma once

#include <optional>
#include <string>

#include "analyzer/base/types.hpp"
#include "formats/kstrax_abi.h"

namespace kstrax {

class RecordedOnly {
  public:
    /// Precondition: !implausible(filter). audit_arch: of the recording kernel.
    RecordedOnly(const kstrax_filter& filter, std::uint32_t audit_arch) : filter_(filter), audit_arch_(audit_arch) {}

    /// As the recorder had it.
    [[nodiscard]] const kstrax_filter& filter() const { return filter_; }

    /// No process and no call was left out.
    [[nodiscard]] bool everything() const;
    /// The one process that was recorded; none: all were.
    [[nodiscard]] std::optional<Tid> process() const;
    /// "ALL", or kinds and names of calls, of these not more than fit a line.
    [[nodiscard]] std::string calls() const;
    /// "process 123; calls: FILE". Precondition: !everything().
    [[nodiscard]] std::string describe() const;

    /// Would the exit of such a call have been recorded at the end? `tgid`: 0 where it is not known.
    [[nodiscard]] bool lets_pass(Tid tid, Tid tgid, std::uint16_t abi, std::uint16_t nr) const;

  private:
    [[nodiscard]] bool all_calls() const;

    kstrax_filter filter_;
    std::uint32_t audit_arch_;
};

/// A recorder stores no such filter: what is wrong with it, if anything.
[[nodiscard]] std::optional<std::string> implausible(const kstrax_filter& filter);

}  // namespace kstrax
