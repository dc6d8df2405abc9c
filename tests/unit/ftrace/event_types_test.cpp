// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's list of its trace events: numbers, names, fields.
#include "analyzer/kernel/ftrace/event_types.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/kernel/typed_kernel.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

const std::vector<BtfStruct> kStructs{
    {"list_head", 16, {{"next", "ptr", 0}, {"prev", "ptr", 8}}},
    {"trace_event", 16, {{"type", "int", 8}}},
    {"trace_event_class", 32, {{"system", "ptr", 0}, {"fields", "list_head", 16}}},
    {"trace_event_call",
     64,
     {{"list", "list_head", 0}, {"class", "ptr", 16}, {"name", "ptr", 24}, {"event", "trace_event", 32}}},
    {"ftrace_event_field",
     48,
     {{"link", "list_head", 0},
      {"name", "ptr", 16},
      {"type", "ptr", 24},
      {"offset", "int", 32},
      {"size", "int", 36},
      {"is_signed", "int", 40}}},
};

class EventKernel : public TypedKernel {
  public:
    EventKernel() : TypedKernel(kStructs), list_(new_list()) { name("ftrace_events", list_); }

    std::uint64_t text(std::string_view words) {
        const std::uint64_t at = make_bytes(words.size() + 1);
        put_text(at, words);
        return at;
    }
    /// A text whose address, as bytes, begins as one: "(".
    std::uint64_t text_at_text(std::string_view words) {
        std::uint64_t page = make_bytes(1);
        while ((page & 0xffff) != 0) page = make_bytes(1);
        put_text(page + '(', words);
        return page + '(';
    }
    /// `tracepoint`: the event is named by that, and not by itself. `name_at`: where the name lies; 0: anywhere.
    std::uint64_t add(std::uint64_t id, std::string_view system, std::string_view of_name, bool tracepoint,
                      std::uint64_t name_at = 0) {
        const std::uint64_t call = make("trace_event_call");
        const std::uint64_t own = make("trace_event_class");
        const std::uint64_t fields = own + 16;
        put(fields, fields);
        put(fields + 8, fields);
        set(own, "trace_event_class", "system", text(system));
        set(call, "trace_event_call", "class", own);
        set(call, "trace_event_call", "event.type", id);
        std::uint64_t named = name_at != 0 ? name_at : text(of_name);
        if (tracepoint) {
            const std::uint64_t point = make_bytes(16);
            put(point, named);
            named = point;
        }
        set(call, "trace_event_call", "name", named);
        append(list_, call);
        return fields;
    }
    void field(std::uint64_t fields, std::string_view of_name, std::string_view type, std::uint64_t offset,
               std::uint64_t size, bool is_signed) {
        const std::uint64_t at = make("ftrace_event_field");
        set(at, "ftrace_event_field", "name", text(of_name));
        set(at, "ftrace_event_field", "type", text(type));
        set(at, "ftrace_event_field", "offset", offset);
        set(at, "ftrace_event_field", "size", size);
        set(at, "ftrace_event_field", "is_signed", is_signed ? 1 : 0);
        // In front, as the kernel adds them.
        put(at, word(fields));
        put(fields, at);
    }
    [[nodiscard]] Result<std::vector<TraceEventType>> read() const {
        KernelSpace own = space();
        const KernelTypes known = types();
        return read_event_types(KernelReader(own), known.finder(), find());
    }

  private:
    std::uint64_t new_list() {
        const std::uint64_t at = make("list_head");
        put(at, at);
        put(at + 8, at);
        return at;
    }
    std::uint64_t list_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(event_types)

BOOST_AUTO_TEST_CASE(types_come_by_number_with_their_fields_by_place) {
    EventKernel kernel;
    const std::uint64_t fields = kernel.add(301, "sched", "sched_switch", true);
    kernel.field(fields, "prev_comm", "char[16]", 8, 16, false);
    kernel.field(fields, "prev_pid", "pid_t", 24, 4, true);
    kernel.field(fields, "text", "__data_loc char[]", 28, 4, false);
    kernel.add(7, "ftrace", "print", false);
    const auto types = kernel.read();
    BOOST_REQUIRE(types.ok());
    BOOST_REQUIRE(types->size() == 2U);
    BOOST_TEST(types->front().id == 7U);
    BOOST_TEST(types->front().name == "print");
    BOOST_TEST(types->front().fields.empty());
    const TraceEventType& type = types->back();
    BOOST_TEST(type.id == 301U);
    BOOST_TEST(type.system == "sched");
    BOOST_TEST(type.name == "sched_switch");
    BOOST_REQUIRE(type.fields.size() == 3U);
    BOOST_TEST(type.fields.front().name == "prev_comm");
    BOOST_TEST(!type.fields.front().is_number());
    BOOST_TEST(!type.fields.back().is_number());
    const TraceField* pid = type.field("prev_pid");
    BOOST_REQUIRE(pid != nullptr);
    BOOST_TEST(pid->type == "pid_t");
    BOOST_TEST(pid->offset == 24U);
    BOOST_TEST(pid->size == 4U);
    BOOST_TEST(pid->is_signed);
    BOOST_TEST(pid->is_number());
    BOOST_TEST(type.field("no_such") == nullptr);
}

BOOST_AUTO_TEST_CASE(a_pointer_to_a_name_is_no_name) {
    EventKernel kernel;
    kernel.add(5, "power", "", true, kernel.text_at_text("clock_disable"));
    const auto types = kernel.read();
    BOOST_REQUIRE(types->size() == 1U);
    BOOST_TEST(types->front().name == "clock_disable");
}

BOOST_AUTO_TEST_CASE(a_type_that_makes_no_sense_is_left_out) {
    EventKernel kernel;
    kernel.add(1 << 20, "sched", "too_high", false);
    kernel.add(5, "sched", "\x01 \xff", false);
    const std::uint64_t fields = kernel.add(9, "sched", "good", true);
    kernel.field(fields, "huge", "int", 0x7fffffff, 4, true);
    const auto types = kernel.read();
    BOOST_REQUIRE(types->size() == 1U);
    BOOST_TEST(types->front().name == "good");
    BOOST_TEST(types->front().fields.empty());
}

BOOST_AUTO_TEST_CASE(a_list_that_leads_in_circles_ends) {
    EventKernel kernel;
    kernel.add(9, "sched", "one", true);
    const std::uint64_t list = kernel.find()("ftrace_events")->value;
    const std::uint64_t first = kernel.word(list);
    kernel.put(first, first);
    BOOST_TEST(kernel.read()->size() == 1U);
}

BOOST_AUTO_TEST_CASE(a_kernel_without_them_is_told) {
    EventKernel kernel;
    kernel.forget("ftrace_events");
    BOOST_TEST(kernel.read().error().message == "the kernel's symbols and types do not say what its trace events are");
}

BOOST_AUTO_TEST_SUITE_END()
