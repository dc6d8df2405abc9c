// SPDX-License-Identifier: GPL-2.0-or-later
// What tracefs says of an event: it is read, and written as it was.
#include "analyzer/importers/ftrace/event_format.hpp"

#include <boost/test/unit_test.hpp>

using namespace kstrax;

namespace {

constexpr std::string_view kFormat =
    "name: odd_one\n"
    "ID: 372\n"
    "format:\n"
    "\tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;\n"
    "\tfield:unsigned char common_flags;\toffset:2;\tsize:1;\tsigned:0;\n"
    "\tfield:unsigned char common_preempt_count;\toffset:3;\tsize:1;\tsigned:0;\n"
    "\tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;\n"
    "\n"
    "\tfield:char comm[16];\toffset:8;\tsize:16;\tsigned:0;\n"
    "\tfield:const char * str;\toffset:24;\tsize:8;\tsigned:0;\n"
    "\tfield:__data_loc char[] name;\toffset:32;\tsize:4;\tsigned:0;\n"
    "\tfield:long state;\toffset:40;\tsize:8;\tsigned:1;\n"
    "\tfield:u8 bytes[2][3];\toffset:48;\tsize:6;\tsigned:0;\n"
    "\n"
    "print fmt: \"comm=%s; field:x\n\", REC->comm\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(event_format)

BOOST_AUTO_TEST_CASE(fields_are_read) {
    const auto format = parse_event_format(kFormat);
    BOOST_TEST_REQUIRE(format.has_value());
    const TraceEventType& type = format->type;
    BOOST_TEST(type.name == "odd_one");
    BOOST_TEST(type.id == 372U);
    BOOST_TEST(format->common.size() == 4U);
    std::string fields;
    for (const TraceField& field : type.fields)
        fields += field.type + "|" + field.name + "|" + std::to_string(field.offset) + "+" +
                  std::to_string(field.size) + (field.is_signed ? "s " : " ");
    BOOST_TEST(
        fields ==
        "char[16]|comm|8+16 const char *|str|24+8 __data_loc char[]|name|32+4 long|state|40+8s u8[2][3]|bytes|48+6 ");
    BOOST_TEST(type.print_format == "\"comm=%s; field:x\n\", REC->comm");
    const auto common = event_common(format->common, std::endian::little, 8);
    BOOST_TEST_REQUIRE(common.has_value());
    BOOST_TEST(common->pid_offset == 4U);
    BOOST_TEST(!event_common(type.fields, std::endian::little, 8).has_value());
}

BOOST_AUTO_TEST_CASE(it_is_written_as_it_was) {
    BOOST_TEST(event_format_text(*parse_event_format(kFormat)) == kFormat);
}

BOOST_AUTO_TEST_CASE(what_makes_no_event_is_none) {
    BOOST_TEST(!parse_event_format("").has_value());
    BOOST_TEST(!parse_event_format("name: x\n").has_value());
    BOOST_TEST(!parse_event_format("ID: 3\n").has_value());
    BOOST_TEST(!parse_event_format("name: x\nID: 65536\n").has_value());
    BOOST_TEST(!parse_event_format("name: x\nID: 3x\n").has_value());
}

BOOST_AUTO_TEST_CASE(lines_that_make_no_field_are_passed_over) {
    const auto fields = [](const std::string& line) {
        return parse_event_format("name: x\nID: 3\nformat:\n\tfield:" + line + "\n")->type.fields.size();
    };
    BOOST_TEST(fields("int a;\toffset:8;\tsize:4;\tsigned:1;") == 1U);
    BOOST_TEST(fields("int a;\toffset:8;\tsize:4;") == 1U);  // as old kernels have it
    BOOST_TEST(fields("a;\toffset:8;\tsize:4;\tsigned:1;") == 0U);
    BOOST_TEST(fields("int ;\toffset:8;\tsize:4;\tsigned:1;") == 0U);
    BOOST_TEST(fields("int a];\toffset:8;\tsize:4;\tsigned:1;") == 0U);
    BOOST_TEST(fields("int a;\toffset:-8;\tsize:4;\tsigned:1;") == 0U);
    BOOST_TEST(fields("int a;\toffset:8;\tsize:99999999;\tsigned:1;") == 0U);
    BOOST_TEST(fields("int a;\tsize:4;\toffset:8;") == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
