// SPDX-License-Identifier: GPL-2.0-or-later
// What the bytes of a trace event mean, by its number: an entry into a system call, an exit, or an event with a name and numbers.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/importers/ftrace/trace_recording.hpp"
#include "analyzer/recording/event.hpp"
#include "analyzer/recording/trace_events.hpp"

namespace kstrax {

/// Of the events that are calls' entries and exits, whatever the call.
inline constexpr std::string_view kCallSystem = "raw_syscalls";

/// Of those that each are the entries or the exits of one call, in its name.
inline constexpr std::string_view kNamedCallSystem = "syscalls";

/// How the kernel writes what is in every event.
struct EventCommon {
    std::endian order = std::endian::little;
    std::uint32_t type_offset = 0;  ///< of its number, 2 bytes
    std::uint32_t pid_offset = 4;   ///< of the thread, 4 bytes
    std::uint8_t word_size = 8;
    std::uint64_t other_table = 0;  ///< bit of a call's number that chooses x32's table; 0: there is none
};

class EventTable {
  public:
    /// Of types with one number, the first is taken.
    EventTable(const std::vector<TraceEventType>& types, const EventCommon& common);

    EventTable(const EventTable&) = delete;  // its rows name texts of its own
    EventTable& operator=(const EventTable&) = delete;

    /// Of the kernel's own events: neither. Those that kstrax writes tell both.
    [[nodiscard]] TraceTells tells() const { return {.abi = tells_abi_ || named_calls_, .process = tells_abi_}; }

    /// The events of kNamedCallSystem are the calls from here on, and those of kCallSystem are events as others are: they
    /// tell of the same calls. Such events are of native calls only.
    void take_named_calls() { named_calls_ = true; }
    [[nodiscard]] bool takes_named_calls() const { return named_calls_; }

    /// Fills in entry and type of `record`. False: the bytes are too few for an event.
    [[nodiscard]] bool decode(Bytes data, std::uint64_t time, Record& record) const;

  private:
    enum class Meaning : std::uint8_t { Event, Enter, Exit };
    struct Place {
        std::uint32_t offset = 0;
        std::uint32_t size = 0;
        bool is_signed = false;
    };
    struct Row {
        EventType type;
        Meaning meaning = Meaning::Event;
        Meaning named = Meaning::Event;  // where calls are those that have events by name
        std::string name, family, span;
        std::vector<std::string> fields;
        std::vector<TraceField> data_fields;
        std::vector<std::string_view> field_names;
        std::vector<Place> places;
        std::vector<Place> call;  // of Enter: the number, then the arguments; of Exit: the number, then the result
        Place text;               // of Enter: where its file name is told; of no size: it has none
        Place abi, tgid;          // of a call; of no size: the kernel's own events have none
    };

    void add(const TraceEventType& type);
    static void add_role(Row& row);
    void add_call(const TraceEventType& type, Row& row);
    static void add_named_call(const TraceEventType& type, Row& row);
    [[nodiscard]] bool decode_call(const Row& row, Meaning meaning, Bytes data, Record& record) const;
    [[nodiscard]] std::uint64_t number(Bytes data, const Place& place) const;

    EventCommon common_;
    std::vector<std::unique_ptr<Row>> rows_;  // by number; null: no such type
    Row unknown_;
    bool tells_abi_ = false;
    bool named_calls_ = false;
};

}  // namespace kstrax
