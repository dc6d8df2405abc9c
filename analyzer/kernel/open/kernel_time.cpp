// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/open/kernel_time.hpp"

#include "analyzer/kernel/files/kernel_struct.hpp"

namespace kstrax {

namespace {

constexpr std::int64_t kFirstYear =
    946684800;  // 2000-01-01: what lies before it, or behind the other, is no time of ours
constexpr std::int64_t kLastYear = 4102444800;  // 2100-01-01
constexpr std::size_t kLongestHostName = 64;    // __NEW_UTS_LEN

/// Where the timekeeper lies. It has no symbol of its own: a sequence counter stands before it.
std::optional<std::uint64_t> timekeeper(DumpedKernel& kernel, const FindMember& member) {
    const FindSymbol find = kernel.find();
    auto symbol = find("timekeeper_data");  // since 6.17: an array, of which the first is the machine's
    if (!symbol) symbol = find("tk_core");
    if (!symbol) return std::nullopt;
    if (const auto inside = member("tk_data", "timekeeper")) return symbol->value + inside->offset;  // since 6.13
    const auto counter = member("seqcount_raw_spinlock", "");
    if (!counter) return std::nullopt;
    constexpr std::uint64_t kAligned = 8;
    return symbol->value + (counter->size + kAligned - 1) / kAligned * kAligned;
}

}  // namespace

KernelTime read_kernel_time(DumpedKernel& kernel) {
    KernelTime time;
    if (const auto noted = kernel.vmcoreinfo().decimal("CRASHTIME")) time.wall = static_cast<std::int64_t>(*noted);
    const auto member = kernel.member();
    const auto at = member ? timekeeper(kernel, *member) : std::nullopt;
    if (!at) return time;
    enum { kSeconds, kToMonotonic, kSuspended };
    KernelReader memory = kernel.reader();
    KernelStruct keeper(*member, "timekeeper", {"xtime_sec", "wall_to_monotonic.tv_sec", "offs_boot"},
                        memory.word_size());
    if (!keeper.knows_all() || !keeper.read(memory, *at)) return time;
    const auto wall = static_cast<std::int64_t>(keeper[kSeconds]);
    if (wall < kFirstYear || wall >= kLastYear) return time;
    constexpr std::uint64_t kSecond = 1'000'000'000;
    const std::uint64_t since = keeper[kSeconds] + keeper[kToMonotonic] + keeper[kSuspended] / kSecond;
    if (since < static_cast<std::uint64_t>(kLastYear)) time.since = since;
    if (!time.wall) time.wall = wall;
    return time;
}

std::optional<std::int64_t> log_clock_lead(DumpedKernel& kernel) {
    constexpr std::int64_t kMost = 1'000'000'000;  // both begin at boot; a clock that is further off is none of ours
    const auto symbol = kernel.find()("__gtod_offset");
    const auto lead = symbol ? kernel.reader().number(symbol->value, sizeof(std::uint64_t)) : std::nullopt;
    if (!lead) return std::nullopt;
    const auto known = static_cast<std::int64_t>(*lead);
    return known >= -kMost && known <= kMost ? std::optional(known) : std::nullopt;
}

std::string read_host_name(DumpedKernel& kernel) {
    const auto member = kernel.member();
    const auto symbol = kernel.find()("init_uts_ns");
    const auto name = member ? (*member)("uts_namespace", "name.nodename") : std::nullopt;
    if (!symbol || !name) return {};
    KernelReader memory = kernel.reader();
    return kernel_text(memory, symbol->value + name->offset, kLongestHostName).value_or("");
}

}  // namespace kstrax
