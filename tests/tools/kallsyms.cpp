// SPDX-License-Identifier: GPL-2.0-or-later
// kallsyms DUMP: the kernel's symbols as its dump has them, in the form of /proc/kallsyms.
// kallsyms DUMP NAME...: the addresses of these alone.
#include <fmt/core.h>

#include <iostream>

#include "analyzer/importers/kstrax_memory/kernel_text.hpp"
#include "analyzer/kernel/kallsyms_search.hpp"
#include "analyzer/memory/open/open_memory.hpp"

using namespace kstrax;

namespace {

int fail(const Error& error) {
    std::cerr << "kallsyms: " << error.message << '\n';
    return 1;
}

int print(const char* path, const std::vector<std::string_view>& names) {
    const std::string source[] = {path};
    const auto opened = open_memory(std::span<const std::string>(source));
    if (!opened) return fail(opened.error());
    auto space = find_kernel_space(*opened->memory, nullptr);
    if (!space) return fail(space.error());
    auto symbols = find_kallsyms(*space);
    if (!symbols) return fail(symbols.error());
    std::cerr << fmt::format("{} symbols, {}\n", symbols->count(), symbols->encoding());
    const int digits = space->architecture().word_size * 2;
    for (const std::string_view name : names) {
        const auto address = symbols->find(name);
        std::cout << (address ? fmt::format("{:0{}x} {}\n", address->value, digits, name)
                              : fmt::format("none {}\n", name));
    }
    if (!names.empty()) return 0;
    const auto all = symbols->each([&](const Kallsyms::Symbol& symbol) {
        std::cout << fmt::format("{:0{}x} {} {}\n", symbol.address.value, digits, symbol.type, symbol.name);
    });
    return all ? 0 : fail(all.error());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::cerr << "Usage: kallsyms DUMP [NAME...]\n";
        return 2;
    }
    return print(argv[1], std::vector<std::string_view>(argv + 2, argv + argc));
}
