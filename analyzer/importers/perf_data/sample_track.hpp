// SPDX-License-Identifier: GPL-2.0-or-later
// Samples of perf as events of the CPUs that they were taken on. perf writes the CPUs' rings into one file, some of each
// at a time: here each CPU gets its pieces back.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "analyzer/base/finding.hpp"
#include "analyzer/importers/ftrace/event_table.hpp"
#include "analyzer/importers/perf_data/sample_form.hpp"
#include "analyzer/recording/event.hpp"

namespace kstrax {

/// Records of one CPU; between them, such as are of no CPU.
struct PerfRing {
    std::vector<Bytes> pieces;
    std::uint64_t positions = 0;  ///< samples, and those that were lost between them
};

struct PerfRings {
    std::map<CpuId, PerfRing> of_cpu;
    std::uint64_t samples = 0;
    std::uint64_t lost = 0;               ///< as records between samples say
    std::uint64_t lost_in_all = 0;        ///< as is said at the end; 0: nobody counted
    std::uint64_t without_cpu = 0;        ///< samples that do not tell their CPU: left out
    std::uint64_t lost_without_cpu = 0;   ///< the same of lost ones
    std::map<Tid, std::string> commands;  ///< the last of each thread; bytes from the file
    Findings damage;
};

/// Sorts records by CPU. `from`: what they are of, in messages.
void add_records(Bytes records, const PerfSampleForms& forms, std::string_view from, PerfRings& rings);

/// What the events of a file are made of; shared by its tracks.
struct PerfParts {
    PerfSampleForms forms;
    std::unique_ptr<EventTable> types;
    std::shared_ptr<const void> bytes;  ///< that the pieces are of
};

class PerfTrack final : public EventSource {
  public:
    PerfTrack(std::shared_ptr<const PerfParts> parts, std::vector<Bytes> pieces)
        : parts_(std::move(parts)), pieces_(std::move(pieces)) {}
    [[nodiscard]] std::unique_ptr<EventCursor> open() const override;

  private:
    class Cursor;
    std::shared_ptr<const PerfParts> parts_;
    std::vector<Bytes> pieces_;
};

}  // namespace kstrax
