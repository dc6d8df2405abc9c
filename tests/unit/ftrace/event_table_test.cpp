// SPDX-License-Identifier: GPL-2.0-or-later
// Bytes of trace events, by the types that the kernel lists.
#include "analyzer/importers/ftrace/event_table.hpp"

#include <boost/test/unit_test.hpp>

#include "analyzer/importers/ftrace/named_calls.hpp"

using namespace kstrax;

namespace {

constexpr std::uint64_t kX32 = std::uint64_t{1} << 30;
constexpr EventCommon kCommon{.other_table = kX32};

std::vector<TraceEventType> types() {
    return {
        {.id = 300,
         .system = "sched",
         .name = "sched_switch",
         .fields = {{"prev_comm", "char[16]", 8, 16, false},
                    {"prev_pid", "pid_t", 24, 4, true},
                    {"name", "__data_loc char[]", 28, 4, false},
                    {"prev_state", "long", 32, 8, true},
                    {"flag", "unsigned char", 40, 1, false}}},
        {.id = 400,
         .system = "raw_syscalls",
         .name = "sys_enter",
         .fields = {{"id", "long", 8, 8, true}, {"args", "unsigned long[6]", 16, 48, false}}},
        {.id = 401,
         .system = "raw_syscalls",
         .name = "sys_exit",
         .fields = {{"id", "long", 8, 8, true}, {"ret", "long", 16, 8, true}}},
        {.id = 403,
         .system = "raw_syscalls",
         .name = "sys_odd",
         .fields = {{"id", "long", 8, 8, true}, {"more", "long", 16, 8, true}}},
        {.id = 402, .system = "raw_syscalls", .name = "sys_other", .fields = {{"id", "int", 8, 4, true}}},
    };
}

/// An event of that number, thread 77, and words behind what all events have.
std::vector<std::byte> bytes(std::uint16_t id, const std::vector<std::uint64_t>& words) {
    std::vector<std::byte> all(8 + 8 * words.size());
    const std::uint32_t pid = 77;
    std::memcpy(all.data(), &id, sizeof id);
    std::memcpy(all.data() + 4, &pid, sizeof pid);
    if (!words.empty()) std::memcpy(all.data() + 8, words.data(), 8 * words.size());
    return all;
}

Record decoded(const std::vector<std::byte>& data) {
    static const EventTable table(types(), kCommon);  // the record names its type
    Record record;
    record.has_path = true;
    BOOST_TEST(table.decode(data, 1234, record));
    return record;
}

/// "KIND ABI NUMBER: WORDS"
std::string call(std::uint16_t id, const std::vector<std::uint64_t>& words) {
    const Record record = decoded(bytes(id, words));
    BOOST_TEST(record.entry.time == 1234U);
    BOOST_TEST(record.entry.pid == 77U);
    BOOST_TEST(!record.has_path);
    std::string text = std::to_string(record.entry.kind) + " " + std::to_string(record.entry.abi) + " " +
                       std::to_string(record.entry.nr) + ":";
    for (const std::uint64_t arg : record.entry.args) text += " " + std::to_string(arg);
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(event_table)

BOOST_AUTO_TEST_CASE(entries_and_exits_are_calls) {
    BOOST_TEST(call(400, {257, 1, 2, 3, 4, 5, 6}) == "1 0 257: 1 2 3 4 5 6 0 0");
    BOOST_TEST(call(401, {257, 9}) == "2 0 257: 9 0 0 0 0 0 0 0");
    BOOST_TEST(call(401, {257, ~std::uint64_t{0}}) == "2 0 257: 18446744073709551615 0 0 0 0 0 0 0");
}

BOOST_AUTO_TEST_CASE(numbers_are_stored_as_the_recorder_stores_them) {
    BOOST_TEST(call(400, {kX32 | 1, 0, 0, 0, 0, 0, 0}).starts_with("1 2 1:"));
    BOOST_TEST(call(401, {~std::uint64_t{0}, 0}).starts_with("2 0 4095:"));
    BOOST_TEST(call(400, {5000, 0, 0, 0, 0, 0, 0}).starts_with("1 0 4094:"));
    BOOST_TEST(call(400, {~std::uint64_t{9}, 0, 0, 0, 0, 0, 0}).starts_with("1 0 4094:"));
}

BOOST_AUTO_TEST_CASE(other_events_have_names_and_numbers) {
    // prev_pid is -5, name a place, which is no number, prev_state -2, flag 0x81
    const Record record = decoded(bytes(300, {0, 0, 0x00400008fffffffb, ~std::uint64_t{1}, 0xff81}));
    BOOST_TEST(record.entry.kind == kKindOther);
    BOOST_REQUIRE(record.type != nullptr);
    BOOST_TEST(record.type->name == "sched_switch");
    BOOST_TEST(record.type->family == "sched");
    BOOST_REQUIRE(record.type->fields.size() == 3U);
    BOOST_TEST(record.type->fields[0] == "prev_pid");
    BOOST_TEST(record.type->fields[2] == "flag");
    BOOST_TEST(static_cast<std::int64_t>(record.entry.args[0]) == -5);
    BOOST_TEST(static_cast<std::int64_t>(record.entry.args[1]) == -2);
    BOOST_TEST(record.entry.args[2] == 0x81U);
}

BOOST_AUTO_TEST_CASE(what_only_looks_like_a_call_is_none) {
    const Record record = decoded(bytes(402, {7}));
    BOOST_TEST(record.type->name == "sys_other");
    const Record odd = decoded(bytes(403, {7, 8}));
    BOOST_TEST(odd.type->fields.size() == 2U);
    BOOST_TEST(odd.entry.args[0] == 7U);
    BOOST_TEST(odd.entry.args[1] == 8U);
}

BOOST_AUTO_TEST_CASE(an_event_of_no_known_type_shows_its_number) {
    const Record record = decoded(bytes(999, {}));
    BOOST_TEST(record.type->name == "unknown");
    BOOST_TEST(record.entry.args[0] == 999U);
    BOOST_TEST(decoded(bytes(12, {})).type->name == "unknown");
}

BOOST_AUTO_TEST_CASE(too_few_bytes_make_no_event) {
    const EventTable table(types(), kCommon);
    Record record;
    BOOST_TEST(!table.decode(Bytes(bytes(300, {})).first(7), 0, record));
    BOOST_TEST(!table.decode(bytes(400, {1, 2, 3, 4, 5, 6}), 0, record));
    BOOST_TEST(!table.decode(bytes(401, {1}), 0, record));
    // Fields that are not there are 0.
    BOOST_TEST(table.decode(bytes(300, {}), 0, record));
    BOOST_TEST(record.entry.args[0] == 0U);
}

BOOST_AUTO_TEST_CASE(the_highest_byte_may_come_first) {
    std::vector<std::byte> data = bytes(0, {0, 0});
    data[0] = std::byte{1};  // 401
    data[1] = std::byte{0x91};
    data[4] = std::byte{0};
    data[7] = std::byte{5};
    data[15] = std::byte{3};
    data[23] = std::byte{9};
    EventCommon common = kCommon;
    common.order = std::endian::big;
    Record record;
    BOOST_TEST(EventTable(types(), common).decode(data, 0, record));
    BOOST_TEST(record.entry.kind == kKindExit);
    BOOST_TEST(record.entry.nr == 3U);
    BOOST_TEST(record.entry.args[0] == 9U);
}

namespace {

std::vector<TraceEventType> named_types() {
    std::vector<TraceEventType> all = types();
    all.push_back({.id = 500,
                   .system = "syscalls",
                   .name = "sys_enter_openat",
                   .fields = {{"__syscall_nr", "int", 8, 4, true},
                              {"dfd", "int", 16, 8, false},
                              {"filename", "const char *", 24, 8, false},
                              {"flags", "int", 32, 8, false},
                              {"__filename_val", "__data_loc char[]", 40, 4, false}}});
    all.push_back({.id = 501,
                   .system = "syscalls",
                   .name = "sys_exit_openat",
                   .fields = {{"__syscall_nr", "int", 8, 4, true}, {"ret", "long", 16, 8, true}}});
    all.push_back({.id = 502,
                   .system = "syscalls",
                   .name = "sys_enter_write",
                   .fields = {{"__syscall_nr", "int", 8, 4, true},
                              {"fd", "unsigned int", 16, 8, false},
                              {"buf", "const char *", 24, 8, false},
                              {"__buf_val", "__data_loc char[]", 32, 4, false}}});
    all.push_back({.id = 503, .system = "syscalls", .name = "sys_enter_odd", .fields = {{"nr", "int", 8, 4, true}}});
    return all;
}

/// One CPU's events, each of its bytes.
class Events final : public EventSource {
  public:
    Events(const EventTable& table, std::vector<std::vector<std::byte>> events)
        : table_(table), events_(std::move(events)) {}
    [[nodiscard]] std::unique_ptr<EventCursor> open() const override {
        class Cursor final : public EventCursor {
          public:
            explicit Cursor(const Events& of) : of_(of) {}
            bool next(Record& record) override {
                return next_ < of_.events_.size() && of_.table_.decode(of_.events_[next_++], 1, record);
            }

          private:
            const Events& of_;
            std::size_t next_ = 0;
        };
        return std::make_unique<Cursor>(*this);
    }

  private:
    const EventTable& table_;
    std::vector<std::vector<std::byte>> events_;
};

bool takes_named(const std::vector<std::vector<std::byte>>& events) {
    EventTable table(named_types(), kCommon);
    std::vector<CpuTrack> cpus(1);
    cpus[0].events = std::make_unique<Events>(table, events);
    choose_calls(table, cpus);
    return table.takes_named_calls();
}

/// An openat whose file name is this.
Record opened(const std::string& name, std::uint64_t length) {
    static EventTable table(named_types(), kCommon);
    table.take_named_calls();
    auto data = bytes(500, {257, 1, 2, 3, length << 16 | 44});
    data.resize(44);
    for (const char c : name) data.push_back(static_cast<std::byte>(c));
    data.push_back({});
    Record record;
    BOOST_TEST(table.decode(data, 1, record));
    BOOST_TEST(record.entry.kind == kKindEntry);
    BOOST_TEST(record.entry.nr == 257U);
    BOOST_TEST(record.entry.args[2] == 3U);
    return record;
}

}  // namespace

BOOST_AUTO_TEST_CASE(calls_may_have_events_by_name_only) {
    const auto all = bytes(400, {257, 1, 2, 3, 4, 5, 6});
    const auto named = bytes(500, {257, 1, 2, 3, 0});
    BOOST_TEST(takes_named({named}));
    BOOST_TEST(!takes_named({named, all}));
    BOOST_TEST(!takes_named({all}));
    BOOST_TEST(!takes_named({bytes(300, {1, 2, 3, 4, 5})}));
    BOOST_TEST(!takes_named({}));
}

BOOST_AUTO_TEST_CASE(events_by_name_are_entries_and_exits_then) {
    EventTable table(named_types(), kCommon);
    Record record;
    BOOST_TEST(table.decode(bytes(500, {257, 1, 2, 3, 0}), 1, record));
    BOOST_TEST(record.entry.kind == kKindOther);
    BOOST_TEST(!table.tells().abi);
    table.take_named_calls();
    BOOST_TEST(table.tells().abi);
    BOOST_TEST(table.decode(bytes(501, {257, ~std::uint64_t{1}}), 1, record));
    BOOST_TEST(record.entry.kind == kKindExit);
    BOOST_TEST(record.entry.args[0] == ~std::uint64_t{1});
    // Those of all calls tell of the same ones, and are events now.
    BOOST_TEST(table.decode(bytes(400, {257, 1, 2, 3, 4, 5, 6}), 1, record));
    BOOST_TEST(record.entry.kind == kKindOther);
    BOOST_TEST(record.entry.args[0] == 257U);
    BOOST_TEST(table.decode(bytes(503, {257}), 1, record));
    BOOST_TEST(record.entry.kind == kKindOther);
    BOOST_TEST(!table.decode(bytes(500, {257, 1}), 1, record));
}

BOOST_AUTO_TEST_CASE(file_names_come_with_them) {
    const Record record = opened("/etc/passwd", 12);
    BOOST_TEST(record.has_path);
    BOOST_TEST(record.path == "/etc/passwd");
    BOOST_TEST(!record.path_cut);
    const std::string longest(63, 'a');
    BOOST_TEST(opened(longest + "...", 67).path == longest);
    BOOST_TEST(opened(longest + "...", 67).path_cut);
    BOOST_TEST(!opened("...", 4).path_cut);
    BOOST_TEST(!opened("/etc/passwd", 400).has_path);
    BOOST_TEST(!opened("", 0).has_path);
    EventTable table(named_types(), kCommon);
    table.take_named_calls();
    Record written;
    BOOST_TEST(table.decode(bytes(502, {1, 2, 3, std::uint64_t{8} << 16 | 16}), 1, written));
    BOOST_TEST(!written.has_path);  // what is written is no name
}

BOOST_AUTO_TEST_SUITE_END()
