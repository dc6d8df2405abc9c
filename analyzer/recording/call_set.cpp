// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/recording/call_set.hpp"

#include <array>
#include <string>
#include <vector>

#include "formats/call_classes.hpp"
#include "formats/call_numbers.hpp"
#include "formats/syscalls.hpp"

namespace kstrax {

namespace {

/// Where an ABI's calls have their bits.
struct AbiTable {
    CallAbi abi;
    std::size_t table;
};
constexpr std::array kAbiTables{AbiTable{kAbiNative, 0}, AbiTable{kAbiX32, 0}, AbiTable{kAbiCompat, 1}};

/// ALL, in either case, is no class: it holds what has no name, too.
bool is_all(std::string_view type) { return type == "ALL" || type == "all"; }

}  // namespace

void CallSet::add_call(Bits& bits, std::string_view name) const {
    for (const AbiTable& one : kAbiTables) {
        const SyscallTable* table = syscall_table(audit_arch_, one.abi);
        const Syscall* call = table != nullptr ? table->find(name) : nullptr;
        if (call == nullptr) continue;
        bits.set(one.table * kBits + call->nr);
        // Its exit may have lost its number.
        if (call->role == CallRole::SigReturn) bits.set(one.table * kBits + kNrNone);
    }
}

CallSet::Bits CallSet::calls_of(std::string_view names) const {
    Bits bits;
    each_call_name(names, [&](std::string_view name) { add_call(bits, name); });
    return bits;
}

Result<CallSet::Bits> CallSet::calls_of_type(std::string_view type) const {
    Bits bits;
    if (is_all(type)) return bits.set();
    if (const CallClass* one = find_call_class(type)) return calls_of(one->calls);
    add_call(bits, type);
    if (bits.any()) return bits;
    // A number is one in every ABI, as reports name and select it.
    const auto unnamed = unnamed_call_number(type);
    if (const auto number = unnamed ? unnamed : call_number(type)) {
        for (const AbiTable& one : kAbiTables) {
            const SyscallTable* table = syscall_table(audit_arch_, one.abi);
            if (table != nullptr && (!unnamed || table->find(*number) == nullptr))
                bits.set(one.table * kBits + *number);
        }
        if (bits.any()) return bits;
    }
    std::string known;
    for (const CallClass& one : call_classes()) known.append(one.name).append(", ");
    return Error{ErrorCode::Usage, "no kind of system call '" + std::string(type) + "'; there are " + known +
                                       "ALL, and each call by its name"};
}

Result<void> CallSet::toggle(std::string_view type) {
    const auto bits = calls_of_type(type);
    if (!bits) return bits.error();
    if (recorded_.all() && !bits->all()) recorded_ = *bits;
    else if ((recorded_ & *bits) != *bits) recorded_ |= *bits;
    else recorded_ &= find_call_class(type) != nullptr ? ~(*bits & ~of_other_classes(type)) : ~*bits;
    return {};
}

CallSet::Bits CallSet::of_other_classes(std::string_view type) const {
    Bits others;
    for (const CallClass& one : call_classes()) {
        if (&one == find_call_class(type)) continue;
        const Bits bits = calls_of(one.calls);
        if ((recorded_ & bits) == bits) others |= bits;
    }
    return others;
}

std::string CallSet::describe(std::size_t most) const {
    if (recorded_.all()) return "ALL";
    std::string text;
    const auto say = [&text](std::string_view word) { text.append(text.empty() ? "" : " ").append(word); };
    Bits said;
    std::size_t names = 0;
    for (const CallClass& one : call_classes()) {
        const Bits bits = calls_of(one.calls);
        if ((recorded_ & bits) != bits) continue;
        say(one.name);
        said |= bits;
    }
    for (const AbiTable& one : kAbiTables) {
        const SyscallTable* table = syscall_table(audit_arch_, one.abi);
        if (table == nullptr) continue;
        for (const Syscall& call : table->calls) {
            if (!recorded_[one.table * kBits + call.nr] || said[one.table * kBits + call.nr]) continue;
            if (names++ < most) say(call.name);
            add_call(said, call.name);
        }
    }
    // Numbers without a name, where they are chosen one by one rather than what is left of all.
    std::vector<std::size_t> unnamed;
    const Bits rest = recorded_ & ~said;
    const SyscallTable* native = syscall_table(audit_arch_, kAbiNative);
    constexpr std::size_t kMostChosen = 16;
    for (std::size_t nr = 0; nr < kNrTooBig && unnamed.size() <= kMostChosen; ++nr)
        if (rest[nr] && (native == nullptr || native->find(static_cast<std::uint16_t>(nr)) == nullptr))
            unnamed.push_back(nr);
    if (unnamed.size() <= kMostChosen)
        for (const std::size_t nr : unnamed) say(std::string(kUnnamedCall) + std::to_string(nr));
    if (names > most) say("and " + std::to_string(names - most) + " more");
    return text.empty() ? "NONE" : text;
}

}  // namespace kstrax
