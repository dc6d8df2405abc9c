// SPDX-License-Identifier: GPL-2.0-or-later
// Symbols from System.map and from nm.
#include "analyzer/address/symbol_file.hpp"

#include <boost/test/unit_test.hpp>

using namespace kstrax;

namespace {

constexpr const char* kMap =
    "0000000000000000 D __per_cpu_start\n"
    "0000000000015000 D ring_head\n"
    "ffffffff81000000 T _stext\n"
    "ffffffff81000000 T _text\n"
    "ffffffff82a00000 d rings\n"
    "ffffffff82a00040 d rings_of_others\n"
    "ffffffff82a00080 b twice\n"
    "ffffffff82a000c0 b twice\n"
    "                 U printk\n"
    "ffffffffc0201000 d ring_table\t[other_recorder]\n"
    "no symbol rings\n";

std::string found(const SymbolFile& file, std::string_view name) {
    const auto address = file.find(name);
    if (!address) return address.error().message;
    char text[32];
    std::snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(address->value));
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(symbol_file)

BOOST_AUTO_TEST_CASE(names_are_whole) {
    const SymbolFile file(kMap, Vmcoreinfo(""));
    BOOST_TEST(found(file, "rings") == "ffffffff82a00000");
    BOOST_TEST(found(file, "rings_of_others") == "ffffffff82a00040");
    BOOST_TEST(found(file, "ring_table") == "ffffffffc0201000");
    BOOST_TEST(found(file, "ring") == "no symbol 'ring'");
    BOOST_TEST(found(file, "printk") == "no symbol 'printk'");
    BOOST_TEST(found(file, "D") == "no symbol 'D'");
    BOOST_TEST(found(file, "[other_recorder]") == "no symbol '[other_recorder]'");
    BOOST_TEST(found(file, "") == "a symbol without a name");
    BOOST_TEST(found(file, "twice").starts_with("2 symbols 'twice', the first at 0xffffffff82a00080"));
}

BOOST_AUTO_TEST_CASE(the_kernel_ran_elsewhere_than_it_was_linked_to) {
    const SymbolFile moved(kMap, Vmcoreinfo("SYMBOL(_stext)=ffffffffa2000000\nKERNELOFFSET=21000000\n"));
    BOOST_TEST(moved.moved() == 0x21000000U);
    BOOST_TEST(found(moved, "rings") == "ffffffffa3a00000");
    BOOST_TEST(found(moved, "ring_head") == "15000");  // an offset within each CPU's memory
    const SymbolFile kallsyms("ffffffffa2000000 T _stext\nffffffffa3a00000 d rings\n",
                              Vmcoreinfo("SYMBOL(_stext)=ffffffffa2000000\nKERNELOFFSET=21000000\n"));
    BOOST_TEST(kallsyms.moved() == 0U);
    BOOST_TEST(found(kallsyms, "rings") == "ffffffffa3a00000");
}

BOOST_AUTO_TEST_CASE(anything_may_stand_in_the_file) {
    for (const char* text : {"", "\n", "rings", "ffff", "ffff d", "ffff d ", " d rings", "ffffffffffffffffff d rings",
                             "f\td\trings", "xyz d rings\n", "ffff dd rings\n"})
        BOOST_TEST(found(SymbolFile(text, Vmcoreinfo("")), "rings") == "no symbol 'rings'", text);
    BOOST_TEST(found(SymbolFile("ff d rings", Vmcoreinfo("")), "rings") == "ff");
    BOOST_TEST(found(SymbolFile("ff d rings\r\n", Vmcoreinfo("")), "rings") == "ff");
}

BOOST_AUTO_TEST_SUITE_END()
