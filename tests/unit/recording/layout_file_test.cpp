// SPDX-License-Identifier: GPL-2.0-or-later
// Layouts from text files.
#include "analyzer/recording/layout_file.hpp"

#include <boost/test/unit_test.hpp>

using namespace kstrax;

namespace {

constexpr std::string_view kFile =
    "# the ABI's own x86_64, written out\n"
    "arch x86_64\n"
    "size 72\r\n"
    "\n"
    "serial 0 4   # low 32 bits of position + 1\n"
    "time 4 8\n"
    "pid 12 4\n"
    "nr_kind 16 2\n"
    "abi 18 2\n"
    "tgid 20 4\n"
    "\targs  24 8 6";

std::string wrong(std::string text) {
    const auto parsed = parse_layout(text);
    return parsed ? "" : parsed.error().message;
}
/// The file with one line put in place of the one that begins so.
std::string with(std::string_view start, std::string_view line) {
    std::string text(kFile);
    const std::size_t at = text.find("\n" + std::string(start)) + 1;
    return text.replace(at, std::min(text.find('\n', at), text.size()) - at, line);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(layout_file)

BOOST_AUTO_TEST_CASE(a_row_of_the_table_written_out_decodes_the_same) {
    const auto parsed = parse_layout(kFile);
    BOOST_TEST_REQUIRE(parsed.ok());
    BOOST_TEST(parsed->architecture == "x86_64");
    const Layout& own = *layout_named("x86_64");
    BOOST_TEST(find_layout(parsed->row.id) == nullptr);
    Entry entry{.time = 5, .serial = 6, .pid = 7, .tgid = 8, .nr = 9, .abi = 1, .kind = 2, .args = {1, 2, 3, 4, 5, 6}};
    std::vector<std::byte> slot(own.size);
    encode_entry(own, entry, slot);
    BOOST_TEST((decode_entry(parsed->row, slot) == entry));
    BOOST_TEST(decode_serial(parsed->row, slot) == 6U);
    BOOST_TEST((path_bytes(parsed->row, slot).data() == path_bytes(own, slot).data()));
}

BOOST_AUTO_TEST_CASE(optional_fields_may_be_missing) {
    const auto parsed =
        parse_layout("arch ia32\nsize 256\nserial 200 8\ntime 0 8\npid 8 2\nnr_kind 10 2\nargs 12 1 1\n");
    BOOST_TEST_REQUIRE(parsed.ok());
    BOOST_TEST(parsed->row.abi.size == 0U);
    BOOST_TEST(parsed->row.tgid.size == 0U);
    BOOST_TEST(parsed->row.arg_size() == 1U);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said_with_its_line) {
    BOOST_TEST(wrong(with("time", "time 4")) == "line 6: expected: time OFFSET SIZE");
    BOOST_TEST(wrong(with("time", "time 4 x")) == "line 6: expected: time OFFSET SIZE");
    BOOST_TEST(wrong(with("time", "time 4 8 1")) == "line 6: expected: time OFFSET SIZE");
    BOOST_TEST(wrong(with("time", "time 65536 8")) == "line 6: expected: time OFFSET SIZE");
    BOOST_TEST(wrong(with("time", "time 4 -8")) == "line 6: expected: time OFFSET SIZE");
    BOOST_TEST(wrong(with("time", "time 4 3")) == "line 6: time of 3 bytes; expected 4, 8");
    BOOST_TEST(wrong(with("time", "time 4 0")) == "line 6: time of 0 bytes; expected 4, 8");
    BOOST_TEST(wrong(with("time", "")) == "no line for the field time");
    BOOST_TEST(wrong(with("time", "time 65 8")) == "the field time ends at 73, behind the slot's 72 bytes");
    BOOST_TEST(wrong(with("time", "time 65535 8")) == "the field time ends at 65543, behind the slot's 72 bytes");
    BOOST_TEST(wrong(with("time", "when 4 8")) ==
               "line 6: no such field; expected arch, size, serial, time, pid, nr_kind, abi, tgid or args");
    BOOST_TEST(wrong(with("size", "size 257")) == "line 3: a slot of 257 bytes; expected 1 to 256");
    BOOST_TEST(wrong(with("size", "size 0")) == "line 3: a slot of 0 bytes; expected 1 to 256");
    BOOST_TEST(wrong(with("size", "size")) == "line 3: expected: size SIZE");
    BOOST_TEST(wrong(with("\targs", "args 24 8 9")) == "line 11: 9 arguments; expected 1 to 8");
    BOOST_TEST(wrong(with("\targs", "args 24 8 7")) == "the field args ends at 80, behind the slot's 72 bytes");
    BOOST_TEST(wrong(with("\targs", "args 24 8")) == "line 11: expected: args OFFSET SIZE COUNT");
    BOOST_TEST(wrong(with("arch", "")) == "no line \"arch NAME\"");
    BOOST_TEST(wrong(with("arch", "arch")) == "line 2: expected: arch NAME");
    BOOST_TEST(wrong("") == "no line \"arch NAME\"");
}

BOOST_AUTO_TEST_SUITE_END()
