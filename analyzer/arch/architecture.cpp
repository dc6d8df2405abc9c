// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/arch/architecture.hpp"

#include <elf.h>

#include <algorithm>

#include "analyzer/base/lists.hpp"

namespace kstrax {

extern const Architecture kArm64, kIa32, kIa64, kRiscv64, kX86_64;  // each in the file of its name

namespace {

constexpr const Architecture* kArchitectures[] = {&kArm64, &kIa32, &kIa64, &kRiscv64, &kX86_64};

const Architecture* find(auto&& matches) {
    const auto row = std::ranges::find_if(kArchitectures, [&](const Architecture* one) { return matches(*one); });
    return row == std::end(kArchitectures) ? nullptr : *row;
}

/// In a pattern, '?' is any character.
bool fits(std::string_view pattern, std::string_view name) {
    return std::ranges::equal(pattern, name, [](char wanted, char c) { return wanted == '?' || wanted == c; });
}

}  // namespace

std::span<const Architecture* const> architectures() { return kArchitectures; }

const Architecture* architecture_of_machine(std::uint16_t machine) {
    return find([&](const Architecture& row) { return row.machine == machine; });
}

const Architecture* architecture_of_audit(std::uint32_t audit_arch) {
    return find([&](const Architecture& row) { return row.audit_arch == audit_arch; });
}

const Architecture* architecture_of_layout(std::string_view name, std::uint16_t machine) {
    const auto writes = [&](const Architecture& row) { return !row.layout.empty() && row.layout == name; };
    const Architecture* own = find([&](const Architecture& row) { return row.machine == machine && writes(row); });
    if (own == nullptr) own = find([&](const Architecture& row) { return row.name == name && writes(row); });
    return own;
}

const Architecture* architecture_of_kdumpfile(std::string_view name) {
    return find([&](const Architecture& row) { return row.kdumpfile == name; });
}

const Architecture* architecture_of_vmcoreinfo(const Vmcoreinfo& info) {
    const Architecture* own =
        find([&](const Architecture& row) { return !row.own_number.empty() && info.number(row.own_number); });
    if (own != nullptr) return own;
    const auto directory = info.symbol("swapper_pg_dir");
    if (!directory) return nullptr;
    return find([&](const Architecture& row) {
        return row.own_number.empty() && *directory >= row.directory_first.value &&
               *directory <= row.directory_last.value;
    });
}

const Architecture* architecture_named(std::string_view name) {
    return find([&](const Architecture& row) { return row.name == name; });
}

std::uint16_t machine_of_uname(std::string_view name) {
    const Architecture* known = find([&](const Architecture& row) { return fits(row.uname, name); });
    return known == nullptr ? std::uint16_t{0} : known->machine;
}

std::uint16_t machine_of_notes(std::span<const Note> notes) {
    const auto status = std::ranges::find_if(notes, [](const Note& note) {
        return note.name == "CORE" && note.type == NT_PRSTATUS && !note.descriptor.empty();
    });
    if (status == notes.end()) return 0;
    const Architecture* known =
        find([&](const Architecture& row) { return row.status_size == status->descriptor.size(); });
    return known == nullptr ? std::uint16_t{0} : known->machine;
}

const Architecture* architecture_of_symbols(std::string_view kallsyms) {
    const Architecture* found = nullptr;
    for (const Architecture* one : architectures()) {
        const bool there = !one->call_functions.empty() &&
                           kallsyms.find(" " + std::string(one->call_functions) + "read\n") != kallsyms.npos;
        if (there && (found == nullptr || one->word_size > found->word_size)) found = one;
    }
    return found;
}

const Architecture* architecture_of_this_program() {
    return find([](const Architecture& row) { return row.built_for; });
}

std::string architecture_names() { return list_of(kArchitectures, &Architecture::name, ", ", " or "); }

const TableForm* find_form(const Architecture& architecture, std::string_view name) {
    for (const TableForm& form : architecture.forms)
        if (form.name == name) return &form;
    return nullptr;
}

}  // namespace kstrax
