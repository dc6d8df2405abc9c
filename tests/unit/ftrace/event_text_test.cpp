// SPDX-License-Identifier: GPL-2.0-or-later
// Fields of events that are no calls, as text shows them and as filters compare them.
#include "analyzer/fields/event_text.hpp"

#include <boost/test/unit_test.hpp>

#include "analyzer/fields/all_fields.hpp"
#include "analyzer/query/filter.hpp"

using namespace kstrax;

namespace {

const std::vector<TraceField> kFields{{"comm", "char[8]", 8, 8, false},
                                      {"pid", "pid_t", 16, 4, true},
                                      {"name", "__data_loc char[]", 20, 4, false},
                                      {"ip", "void *", 24, 8, false},
                                      {"args", "unsigned long[2]", 32, 16, false},
                                      {"mac", "u8[3]", 48, 3, false},
                                      {"flag", "unsigned char", 51, 1, false},
                                      {"near", "__rel_loc char[]", 52, 4, false},
                                      {"odd", "struct thing", 56, 3, false},
                                      {"rest", "char[]", 60, 0, false}};

/// An event in memory; what it says is behind the 8 bytes that every event begins with.
std::vector<std::byte> event() {
    std::string text(60, '\0');
    const auto put = [&](std::size_t at, std::string_view bytes) { text.replace(at, bytes.size(), bytes); };
    put(8, "a\x1b\"z");
    put(16, "\xfe\xff\xff\xff");
    put(20, std::string_view("\x44\0\x05\0", 4));  // 5 bytes at 68
    put(24, std::string_view("\x00\x10\x00\x81\xff\xff\xff\xff", 8));
    put(32, "\x07");
    put(40, "\x08");
    put(48, "\x01\x02\x03\xc8");
    put(52, std::string_view("\x0c\0\x02\0", 4));  // 2 bytes, 12 behind the field's end
    put(56, "\x09");
    text += std::string("tail\0\0\0\0fi\0 xy", 14);
    const auto bytes = as_bytes(text);
    return {bytes.begin(), bytes.end()};
}

struct Made {
    std::vector<std::byte> bytes = event();
    EventType type{.name = "thing", .family = "test", .fields = {}, .data_fields = kFields};
    Record record;

    Made() {
        record.mark_other(type);
        record.data = bytes;
    }
    [[nodiscard]] std::string text(const TraceDescription* trace = nullptr) const {
        TextBuffer out;
        append_event_fields(out, record, trace);
        return std::string(out.view());
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(event_text)

BOOST_AUTO_TEST_CASE(each_kind_has_its_form) {
    BOOST_TEST(
        Made().text() ==
        " comm=\"a\\33\\\"z\" pid=-2 name=\"fi\" ip=0xffffffff81001000 args=[0x7,0x8] mac=[0x1,0x2,0x3] flag=200 "
        "near=\"fi\" odd=\\x090000 rest=\"tail\"");
}

BOOST_AUTO_TEST_CASE(places_in_code_have_their_functions) {
    TraceDescription trace;
    trace.function = [](VirtAddr at) {
        return at.value == 0xffffffff81001000 ? std::string("vfs_read+0x10\n") : std::string();
    };
    const Made made;
    BOOST_TEST(made.text(&trace).find(" ip=0xffffffff81001000 <vfs_read+0x10\\n> args=") != std::string::npos);
    trace.word_size = 4;  // then the field is something else
    BOOST_TEST(made.text(&trace) == made.text());
}

BOOST_AUTO_TEST_CASE(what_is_cut_off_is_not_made_up) {
    Made made;
    made.bytes.resize(22);
    made.record.data = made.bytes;
    BOOST_TEST(made.text() == " comm=\"a\\33\\\"z\" pid=-2 name=? ip=? args=? mac=? flag=? near=? odd=? rest=?");
    Made outside;
    outside.bytes[21] = std::byte{0xff};  // its text lies far behind the event
    BOOST_TEST(outside.text().find(" name=? ") != std::string::npos);
}

/// Does the only record of a recording pass?
bool passes(std::string_view text) {
    static const Made made;
    Recording recording;
    recording.layout = layout_named("x86_64");
    auto trace = std::make_shared<TraceDescription>();
    trace->types = {{.id = 3, .system = "test", .name = "thing", .fields = kFields}};
    recording.trace = trace;
    auto expression = Expression::parse(text);
    BOOST_TEST_REQUIRE(expression.ok(), text);
    Filter filter;
    filter.conditions.push_back({std::string(text), std::move(*expression)});
    auto selection = Selection::make(filter, recording, kRecordFields, 0);
    BOOST_TEST_REQUIRE(selection.ok(), text);
    return selection->wants(made.record);
}

BOOST_AUTO_TEST_CASE(filters_compare_them) {
    for (const char* text : {"event==thing", "event~\"th*\"", "event==thing && event.pid==-2", "event && flag==0xc8",
                             "event && flag>=200 && flag<201", "event.name==fi", "event.name~\"f?\"", "event && ip",
                             "event && ip==0xffffffff81001000", "event && flag in (1,200)", "event.name!=fo",
                             "event && args==\"[0x7,0x8]\"", "fields~\"*name=\\\"fi\\\"*\"", "event && !(flag<100)"})
        BOOST_TEST(passes(text), text);
    for (const char* text : {"event!=thing", "event && flag==201", "event && flag>200", "event.name!=fi",
                             "event.name~f", "event && flag==text", "event && flag~200", "event==other && flag==200"})
        BOOST_TEST(!passes(text), text);
}

BOOST_AUTO_TEST_CASE(a_field_that_no_event_has_is_a_mistake) {
    const auto error = [](std::string_view text, bool traced) {
        Recording recording;
        recording.layout = layout_named("x86_64");
        auto trace = std::make_shared<TraceDescription>();
        trace->types = {{.id = 3, .system = "test", .name = "thing", .fields = kFields}};
        if (traced) recording.trace = trace;
        auto expression = Expression::parse(text);
        if (!expression) return expression.error().message;
        Filter filter;
        filter.conditions.push_back({std::string(text), std::move(*expression)});
        const auto selection = Selection::make(filter, recording, kRecordFields, 0);
        return selection ? "" : selection.error().message;
    };
    BOOST_TEST(error("event==thing && flak==1", true) == "no field 'flak', nor has an event one; did you mean 'flag'?");
    BOOST_TEST(error("event==thing && flag==1", false) == "no field 'flag', nor has an event one");
    BOOST_TEST(error("event.flak", true) == "no field 'flak', nor has an event one; did you mean 'flag'?");
    BOOST_TEST(error("flag==1 && event==thing", true).starts_with("no field 'flag'"));
    BOOST_TEST(error("event && flag<x", true) == "expected a number, not 'x'");
}

BOOST_AUTO_TEST_SUITE_END()
