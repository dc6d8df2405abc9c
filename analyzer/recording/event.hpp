// SPDX-License-Identifier: GPL-2.0-or-later
// Events: what a recording is made of, in the order of a CPU. Those of the recorder are slots of a
// layout, which a RecordReader decodes; an importer of anything else gives them as they are.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "analyzer/base/bytes.hpp"
#include "analyzer/base/types.hpp"
#include "analyzer/recording/trace_events.hpp"
#include "formats/layout.hpp"

namespace kstrax {

enum class EventRole : std::uint8_t {
    Begin,         ///< of a span of its family
    End,           ///< of the thread's newest span with its name and its key
    Instant,       ///< it lasts no time
    Continuation,  ///< more of the event before it
};

/// A kind of event: a row of a table that its importer has.
struct EventType {
    std::string_view name;  ///< "sched_switch"
    EventRole role = EventRole::Instant;
    std::string_view family;  ///< "sched"
    /// Of Begin and End: what they are begin and end of, within their family: "irq_handler".
    std::string_view span = {};
    /// Of Begin and End: places in `fields` of what is alike in both, and of how many such spans this one is within; -1: none.
    std::int8_t key = -1, level = -1;
    /// Of End: places of the two times between which it lasted, by a clock that may be another than the events'; -1: none.
    std::int8_t from = -1, to = -1;
    /// Of the values in Entry::args, in their order; at most kMostArgs.
    std::span<const std::string_view> fields;
    /// Of a trace's events: all fields that its data has, and how numbers are written there.
    std::span<const TraceField> data_fields = {};
    std::endian order = std::endian::little;
    bool ends_thread = false;  ///< there is nothing of it behind this
};

/// System calls: spans of which the Pairer knows states and reasons.
inline constexpr std::string_view kSyscalls = "syscalls";

/// What is missing just before an event on its CPU.
struct Loss {
    bool overwritten = false;
    bool damaged = false;       ///< unreadable, torn or invalid slots, or all of a CPU
    bool missing = false;       ///< damaged, and by more than the record that a CPU was writing when it stopped
    bool a_ring_ended = false;  ///< a CPU that had records has no more, which is no loss if the machine had stopped
    [[nodiscard]] bool any() const { return overwritten || damaged; }
};

/// One event: entry or exit of a system call; the rest of a file name whose record is overwritten; or,
/// by entry.kind == kKindOther, an event of any other type.
struct Record {
    Entry entry{};  ///< of other events: time, pid (the thread), tgid, args (the values), and what mark_other() sets
    const EventType* type = nullptr;  ///< of other events
    CpuId cpu = 0;
    std::uint64_t position = 0;       ///< in its track, from 0; the serial is position + 1
    std::uint64_t next_position = 0;  ///< of what follows it and its file name
    Loss loss_before;
    bool has_path = false;
    bool path_cut = false;  ///< the name goes on, but what follows is lost
    std::string path;       ///< bytes as recorded: escape before showing
    /// Of a trace's events: all of it as recorded, until the next one of its CPU is read. Empty: a recorder of another kind.
    Bytes data;
    /// Of a recording in text: the arguments, or what an event says, as they stand there. Bytes of the input, which stay.
    std::string_view told;
    /// The name was read when the call had ended: meanwhile its process could write another there.
    [[nodiscard]] bool path_late() const { return has_path && entry.kind == kKindExit; }

    /// Makes it one that is of no system call.
    void mark_other(const EventType& other) {
        type = &other;
        entry.kind = kKindOther;
        entry.abi = kNoAbi;
        entry.nr = kNrNone;
    }
};

/// What an event is.
[[nodiscard]] const EventType& type_of(const Record& record);

/// Reads the events of one CPU once, oldest first, for one reader on one thread.
class EventCursor {
  public:
    virtual ~EventCursor() = default;
    /// Fills in all of `record` but its cpu; false at the end, and then only loss_before and position are filled in. A
    /// position that is not the one before it and one more leaves out what cannot be read.
    virtual bool next(Record& record) = 0;
};

/// One CPU's events, where they are no slots.
class EventSource {
  public:
    virtual ~EventSource() = default;
    /// A cursor at the oldest event. There may be any number, on any threads, none of which moves
    /// another. The source must outlive it.
    [[nodiscard]] virtual std::unique_ptr<EventCursor> open() const = 0;
};

}  // namespace kstrax
