// SPDX-License-Identifier: GPL-2.0-or-later
// The recorder captures the file name of those calls, and of no others, that the tables say
// it does: module/entry.h has the numbers as the kernel's headers name them.
#include <boost/test/unit_test.hpp>
#include <cctype>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>

#include "formats/syscalls.hpp"

using namespace kstrax;

namespace {

using Arguments = std::map<std::string, int>;

std::string text_of(const char* path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
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
            std::string& name = cases.emplace_back((*at)[2]);
            for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
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
    BOOST_TEST((captured(true) == listed("ia32")), "IA-32's calls on x86-64");
}

BOOST_AUTO_TEST_SUITE_END()
