// SPDX-License-Identifier: GPL-2.0-or-later
// What the kernel knows of a trace instance whose memory it keeps over a reboot: whether its events are those of the boot
// before, and where code lay then.
// Source: kernel/trace/trace.h, trace.c and ring_buffer.c of Linux 6.12 to 7.3.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/address/find_symbol.hpp"
#include "analyzer/kernel/files/kernel_struct.hpp"

namespace kstrax {

/// Where a module's code began.
struct ModuleThen {
    std::uint64_t start = 0;
    std::string name;  ///< bytes from memory
};

/// Of the boot that has recorded the events.
struct BootBefore {
    std::int64_t text_moved = 0;      ///< an address of the kernel's code then, and this added, is its address now
    std::vector<ModuleThen> modules;  ///< by their starts, ascending
    bool has_notes = false;           ///< of its modules and its clock, which is the instance's again
    std::string damage;               ///< why modules are missing; empty: none are
};

/// Asks one instance after the other.
class BootBeforeReader {
  public:
    BootBeforeReader(const FindMember& member, std::uint8_t word_size);

    /// The instance's memory is kept over a reboot. `at`: of its trace_array.
    [[nodiscard]] bool is_persistent(KernelReader& memory, std::uint64_t at);

    /// None: its events are of this boot, or there are none. `untouched`: nothing was written to its rings since they were
    /// found, and they hold events; kernels that keep no notes of the boot before say no more.
    [[nodiscard]] std::optional<BootBefore> read(KernelReader& memory, std::uint64_t at, bool untouched);

  private:
    void read_modules(KernelReader& memory, std::uint64_t scratch, std::uint64_t size, BootBefore& to);

    KernelStruct instance_, scratch_, module_;
    std::uint64_t module_size_ = 0;  // bytes of an entry, 0: there are none
};

}  // namespace kstrax
