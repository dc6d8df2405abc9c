// SPDX-License-Identifier: GPL-2.0-or-later
// Entries and exits joined to calls. What cannot be joined is not dropped: its
// call says why.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analyzer/trace/call_names.hpp"
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
    // Of threads of which no record tells, only a witness:
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

/// No exit of it is there, and it may be in flight when the recording ends.
[[nodiscard]] constexpr bool is_open(CallState state) {
    return state == CallState::InFlight || state == CallState::MayHaveEnded || state == CallState::ExitNotRecorded;
}

/// Of what goes on when the recording ends.
[[nodiscard]] constexpr bool lasts_to_the_end(CallState state) {
    return is_open(state) || state >= CallState::Returning;
}

/// In the order of the enum.
[[nodiscard]] std::span<const CallStateInfo> call_states();
[[nodiscard]] const CallStateInfo& describe(CallState state);

/// Of a call without records: the CPU that it entered on is not known.
inline constexpr CpuId kNoCpu = ~CpuId{0};

struct Call {
    CallState state = CallState::Complete;
    bool has_entry = false;
    bool has_exit = false;
    bool has_path = false;
    bool path_cut = false;
    Tid tid = 0;  ///< that entered; where no entry is there, that left
    Tid tgid = 0;
    std::uint64_t next_position = 0;  ///< in the ring it entered on, behind the entry; valid with has_entry
    CpuId cpu = 0;                    ///< it entered on; where no entry is there, it left on
    bool by_registers = false;        ///< no record tells of it: it is what its task's registers say
    std::uint16_t abi = 0;
    std::uint16_t nr = 0;
    Nanos start = 0;  ///< valid with has_entry
    Nanos end = 0;    ///< valid with has_exit
    std::uint64_t args[kMostArgs] = {};
    std::uint64_t ret = 0;  ///< as recorded: a word of the machine; valid with has_exit
    std::string path;
};

/// How long it took; of a call in flight, up to `now`. None without its entry, or where its exit is lost.
[[nodiscard]] std::optional<Nanos> duration_of(const Call& call, Nanos now);

/// Valid during the call only.
using CallSink = std::function<void(const Call&)>;

/// What records in the wrong order show of the clocks of two CPUs.
struct Skew {
    std::uint64_t records = 0;  ///< put right
    Nanos most = 0;             ///< by so much they differ at least
};

/// Takes records in the order of MergedRecords; gives calls in the order in
/// which their fate is known: at the exit, at the entry that shows an exit to
/// be lost, at once for exit and its like, and in the end what has ended without an exit and then what is
/// in flight, both by start. Memory grows with the number of threads and of open calls only.
class Pairer {
  public:
    /// `panicked`: the thread that panicked, 0 if unknown. Its exit is in flight
    /// (as when init is killed); any other thread's is taken to be over, unless the witness says
    /// that the thread is still there. `only`: what was recorded at the end; null: everything, or
    /// not known. `ahead`: where the records come from, to find one that stands behind its turn;
    /// null: their order is right. `witness`: null if there is none.
    Pairer(const CallNames& names, Tid panicked, CallSink sink, const RecordedOnly* only = nullptr,
           RecordsAhead* ahead = nullptr, const Witness* witness = nullptr)
        : names_(names), panicked_(panicked), only_(only), ahead_(ahead), sink_(std::move(sink)), witness_(witness) {}

    /// `loss`: MergedRecords::loss() with this record, whose life ends here.
    void feed(const Record& record, Loss loss);
    /// `loss`: MergedRecords::loss() behind the last record. To be called before finish().
    void feed_end(Loss loss);
    [[nodiscard]] const Skew& skew() const { return skew_; }
    /// The end of the recording: what is open now is in flight, if its exit would be there.
    void finish();

  private:
    static constexpr std::uint32_t kNone = ~0U;
    struct Thread {
        std::uint64_t seen = 0;      // number of the last record of this thread
        std::uint32_t open = kNone;  // index into calls_
    };

    void note(Loss loss);
    void take(const Record& record, Thread& thread);
    [[nodiscard]] bool at_odds(const Record& record, Thread& thread);
    void take_behind_another(const Record& record, Thread& thread);
    [[nodiscard]] CallState state_at_end(const Call& call, const Thread& thread) const;
    [[nodiscard]] CallState by_records(const Call& call, const Thread& thread) const;
    [[nodiscard]] Thread& thread_of(const Record& record);
    void enter(const Record& record, Thread& thread);
    void leave(const Record& record, Thread& thread);
    void abandon(Thread& thread);
    void complete(Thread& thread, const Record& record);
    [[nodiscard]] bool uncertain(const Thread& thread, const Record& exit) const;
    Call& close(Thread& thread);
    void leave_alone(const Record& record, CallState state);
    [[nodiscard]] bool answers(const Call& call, const Record& record) const;
    [[nodiscard]] bool is_answer(const Record& entry, const Record& exit) const;
    [[nodiscard]] bool answers(std::uint16_t nr, std::uint16_t abi, const Entry& exit) const;
    [[nodiscard]] CallState why_no_entry(const Record& record, const Thread& thread) const;
    [[nodiscard]] bool lasts(const Call& exit_call) const;
    [[nodiscard]] Thread* execing_sibling(const Record& record);

    const CallNames& names_;
    Tid panicked_;
    const RecordedOnly* only_;
    RecordsAhead* ahead_;
    CallSink sink_;
    const Witness* witness_;
    std::unordered_map<Tid, Thread> threads_;
    // Threads that records were of lately, for which threads_ is not asked.
    struct Recent {
        Tid tid = 0;
        Thread* thread = nullptr;
    };
    static constexpr std::size_t kRecent = 256;
    std::array<Recent, kRecent> recent_;  // by tid modulo their number
    // Threads in execve that do not lead their process: process and number of the entry → thread.
    std::map<std::pair<Tid, std::uint64_t>, Tid> execing_;
    std::vector<Call> calls_;  // open ones, and free places
    std::vector<std::uint32_t> free_;
    std::uint64_t number_ = 0;  // of the record being fed, from 1
    std::uint64_t overwritten_at_ = 0;
    std::uint64_t damaged_at_ = 0;
    std::uint64_t missing_at_ = 0;
    Skew skew_;
};

}  // namespace kstrax
