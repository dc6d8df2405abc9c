// SPDX-License-Identifier: GPL-2.0-or-later
// A recording in a few lines of text:
//
//     layout x86_64                   settings come first, each with a default
//     cpus 2
//     entries 8
//     0 100 tid=10/9 openat args=0xffffff9c,0x1000 path="/etc/pas\nswd"
//     0 150 tid=10/9 openat = 3
//     1 160 tid=11 compat:read = -EINTR
//     1 170 tid=11 openat rest "a file name whose record is overwritten"
//     1 torn                          reserved, but never written
//     1 180 tid=11 read kind=9        a slot of no known kind
//
// A record: CPU, time, tid=THREAD[/PROCESS], [compat:|x32:]NAME and what it is. A
// name is that of a system call, syscall_NUMBER, or -1. Values are decimal,
// hexadecimal or -ERRNO. cut="…" in place of path="…" leaves out the NUL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/kstrax_abi.h"
#include "formats/layout.hpp"

namespace kstrax::test {

/// What one position of a ring holds.
struct ScriptSlot {
    bool torn = false;  // the slot keeps what it held before
    Entry entry{};      // without serial
    std::string path;   // of a path slot: its piece of the name
};

struct ScriptCpu {
    std::vector<ScriptSlot> slots;  // by position
    std::uint64_t lost[KSTRAX_LOST_CAUSES] = {};
};

/// What the recorder says of its own structures; a newer one's may be larger.
struct RecorderSizes {
    std::uint32_t anchor = sizeof(kstrax_anchor);
    std::uint32_t cpu_offset = 1408;  // the next multiple of 128 behind the anchor
    std::uint32_t cpu = sizeof(kstrax_cpu);
    std::uint32_t frames = sizeof(kstrax_frames);
};

struct Script {
    kstrax_facts facts{};
    RecorderSizes sizes;
    kstrax_end end{};
    std::uint64_t anchor_virt = 0xffff888000000000;
    std::vector<ScriptCpu> cpus;
};

/// Throws std::runtime_error that names the line.
[[nodiscard]] Script parse_script(std::string_view text);

/// The audit architecture, word size and so on of a layout: "ia32", "ia64", "x86_64".
void set_layout(kstrax_facts& facts, std::string_view name);

}  // namespace kstrax::test
