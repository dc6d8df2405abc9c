// SPDX-License-Identifier: GPL-2.0-or-later
// From slots to records: an entry or an exit, with the file name that follows it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/recording/flaws.hpp"
#include "analyzer/recording/recording.hpp"

namespace kstrax {

/// By RecordKind.
inline constexpr std::array<std::string_view, 4> kKindNames{"", "entry", "exit", "path"};

/// How far a CPU's ring can be trusted. All but the times count slots, save
/// `gaps` (places where something is missing) and `lost` (by cause, as recorded).
struct CpuTrust {
    CpuId cpu = 0;
    std::uint64_t head = 0;
    std::uint64_t entries = 0;      ///< whole slots that were read
    std::uint64_t calls = 0;        ///< those of them that begin a call
    std::uint64_t overwritten = 0;  ///< replaced by newer ones, as a ring does
    std::uint64_t unreadable = 0;   ///< in pages or file parts that are missing
    std::uint64_t torn = 0;         ///< serial is not what the place demands
    bool newest_torn = false;       ///< among torn: the CPU stopped while it wrote its last record
    std::uint64_t invalid = 0;      ///< serial right, but what it says cannot be
    FlawCounts flaws{};             ///< of these
    std::uint64_t suspect = 0;      ///< read, but their checksum is wrong
    std::uint64_t gaps = 0;         ///< unreadable stretches
    std::optional<Nanos> first_time;
    std::optional<Nanos> last_time;
    LossCounts lost{};
    bool absent = false;  ///< nothing of it can be read, and nothing of the above is known

    /// Slots that are not there.
    [[nodiscard]] std::uint64_t missing() const { return overwritten + unreadable + torn + invalid; }
    /// Something is missing that a ring at work does not lose.
    [[nodiscard]] bool damaged() const { return unreadable + invalid + suspect > 0 || torn > (newest_torn ? 1 : 0); }
};

/// Puts rows of CPUs of which nothing can be read among the others.
void add_missing(std::vector<CpuTrust>& cpus, std::span<const CpuId> missing);

/// Reads one CPU's records in order, by a cursor of its own. The track must outlive the reader.
class RecordReader {
  public:
    RecordReader(const Recording& recording, const CpuTrack& track);

    /// Fills `record` (its buffers are reused) or answers false at the end.
    bool next(Record& record);

    /// What is missing behind the last record; known once next() has answered false.
    [[nodiscard]] Loss loss_at_end() const { return loss_; }

    /// What has been seen so far; complete once next() has answered false.
    [[nodiscard]] const CpuTrust& trust() const { return trust_; }

  private:
    struct Slot {
        Entry entry{};
        std::uint64_t position = 0;
        Bytes bytes;
    };
    bool next_slot();
    void next_record(Record& record);
    [[nodiscard]] bool in_time(const Record& record);
    [[nodiscard]] bool is_nameless(const Record& record) const;
    void leave_out(const Record& record, Flaw flaw);
    bool next_event(Record& record);
    void append_path(Record& record, const Slot& slot) const;

    const Layout& layout_;
    std::uint64_t entry_size_;
    const CpuTrack& track_;
    std::unique_ptr<SlotCursor> slots_;
    std::unique_ptr<EventCursor> events_;  // in their place
    SlotRun run_;
    std::uint64_t in_run_ = 0;  // slots of run_ already taken
    EntryDecoder decode_;
    SlotRules rules_;
    RecordTimes times_;
    Slot ahead_;
    bool there_ = false;      // ahead_ holds a slot
    bool begins_ = true;      // nothing was read before the next record, or the ring has grown since
    std::uint64_t expected_;  // position of the next event
    Loss loss_;               // between the last slot and ahead_
    CpuTrust trust_;
};

}  // namespace kstrax
