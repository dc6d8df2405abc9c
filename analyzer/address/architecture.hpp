// SPDX-License-Identifier: GPL-2.0-or-later
// The architectures whose dumps are read, as data: what a page table looks like,
// and which parts of the address space need none. A walker and a kernel address
// space are driven by these rows and know no architecture of their own.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "analyzer/base/types.hpp"

namespace kstrax {

/// How to read an entry of one level.
struct EntryRule {
    std::uint64_t present = 0;   ///< any of these bits set: present; 0: any entry but 0 is
    std::uint64_t frame = 0;     ///< the physical address of the next table or of the page
    std::uint64_t large = 0;     ///< set: the entry maps a large page; 0: there are none at this level
    std::uint64_t reserved = 0;  ///< any set: the processor would refuse the entry
};

struct TableLevel {
    std::string_view name;   ///< as Linux calls it
    std::uint8_t shift = 0;  ///< of the index in an address; a large page has 2^shift bytes
    std::uint8_t bits = 0;   ///< of the index
    EntryRule rule;
};

inline constexpr std::size_t kMostLevels = 5;

/// What must be true of an address's bits above those that the tables use.
enum class Unused : std::uint8_t {
    Zero,  ///< all 0
    Sign,  ///< all as the highest used one (x86-64: canonical)
};

struct TableForm {
    std::string_view name;
    std::uint8_t entry_size = 0;  ///< bytes
    std::uint8_t page_shift = 0;
    std::uint8_t level_count = 0;
    Unused unused = Unused::Zero;
    TableLevel levels[kMostLevels];  ///< from the root down

    [[nodiscard]] constexpr std::span<const TableLevel> used() const { return {levels, level_count}; }
    /// Bits of an address that the tables resolve.
    [[nodiscard]] constexpr unsigned reach() const { return levels[0].shift + unsigned{levels[0].bits}; }
};

/// How the addresses of a span find their memory.
enum class Mapping : std::uint8_t {
    Tables,       ///< the kernel's page tables; the tables' address is the offset in the span's region
    Identity,     ///< physical = address - `base`
    KernelImage,  ///< physical = address - `base` + where the kernel was loaded
    PerCpu,       ///< another memory on each CPU: no answer without one
};

/// Addresses [first, last]. Where spans overlap, the one listed first counts.
struct Span {
    VirtAddr first, last;
    Mapping mapping;
    std::uint64_t base;  ///< of the region (Tables), of the mapping (others)
    std::string_view name;
};

struct Architecture {
    std::string_view name;     ///< as the layout is called
    std::uint32_t audit_arch;  ///< AUDIT_ARCH_… of <linux/audit.h>
    std::uint16_t machine;     ///< ELF's e_machine
    std::uint8_t word_size;    ///< bytes of a pointer
    /// Where the kernel has its page directory: tells the architecture of an image
    /// that does not name it.
    VirtAddr directory_first, directory_last;
    /// Modules lie somewhere in [first, last), mapped by page tables in small pages.
    VirtAddr modules_first, modules_last;
    std::span<const Span> spans;
    std::span<const TableForm> forms;
};

[[nodiscard]] std::span<const Architecture> architectures();

/// Null if there is none.
[[nodiscard]] const Architecture* architecture_of_machine(std::uint16_t machine);
[[nodiscard]] const Architecture* architecture_of_audit(std::uint32_t audit_arch);
[[nodiscard]] const Architecture* architecture_named(std::string_view name);
[[nodiscard]] const Architecture* architecture_of_directory(VirtAddr swapper_pg_dir);

/// Null if the architecture has no form of that name.
[[nodiscard]] const TableForm* find_form(const Architecture& architecture, std::string_view name);

}  // namespace kstrax
