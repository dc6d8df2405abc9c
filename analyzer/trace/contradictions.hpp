// SPDX-License-Identifier: GPL-2.0-or-later
// Records of one thread that cannot all be true, though none between them is lost: then bits of one have changed.
// Source: kernel/entry/common.c and arch/x86/entry/common.c of Linux, for the order in which a call's hooks run.
#pragma once

#include <cstdint>
#include <string>

#include "analyzer/recording/recording.hpp"

namespace kstrax {

enum class Contradiction : std::uint8_t {
    OtherProcess,  ///< a thread stays in its process as long as it lives
    SecondEntry,   ///< a call is left before the next is entered
    OtherExit,     ///< what is left is what was entered
    LoneExit,      ///< with a result that is no error: seccomp lets a call fail before the recorder's hook
};

struct Contradictions {
    std::uint64_t records = 0;
    // The first of them.
    Contradiction kind = Contradiction::OtherProcess;
    Tid tid = 0;
    CpuId cpu = 0;
    std::uint64_t serial = 0;

    void add(Contradiction found, const Record& record);
    /// A sentence. Precondition: there are some.
    [[nodiscard]] std::string describe() const;
};

/// How far records can be held against each other. Where recording was changed meanwhile, or goes on while the rings
/// are read, records are missing that nothing counts.
enum class Comparable : std::uint8_t {
    No,
    UntilARingEnds,  ///< up to the last record of the first CPU that has no more
    All,             ///< the machine had stopped
};
[[nodiscard]] Comparable comparable(const Recording& recording);

}  // namespace kstrax
