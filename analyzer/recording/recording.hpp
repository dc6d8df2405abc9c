// SPDX-License-Identifier: GPL-2.0-or-later
// A recording as it was found, in memory or in files: the facts about it, and
// for each CPU the slots that can be read. What the slots say is decoded later.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/base/bytes.hpp"
#include "analyzer/base/finding.hpp"
#include "analyzer/base/types.hpp"
#include "analyzer/recording/clock_steps.hpp"
#include "analyzer/recording/event.hpp"
#include "analyzer/recording/facts.hpp"
#include "analyzer/recording/recorded_only.hpp"
#include "analyzer/recording/trace_events.hpp"
#include "formats/layout.hpp"

namespace kstrax {

/// Slots of successive positions, and what is missing before them.
struct SlotRun {
    std::uint64_t overwritten_before = 0;  ///< positions that newer records replaced
    std::uint64_t unreadable_before = 0;   ///< positions whose memory or file part is missing
    std::uint64_t first_position = 0;
    std::uint64_t count = 0;  ///< may be 0 in the last run: something is missing at the end
    bool suspect = false;     ///< the slots do not match the checksum that was stored with them
    Bytes slots;              ///< count slots of the recording's entry_size
};

/// Reads one CPU's slots once, oldest first, for one reader on one thread.
class SlotCursor {
  public:
    virtual ~SlotCursor() = default;
    /// The next run, valid until the following call; none when there are no more. Of a ring that
    /// has been extended since, it goes on with what is new.
    virtual std::optional<SlotRun> next() = 0;
};

/// One CPU's slots.
class SlotSource {
  public:
    virtual ~SlotSource() = default;
    /// A cursor at the oldest slot. There may be any number, on any threads, none of which moves
    /// another. The source must outlive it.
    [[nodiscard]] virtual std::unique_ptr<SlotCursor> open() const = 0;
    /// Of a ring that is still written to: how many records have been by now. None for any other.
    [[nodiscard]] virtual std::optional<std::uint64_t> written_now() const { return std::nullopt; }
};

/// One CPU of a recording.
struct CpuTrack {
    CpuId cpu = 0;
    std::uint64_t head = 0;   ///< records written since loading
    std::uint64_t first = 0;  ///< of events: those before this position are overwritten
    LossCounts lost{};
    std::unique_ptr<SlotSource> slots;    ///< of the recording's layout
    std::unique_ptr<EventSource> events;  ///< in their place, where an importer has no slots
};

struct Recording {
    RecordingFacts facts;
    const Layout* layout = nullptr;                 ///< also says what is known of a call where no track has slots
    std::shared_ptr<const TraceDescription> trace;  ///< null: records have no data
    bool abi_untold = false;   ///< calls have the native ABI in their records, whatever they were made by
    bool cpus_untold = false;  ///< all records are in one track: on which CPUs they were made nobody knows
    Ending end;
    ClockSteps clock;
    /// What the recorder was told to record, as it stood at the end; none where that is not known.
    std::optional<RecordedOnly> only;
    std::vector<CpuTrack> cpus;  ///< ascending
    /// CPUs that had a ring of which nothing is left to read, ascending; `findings` say why.
    std::vector<CpuId> missing;
    /// Names of threads, where the recording's file has them: bytes from it.
    std::map<Tid, std::string> commands;
    std::uint32_t without_ring = 0;  ///< CPUs that the kernel numbers, but that had no ring: they never ran

    /// How it was found and what proved it: a line each, the same for the same
    /// recording whatever kind of source it lies in.
    std::vector<std::string> provenance;
    /// What is known to be missing or wrong before a record is read.
    Findings findings;

    /// Clocks, host, panic and losses by cause are known: there was an anchor to say them.
    [[nodiscard]] bool described() const { return facts.instance_id != 0; }

    /// Some calls or processes are known to have been left out.
    [[nodiscard]] bool filtered() const { return only && !only->everything(); }

    /// Wall-clock nanoseconds since 1970 (UTC) of a recorded time. Precondition: described().
    [[nodiscard]] std::int64_t wall_ns(Nanos time) const {
        const ClockStep* step = clock.at(time);
        const std::int64_t offset = step != nullptr ? step->offset_ns : start_offset_ns();
        return static_cast<std::int64_t>(time + static_cast<std::uint64_t>(offset));
    }
    /// The wall clock's lead on the monotonic one when recording began.
    [[nodiscard]] std::int64_t start_offset_ns() const {
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(facts.start_realtime_ns) -
                                         static_cast<std::uint64_t>(facts.start_monotonic_ns));
    }
};

}  // namespace kstrax
