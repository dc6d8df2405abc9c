// SPDX-License-Identifier: GPL-2.0-or-later
// What is true of a whole recording, whatever it was read from: importers fill it in.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "analyzer/base/types.hpp"

namespace kstrax {

/// The machine, and how it was recorded. What an input does not say is 0 or empty.
struct RecordingFacts {
    std::string_view recorder = {};  ///< of another kind than ours: "ftrace"
    std::uint32_t audit_arch = 0;    ///< AUDIT_ARCH_… of <linux/audit.h>
    std::uint8_t word_size = 0;      ///< bytes of a long in the recording kernel
    std::uint8_t page_shift = 0;
    std::uint32_t possible_cpus = 0;  ///< CPU numbers are below this
    std::string host_name;            ///< texts are as they were recorded: escape before showing
    std::string kernel_release;

    std::uint64_t instance_id = 0;  ///< tells recordings of one machine apart; 0: nothing says
    /// One moment on both clocks: wall time = time - monotonic + realtime.
    std::int64_t start_monotonic_ns = 0;
    std::int64_t start_realtime_ns = 0;  ///< since 1970-01-01 UTC

    std::string module_version;  ///< of the recorder
    std::uint32_t abi_version = 0;
    std::uint16_t entry_size = 0;  ///< bytes of a slot
    std::uint64_t entries_per_cpu = 0;
};

/// How the recording ended; all zero where it did not end by a panic.
struct Ending {
    Nanos time_ns = 0;
    CpuId cpu = 0;  ///< that panicked
    Tid pid = 0;    ///< the thread that panicked
};

/// Why a recorder could not record something; indexes LossCounts.
enum LossCause : std::uint8_t {
    kLostNameFault = 0,  ///< file names unreadable at entry and at exit
    kLostNameBusy = 1,   ///< file names given up: too many calls waited for a page
    kLostNoRing = 2,     ///< records of a CPU that there was no memory for when it came
    kNamesCut = 3,       ///< file names cut off: they would have taken more slots than allowed
    kLossCauses = 4,
};
using LossCounts = std::array<std::uint64_t, kLossCauses>;

}  // namespace kstrax
