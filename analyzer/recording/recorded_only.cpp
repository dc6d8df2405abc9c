// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/recording/recorded_only.hpp"

#include <algorithm>
#include <iterator>

#include "analyzer/recording/call_set.hpp"

namespace kstrax {

namespace {

constexpr std::int32_t kAllProcesses = -1;
constexpr std::size_t kMostNames = 20;

bool all_set(const __u8 (&bits)[KSTRAX_CALL_BITMAP_BYTES]) {
    return std::all_of(std::begin(bits), std::end(bits), [](__u8 byte) { return byte == 0xff; });
}

}  // namespace

std::optional<std::string> implausible(const kstrax_filter& filter) {
    const std::int32_t pid = filter.traced_pid;
    if (pid > 0 || pid == kAllProcesses) return std::nullopt;
    return "it names process " + std::to_string(pid);
}

bool RecordedOnly::all_calls() const { return all_set(filter_.native_calls) && all_set(filter_.compat_calls); }

bool RecordedOnly::everything() const { return !process() && all_calls(); }

std::optional<Tid> RecordedOnly::process() const {
    if (filter_.traced_pid == kAllProcesses) return std::nullopt;
    return static_cast<Tid>(filter_.traced_pid);
}

std::string RecordedOnly::calls() const { return CallSet(filter_, audit_arch_).describe(kMostNames); }

std::string RecordedOnly::describe() const {
    std::string text;
    if (const auto one = process()) text = "process " + std::to_string(*one);
    if (!all_calls()) text += (text.empty() ? "calls: " : "; calls: ") + calls();
    return text;
}

bool RecordedOnly::lets_pass(Tid tid, Tid tgid, std::uint16_t abi, std::uint16_t nr) const {
    const __u8* calls = abi == KSTRAX_ABI_COMPAT ? filter_.compat_calls : filter_.native_calls;
    nr &= KSTRAX_NR_MASK;
    if ((calls[nr / 8] >> nr % 8 & 1) == 0) return false;
    const auto one = process();
    return !one || *one == (tgid != 0 ? tgid : tid);
}

}  // namespace kstrax
