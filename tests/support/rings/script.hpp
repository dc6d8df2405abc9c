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
//
// What the recorder leaves out, as it stands at the end:
//
//     only 123 FILE getpid            all but this process (-1: none) and these calls
//
// A kernel around the rings (tests/support/rings/kernel_image.hpp), and what is amiss:
//
//     tables "PAE"                    page tables of this form, and VMCOREINFO
//     ring 1 0xf8001000               where a CPU's ring is mapped, if not anywhere
//     begin 1 5000                    the script's first record of CPU 1 has this position
//     hole 0 2 3                      pages of CPU 0's ring are not in the dump
//     unmapped 0 4                    a page of it is not mapped by the tables
//     anchor none                     neither anchor nor frame lists
//     absent 1 20                     CPU 1 has no ring; it ran all the same, and 20 records were counted
//     step 500 1700000000000000000    from then on the wall clock was so far ahead of the monotonic one
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/arch/architecture.hpp"
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
    std::uint64_t begin = 0;        // position of the first slot
    std::vector<ScriptSlot> slots;  // by position
    std::uint64_t lost[KSTRAX_LOST_CAUSES] = {};
    std::uint64_t ring_virt = 0;        // 0: the generator chooses
    bool absent = false;                // no ring
    std::vector<std::size_t> holes;     // pages of the ring
    std::vector<std::size_t> unmapped;  // pages of the ring
};

/// The kernel that the recorder ran in.
struct ScriptKernel {
    const TableForm* tables = nullptr;       // none: rings are reached by frame lists only
    std::uint64_t load = 0;                  // where its image lies; 0: where the architecture has it
    std::uint64_t page_offset = 0xc0000000;  // IA-32's
    std::uint64_t kaslr = 0;                 // x86-64's KERNELOFFSET
    std::uint64_t sme_mask = 0;              // x86-64's mark of encrypted memory
    bool in_headers = true;                  // VMCOREINFO stands in the dump's headers, not in memory only
    std::string pointers;                    // a symbol: the CPUs' rings, a pointer each
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
    kstrax_filter filter{};  // of everything
    kstrax_clock clock{};
    ScriptKernel kernel;
    bool anchor = true;
    std::uint64_t anchor_virt = 0xffff888000000000;
    std::vector<ScriptCpu> cpus;
};

/// Throws std::runtime_error that names the line.
[[nodiscard]] Script parse_script(std::string_view text);

/// What a script is before its first line.
[[nodiscard]] Script default_script();

class Words;
/// Takes the words behind a setting's name; false if there is no such setting.
[[nodiscard]] bool apply_setting(Script& script, const std::string& name, Words& words);

/// The audit architecture, word size and so on of a layout: "ia32", "ia64", "x86_64".
void set_layout(kstrax_facts& facts, std::string_view name);

}  // namespace kstrax::test
