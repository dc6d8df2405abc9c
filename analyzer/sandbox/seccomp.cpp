// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/sandbox/seccomp.hpp"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstddef>

#include "analyzer/arch/own_audit.hpp"

namespace kstrax {

namespace {

constexpr std::uint32_t kRefuse = SECCOMP_RET_ERRNO | EPERM;
/// Numbers from here on are those of another table of calls in the same architecture.
constexpr std::uint32_t kOtherNumbers = 0x40000000;

constexpr sock_filter load(std::size_t offset) {
    return {BPF_LD | BPF_W | BPF_ABS, 0, 0, static_cast<std::uint32_t>(offset)};
}
constexpr sock_filter answer(std::uint32_t what) { return {BPF_RET | BPF_K, 0, 0, what}; }
/// The next instruction if it is so; otherwise the one behind `skipped` of them.
constexpr sock_filter if_equal(std::uint32_t value, std::size_t skipped) {
    return {BPF_JMP | BPF_JEQ | BPF_K, 0, static_cast<std::uint8_t>(skipped), value};
}

/// Where the low half of an argument lies.
std::size_t place_of(const AllowedArgument& argument) {
    return offsetof(seccomp_data, args) + argument.index * sizeof(std::uint64_t) +
           (std::endian::native == std::endian::big ? sizeof(std::uint32_t) : 0);
}

void add(std::vector<sock_filter>& program, const AllowedCall& call) {
    const AllowedArgument& argument = call.argument;
    if (argument.mask == 0) {
        program.insert(program.end(), {if_equal(call.number, 1), answer(SECCOMP_RET_ALLOW)});
        return;
    }
    program.push_back(if_equal(call.number, 3 + 2 * argument.count));
    program.push_back(load(place_of(argument)));
    program.push_back({BPF_ALU | BPF_AND | BPF_K, 0, 0, argument.mask});
    for (const std::uint32_t value : std::span(argument.values).first(argument.count))
        program.insert(program.end(), {if_equal(value, 1), answer(SECCOMP_RET_ALLOW)});
    program.push_back(answer(kRefuse));
}

}  // namespace

std::vector<sock_filter> call_filter(std::span<const AllowedCall> allowed) {
    std::vector<sock_filter> program{load(offsetof(seccomp_data, arch)),
                                     {BPF_JMP | BPF_JEQ | BPF_K, 1, 0, kOwnAudit},
                                     answer(SECCOMP_RET_KILL_PROCESS),
                                     load(offsetof(seccomp_data, nr)),
                                     {BPF_JMP | BPF_JGE | BPF_K, 0, 1, kOtherNumbers},
                                     answer(SECCOMP_RET_KILL_PROCESS)};
    for (const AllowedCall& call : allowed) add(program, call);
    for (const std::uint32_t number : calls_not_there())
        program.insert(program.end(), {if_equal(number, 1), answer(SECCOMP_RET_ERRNO | ENOSYS)});
    for (const std::uint32_t number : deadly_calls())
        program.insert(program.end(), {if_equal(number, 1), answer(SECCOMP_RET_KILL_PROCESS)});
    program.push_back(answer(kRefuse));
    return program;
}

bool filter_calls(std::span<const sock_filter> program) {
    std::vector<sock_filter> copy(program.begin(), program.end());
    const sock_fprog filter{static_cast<unsigned short>(copy.size()), copy.data()};
    // Before 5.16 a filter made the whole process slower, against code that it would not trust. We run our own.
    for (const unsigned flags : {unsigned{SECCOMP_FILTER_FLAG_SPEC_ALLOW}, 0U}) {
        if (::syscall(__NR_seccomp, SECCOMP_SET_MODE_FILTER, flags, &filter) == 0) return true;
        if (errno != EINVAL) break;
    }
    return false;
}

}  // namespace kstrax
