// SPDX-License-Identifier: GPL-2.0-or-later
// Between what the recorder writes, in memory and in files, and what readers of recordings know.
#pragma once

#include <optional>
#include <string>

#include "analyzer/recording/recording.hpp"
#include "formats/kstrax_abi.h"

namespace kstrax {

/// Checks what a reader depends on in facts that come from outside: byte order,
/// version, layout, sizes. The answer says what is wrong with them, if anything.
[[nodiscard]] std::optional<std::string> implausible(const kstrax_facts& facts);
/// A recorder stores no such filter: what is wrong with it, if anything.
[[nodiscard]] std::optional<std::string> implausible(const kstrax_filter& filter);

[[nodiscard]] RecordingFacts facts_of(const kstrax_facts& facts);
[[nodiscard]] Ending ending_of(const kstrax_end& end);
/// What makes no sense in it counts as missing.
[[nodiscard]] ClockSteps clock_of(const kstrax_clock& block);
/// Precondition: !implausible(filter). audit_arch: of the recording kernel.
[[nodiscard]] RecordedOnly recorded_only(const kstrax_filter& filter, std::uint32_t audit_arch);
[[nodiscard]] CallSet calls_of(const kstrax_filter& filter, std::uint32_t audit_arch);
/// Takes a filter as it was read; one that makes no sense is a finding: `where` it stands.
void take_filter(Recording& recording, const kstrax_filter& filter, const std::string& where);
/// One by one: a reference to a packed array would bind to a copy that is gone at once.
template <typename T>  // kstrax_cpu, volatile or not, or kstrax_file_end
[[nodiscard]] LossCounts losses_of(const T& block) {
    static_assert(int{kLostNameFault} == KSTRAX_LOST_PATH_FAULT && int{kLostNameBusy} == KSTRAX_LOST_PATH_BUSY &&
                  int{kLostNoRing} == KSTRAX_LOST_NO_RING && int{kNamesCut} == KSTRAX_LOST_PATH_CUT &&
                  int{kLossCauses} == KSTRAX_LOST_CAUSES);
    LossCounts lost{};
    for (std::size_t cause = 0; cause < lost.size(); ++cause) lost[cause] = block.lost[cause];
    return lost;
}

/// Whether a descriptor of this CPU is one that the recorder left without a ring, and not damaged.
/// Before 2.1 such a descriptor did not name its CPU: then only the search of memory can say.
[[nodiscard]] inline bool without_ring(const kstrax_cpu& descriptor, CpuId cpu) {
    return descriptor.ring_virt == 0 && descriptor.frames_phys == 0 && cpu != 0 && descriptor.cpu == cpu;
}

// The way back, for those who write files or tell the recorder what to record.
[[nodiscard]] kstrax_facts abi_facts(const Recording& recording);
[[nodiscard]] kstrax_end abi_end(const Ending& ending);
[[nodiscard]] kstrax_clock abi_clock(const ClockSteps& clock);
[[nodiscard]] kstrax_filter abi_filter(const RecordedOnly& only);
void store(const CallSet& calls, kstrax_filter& filter);

}  // namespace kstrax
