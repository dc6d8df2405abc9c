// SPDX-License-Identifier: GPL-2.0-or-later
// The recorder captures the file name of those calls, and of no others, that the tables say
// it does: module/entry.h has the numbers as the kernel's headers name them.
#include <linux/audit.h>

#include <boost/test/unit_test.hpp>
#include <cctype>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>

#include "formats/kstrax_abi.h"
#include "formats/syscalls.hpp"

using namespace kstrax;

namespace {

using Arguments = std::map<std::string, int>;

std::string text_of(const char* path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string lower(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

/// What kstrax_name_argument() answers, by a call's name: of a 64-bit kernel's other table, or of the native one.
Arguments captured(bool compat) {
    const std::string header = text_of("module/entry.h");
    const std::size_t begin = header.find("kstrax_name_argument(struct kstrax_call call)");
    const std::string body = header.substr(begin, header.find("\n}\n", begin) - begin);
    Arguments arguments;
    std::vector<std::string> cases;
    const std::regex part(R"(case (?:__NR_|(COMPAT_))(\w+):|return (-?\d+);)");
    for (std::sregex_iterator at(body.begin(), body.end(), part), end; at != end; ++at) {
        if ((*at)[3].matched) {
            for (const std::string& name : cases) arguments[name] = std::stoi((*at)[3]);
            cases.clear();
        } else if ((*at)[1].matched == compat) {
            cases.push_back(lower((*at)[2]));
        }
    }
    return arguments;
}

Arguments listed(std::string_view table) {
    Arguments arguments;
    for (const SyscallTable* one : syscall_tables())
        for (const Syscall& call : one->calls)
            if (one->name == table && call.file_name_arg >= 0) arguments[std::string(call.name)] = call.file_name_arg;
    return arguments;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recorder_names)

BOOST_AUTO_TEST_CASE(the_recorder_and_the_tables_know_the_same_calls) {
    BOOST_TEST(!listed("x86_64").empty());
    for (const char* native : {"x86_64", "x32", "ia32", "ia64"})
        BOOST_TEST((captured(false) == listed(native)), std::string("calls of ") + native);
    for (const char* compat : {"ia32", "arm32"})
        BOOST_TEST((captured(true) == listed(compat)), std::string("calls of ") + compat);
    Arguments new_ones = captured(false);
    new_ones.erase("open");
    new_ones.erase("creat");
    BOOST_TEST((new_ones == listed("arm64")));
}

// No header gives the recorder the numbers of ARM's calls.
BOOST_AUTO_TEST_CASE(the_recorder_has_the_numbers_of_arms_calls) {
    const std::string header = text_of("module/entry.h");
    const std::regex part(R"(COMPAT_(\w+) = (\d+),)");
    std::size_t found = 0;
    for (std::sregex_iterator at(header.begin(), header.end(), part), end; at != end; ++at, ++found) {
        const Syscall* call = syscall_table(AUDIT_ARCH_AARCH64, KSTRAX_ABI_COMPAT)->find(lower((*at)[1]));
        BOOST_TEST_REQUIRE((call != nullptr));
        BOOST_TEST(int{call->nr} == std::stoi((*at)[2]));
    }
    BOOST_TEST(found == 6U);
}

BOOST_AUTO_TEST_SUITE_END()
