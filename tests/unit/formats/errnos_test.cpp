// SPDX-License-Identifier: GPL-2.0-or-later
#include "formats/errnos.hpp"

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <cstring>

using kstrax::errno_info;
using kstrax::is_restart;

BOOST_AUTO_TEST_SUITE(errnos)

// glibc's own tables are the oracle: this machine's numbers are asm-generic's, as are IA-64's.
BOOST_AUTO_TEST_CASE(names_and_texts_are_those_of_the_c_library) {
    unsigned known = 0;
    for (int number = 1; number < 512; ++number) {
        BOOST_TEST_CONTEXT("errno " << number) {
            const char* name = strerrorname_np(number);
            const auto* info = errno_info(number);
            if (number == 134 && name == nullptr) continue;  // EFTYPE is of 2026
            BOOST_REQUIRE_EQUAL(info != nullptr, name != nullptr);
            if (info == nullptr) continue;
            ++known;
            BOOST_TEST(info->number == number);
            BOOST_TEST(info->name == name);
            BOOST_TEST(info->text == strerrordesc_np(number));
        }
    }
    BOOST_TEST(known == (strerrorname_np(134) != nullptr ? 132U : 131U));  // 1..134 without 41 and 58
    BOOST_TEST(errno_info(EHWPOISON) != nullptr);
}

BOOST_AUTO_TEST_CASE(nought_and_the_unknown_have_no_name) {
    for (const std::uint32_t number : {0U, 41U, 58U, 135U, 511U, 520U, 532U, 65536U + ENOENT, ~0U}) {
        BOOST_TEST(errno_info(number) == nullptr, "errno " << number);
    }
}

BOOST_AUTO_TEST_CASE(kernel_internal_numbers_have_names) {
    struct {
        std::uint32_t number;
        const char* name;
    } const internal[] = {
        {512, "ERESTARTSYS"},           {513, "ERESTARTNOINTR"}, {514, "ERESTARTNOHAND"}, {515, "ENOIOCTLCMD"},
        {516, "ERESTART_RESTARTBLOCK"}, {517, "EPROBE_DEFER"},   {524, "ENOTSUPP"},       {529, "EIOCBQUEUED"},
        {530, "ERECALLCONFLICT"},       {531, "ENOGRACE"},
    };
    for (const auto& row : internal) {
        const auto* info = errno_info(row.number);
        BOOST_REQUIRE(info != nullptr);
        BOOST_TEST(info->name == row.name);
        BOOST_TEST(!info->text.empty());
    }
}

BOOST_AUTO_TEST_CASE(restarts_are_512_to_516) {
    for (std::uint32_t number = 0; number < 1024; ++number) {
        BOOST_TEST(is_restart(number) == (number >= 512 && number <= 516), "errno " << number);
    }
}

BOOST_AUTO_TEST_SUITE_END()
