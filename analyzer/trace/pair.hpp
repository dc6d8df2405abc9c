// SPDX-License-Identifier: GPL-2.0-or-later
// Joins entries and exits to calls. Drops nothing: a call that lacks its entry or its
// exit says why.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/trace/call_names.hpp"
#include "analyzer/trace/contradictions.hpp"
#include "analyzer/trace/open_calls.hpp"
#include "analyzer/trace/records_ahead.hpp"
#include "analyzer/trace/witness.hpp"

namespace kstrax {

enum class CallState : std::uint8_t {
    Complete,
    Uncertain,
    InFlight,
    MayHaveEnded,
    ExitNotRecorded,
    NoReturn,
    ExitLost,
    EntryOverwritten,
    EntryLost,
    EntryNotRecorded,
    ChildReturn,
    // Known from a witness only, not from records:
    Returning,
    NoCall,
    UnknownCall,
};

struct CallStateInfo {
    CallState state;
    std::string_view name;  ///< in JSONL and CSV
    std::string_view text;  ///< behind the call in text reports
    std::string_view meaning;
};

/// The call has no exit and may be in flight when the recording ends.
[[nodiscard]] constexpr bool is_open(CallState state) {
    return state == CallState::InFlight || state == CallState::MayHaveEnded || state == CallState::ExitNotRecorded;
}

/// The call, or the task without a known call, exists when the recording ends.
[[nodiscard]] constexpr bool lasts_to_the_end(CallState state) {
    return is_open(state) || state >= CallState::Returning;
}

/// In the order of the enum.
[[nodiscard]] std::span<const CallStateInfo> call_states();
[[nodiscard]] const CallStateInfo& describe(CallState state);

/// Who tells of a call.
enum class CallSource : std::uint8_t {
    Ring,  ///< records
    Task,  ///< the registers of its task; or the task alone, which is in no call that is known
    Both,  ///< records, and at the end the registers agree
};
/// In the order of the enum.
inline constexpr std::array<std::string_view, 3> kCallSources{"ring", "task", "both"};

/// The CPU of a call that no record tells of: it is not known.
inline constexpr CpuId kNoCpu = ~CpuId{0};

struct Call {
    CallState state = CallState::Complete;
    bool has_entry = false;
    bool has_exit = false;
    bool has_path = false;
    bool path_cut = false;
    bool path_late = false;  ///< read at its exit: see Record::path_late()
    Tid tid = 0;             ///< the thread that entered; without an entry, the thread that left
    Tid tgid = 0;
    std::uint64_t next_position = 0;  ///< behind the entry, in the ring of its CPU; valid with has_entry
    CpuId cpu = 0;                    ///< of the entry; without an entry, of the exit
    CallSource source = CallSource::Ring;
    std::uint16_t abi = 0;
    std::uint16_t nr = 0;
    Nanos start = 0;  ///< valid with has_entry
    Nanos end = 0;    ///< valid with has_exit
    std::uint64_t args[kMostArgs] = {};
    std::uint64_t ret = 0;  ///< as recorded: a word of the machine; valid with has_exit
    std::string path;
    std::string_view told, told_at_exit;  ///< its arguments in text, in two parts: see Record::told
};

/// The time that the call took; in flight, up to `now`. None if its entry or its exit is lost.
[[nodiscard]] std::optional<Nanos> duration_of(const Call& call, Nanos now);

/// The call is valid only until the sink returns.
using CallSink = std::function<void(const Call&)>;

/// The difference of two CPUs' clocks, as far as records in the wrong order show it.
struct Skew {
    std::uint64_t records = 0;  ///< put into the right order
    Nanos most = 0;             ///< the greatest difference seen: a lower bound
};

/// Takes records in the order of MergedRecords. Gives each call when its fate is known: at its exit, at the entry
/// that shows the exit to be lost, or at once for exit and similar calls. At the end, it gives the calls that have
/// ended without an exit, then the calls in flight, both by start. Memory grows only with the number of threads
/// and open calls.
class Pairer {
  public:
    /// `panicked`: the thread that panicked, 0 if unknown. If this thread entered exit, the exit is in flight
    /// (as when init is killed). Any other thread that entered exit is taken to be gone, unless the witness
    /// says that it is still there. `only`: the filter of the recorder at the end; null: none, or not known.
    /// `ahead`: the source of the records, in which the pairer looks for a record that comes too late;
    /// null: the order is right. `witness`: null if there is none.
    Pairer(const CallNames& names, Tid panicked, CallSink sink, const RecordedOnly* only = nullptr,
           RecordsAhead* ahead = nullptr, const Witness* witness = nullptr)
        : names_(names), panicked_(panicked), only_(only), ahead_(ahead), sink_(std::move(sink)), witness_(witness) {}

    /// `loss`: MergedRecords::loss() at this record. The record need not live longer than this call.
    void feed(const Record& record, Loss loss);
    /// `loss`: MergedRecords::loss() behind the last record. Call this before finish().
    void feed_end(Loss loss);
    [[nodiscard]] const Skew& skew() const { return skew_; }
    /// Records are held against each other from here on.
    void compare(Comparable how_far) { comparable_ = how_far; }
    [[nodiscard]] const Contradictions& contradictions() const { return contradictions_; }
    /// The end of the recording. A call that is open now is in flight, if its exit would have been recorded.
    void finish();

  private:
    using Thread = KnownThread;

    void note(Loss loss);
    void take(const Record& record, Thread& thread);
    [[nodiscard]] bool nothing_lost_since(const Thread& thread) const;
    [[nodiscard]] std::optional<Contradiction> contradiction(const Record& record, const Thread& thread) const;
    [[nodiscard]] bool at_odds(const Record& record, Thread& thread);
    void take_behind_another(const Record& record, Thread& thread);
    [[nodiscard]] CallState state_at_end(const OpenCall& call, const Thread& thread) const;
    [[nodiscard]] bool seen_inside(const OpenCall& call) const;
    [[nodiscard]] CallState by_records(const OpenCall& call, const Thread& thread) const;
    [[nodiscard]] Thread& thread_of(const Record& record);
    void enter(const Record& record, Thread& thread);
    void end(const Record& record);
    void leave(const Record& record, Thread& thread);
    void abandon(Thread& thread);
    void complete(Thread& thread, const Record& record);
    [[nodiscard]] bool uncertain(const Thread& thread, const Record& exit) const;
    Call& close(Thread& thread);
    [[nodiscard]] Call& shown(OpenCall& open);
    void leave_alone(const Record& record, CallState state);
    [[nodiscard]] bool answers(const OpenCall& call, const Record& record) const;
    [[nodiscard]] bool is_answer(const Record& entry, const Record& exit) const;
    [[nodiscard]] bool answers(std::uint16_t nr, std::uint16_t abi, const Entry& exit) const;
    [[nodiscard]] CallState why_no_entry(const Record& record, const Thread& thread) const;
    [[nodiscard]] bool lasts(const OpenCall& exit_call) const;
    [[nodiscard]] Thread* execing_sibling(const Record& record);

    const CallNames& names_;
    Tid panicked_;
    const RecordedOnly* only_;
    RecordsAhead* ahead_;
    CallSink sink_;
    const Witness* witness_;
    KnownThreads threads_;
    // Threads of the latest records, so that most records need no look into threads_.
    struct Recent {
        Tid tid = 0;
        Thread* thread = nullptr;
    };
    static constexpr std::size_t kRecent = 256;
    std::array<Recent, kRecent> recent_;  // by tid modulo their number
    // Threads in execve that are not the leader of their process: process and number of the entry → thread.
    std::map<std::pair<Tid, std::uint64_t>, Tid> execing_;
    OpenCalls calls_;
    Call shown_;                // the one that is on its way to the sink
    std::uint64_t number_ = 0;  // of the present record, from 1
    std::uint64_t overwritten_at_ = 0;
    std::uint64_t damaged_at_ = 0;
    std::uint64_t missing_at_ = 0;
    bool a_ring_ended_ = false;
    Skew skew_;
    Comparable comparable_ = Comparable::No;
    Contradictions contradictions_;
};

}  // namespace kstrax
