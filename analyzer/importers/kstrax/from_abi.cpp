// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax/from_abi.hpp"

#include <algorithm>
#include <cstring>

#include "analyzer/base/lists.hpp"

namespace kstrax {

namespace {

constexpr std::int32_t kAllProcesses = -1;
constexpr std::uint32_t kFirstVersion = 1;

std::string layout_numbers() {
    const auto text = [](const Layout& row) { return std::to_string(row.id).append(" (").append(row.name) + ")"; };
    return list_of(layouts(), text, ", ", " or ");
}

template <std::size_t N>
std::string text_of(const char (&array)[N]) {
    return std::string(bounded_text({array, N}));
}

template <std::size_t N>
void store_text(std::string_view text, char (&array)[N]) {
    std::memcpy(array, text.data(), std::min(text.size(), N));
}

}  // namespace

std::optional<std::string> implausible(const kstrax_facts& facts) {
    constexpr std::uint64_t kMostRing = std::uint64_t{1} << 46;  // bytes: what 64-bit kernels can map

    const auto wrong = [](const char* field, std::uint64_t value, const std::string& expected) {
        return std::string(field) + " is " + std::to_string(value) + ", expected " + expected;
    };
    if (facts.endian_mark == __builtin_bswap32(KSTRAX_ENDIAN_MARK)) return "it comes from a big-endian machine";
    if (facts.endian_mark != KSTRAX_ENDIAN_MARK)
        return wrong("endian mark", facts.endian_mark, std::to_string(KSTRAX_ENDIAN_MARK));
    if (facts.abi_version != KSTRAX_ABI_VERSION)
        return wrong("ABI version", facts.abi_version,
                     std::to_string(KSTRAX_ABI_VERSION) + " (a newer kstrax may read it)");
    const Layout* layout = find_layout(facts.layout);
    if (layout == nullptr) return wrong("layout", facts.layout, layout_numbers());
    if (facts.entry_size < layout->size || facts.entry_size > KSTRAX_ENTRY_SIZE_MAX)
        return wrong("entry size", facts.entry_size,
                     std::to_string(layout->size) + " to " + std::to_string(KSTRAX_ENTRY_SIZE_MAX));
    if (facts.word_size != 4 && facts.word_size != 8) return wrong("word size", facts.word_size, "4 or 8");
    if (facts.page_shift < 12 || facts.page_shift > 16) return wrong("page shift", facts.page_shift, "12 to 16");
    if (facts.possible_cpus == 0 || facts.possible_cpus > kMostCpus)
        return wrong("number of CPUs", facts.possible_cpus, "1 to " + std::to_string(kMostCpus));
    if (facts.entries_per_cpu == 0 || facts.entries_per_cpu > kMostRing / facts.entry_size)
        return wrong("entries per CPU", facts.entries_per_cpu, "1 to " + std::to_string(kMostRing / facts.entry_size));
    return std::nullopt;
}

std::optional<std::string> implausible(const kstrax_filter& filter) {
    const std::int32_t pid = filter.traced_pid;
    if (pid <= 0 && pid != kAllProcesses) return "it names process " + std::to_string(pid);
    const auto all = [](const auto& calls) {
        return std::ranges::all_of(calls, [](__u8 byte) { return byte == 0xff; });
    };
    if (filter.version == kFirstVersion &&
        (pid != kAllProcesses || !all(filter.native_calls) || !all(filter.compat_calls)))
        return "it leaves something out, though it was never changed";
    return std::nullopt;
}

RecordingFacts facts_of(const kstrax_facts& facts) {
    return {.audit_arch = facts.audit_arch,
            .word_size = facts.word_size,
            .page_shift = facts.page_shift,
            .possible_cpus = facts.possible_cpus,
            .host_name = text_of(facts.host_name),
            .kernel_release = text_of(facts.kernel_release),
            .instance_id = facts.instance_id,
            .start_monotonic_ns = facts.start_monotonic_ns,
            .start_realtime_ns = facts.start_realtime_ns,
            .module_version = text_of(facts.module_version),
            .abi_version = facts.abi_version,
            .entry_size = facts.entry_size,
            .entries_per_cpu = facts.entries_per_cpu};
}

kstrax_facts abi_facts(const Recording& recording) {
    const RecordingFacts& from = recording.facts;
    kstrax_facts facts{};
    facts.abi_version = KSTRAX_ABI_VERSION;
    facts.endian_mark = KSTRAX_ENDIAN_MARK;
    facts.audit_arch = from.audit_arch;
    facts.layout = recording.layout->id;
    facts.entry_size = from.entry_size;
    facts.word_size = from.word_size;
    facts.page_shift = from.page_shift;
    facts.possible_cpus = from.possible_cpus;
    facts.entries_per_cpu = from.entries_per_cpu;
    facts.instance_id = from.instance_id;
    facts.start_monotonic_ns = from.start_monotonic_ns;
    facts.start_realtime_ns = from.start_realtime_ns;
    store_text(from.module_version, facts.module_version);
    store_text(from.kernel_release, facts.kernel_release);
    store_text(from.host_name, facts.host_name);
    return facts;
}

Ending ending_of(const kstrax_end& end) { return {.time_ns = end.time_ns, .cpu = end.cpu, .pid = end.pid}; }

kstrax_end abi_end(const Ending& ending) { return {.time_ns = ending.time_ns, .cpu = ending.cpu, .pid = ending.pid}; }

ClockSteps clock_of(const kstrax_clock& block) {
    static_assert(kMostClockSteps == KSTRAX_CLOCK_ROOM);
    const bool watched = (block.flags & KSTRAX_CLOCK_WATCHED) != 0;
    ClockSteps clock(watched, block.count, block.end_offset_ns);
    if (block.room != KSTRAX_CLOCK_ROOM) return clock;  // a newer recorder's, or damaged
    const std::uint64_t count = block.count;
    for (std::uint64_t n = count - std::min<std::uint64_t>(count, KSTRAX_CLOCK_ROOM); n < count; ++n) {
        const kstrax_clock_step row = block.steps[n % KSTRAX_CLOCK_ROOM];
        if (row.serial == n + 1)
            clock.add({.from = static_cast<Nanos>(row.monotonic_ns), .offset_ns = row.offset_ns, .number = n});
    }
    return clock;
}

kstrax_clock abi_clock(const ClockSteps& clock) {
    kstrax_clock block{};
    if (!clock.watched() && clock.count() == 0 && clock.end_offset_ns() == 0) return block;  // there was none
    block.count = clock.count();
    block.room = KSTRAX_CLOCK_ROOM;
    block.flags = clock.watched() ? KSTRAX_CLOCK_WATCHED : 0;
    block.end_offset_ns = clock.end_offset_ns();
    for (const ClockStep& step : clock.steps())
        block.steps[step.number % KSTRAX_CLOCK_ROOM] = {.serial = step.number + 1,
                                                        .monotonic_ns = static_cast<std::int64_t>(step.from),
                                                        .offset_ns = step.offset_ns};
    return block;
}

CallSet calls_of(const kstrax_filter& filter, std::uint32_t audit_arch) {
    constexpr std::size_t kBits = kCallNumbers;
    static_assert(kBits == std::size_t{KSTRAX_CALL_BITMAP_BYTES} * 8);
    CallSet::Bits recorded;
    for (std::size_t bit = 0; bit < kBits; ++bit) {
        recorded[bit] = (filter.native_calls[bit / 8] >> bit % 8 & 1) != 0;
        recorded[kBits + bit] = (filter.compat_calls[bit / 8] >> bit % 8 & 1) != 0;
    }
    return {recorded, audit_arch};
}

void store(const CallSet& calls, kstrax_filter& filter) {
    for (std::size_t byte = 0; byte < KSTRAX_CALL_BITMAP_BYTES; ++byte) {
        unsigned native = 0;
        unsigned compat = 0;
        for (std::size_t bit = 0; bit < 8; ++bit) {
            native |= static_cast<unsigned>(calls.bits()[byte * 8 + bit]) << bit;
            compat |= static_cast<unsigned>(calls.bits()[kCallNumbers + byte * 8 + bit]) << bit;
        }
        filter.native_calls[byte] = static_cast<__u8>(native);
        filter.compat_calls[byte] = static_cast<__u8>(compat);
    }
}

RecordedOnly recorded_only(const kstrax_filter& filter, std::uint32_t audit_arch) {
    std::optional<Tid> process;
    if (filter.traced_pid != kAllProcesses) process = static_cast<Tid>(filter.traced_pid);
    return {process, calls_of(filter, audit_arch), filter.version};
}

kstrax_filter abi_filter(const RecordedOnly& only) {
    kstrax_filter filter{};
    filter.traced_pid = only.process() ? static_cast<std::int32_t>(*only.process()) : kAllProcesses;
    store(only.call_set(), filter);
    filter.version = only.version();
    return filter;
}

void take_filter(Recording& recording, const kstrax_filter& filter, const std::string& where) {
    if (const auto wrong = implausible(filter)) {
        recording.findings.add(FindingId::FilterDamaged, where + ": its filter makes no sense (" + *wrong +
                                                             "): which calls and processes were recorded is not known");
        return;
    }
    recording.only.emplace(recorded_only(filter, recording.facts.audit_arch));
}

}  // namespace kstrax
