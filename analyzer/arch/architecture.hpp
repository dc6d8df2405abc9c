// SPDX-License-Identifier: GPL-2.0-or-later
// The architectures whose dumps are read. All that is known of one stands in a file
// of its own here, as a row; nobody else asks which architecture it is.
//
// To add one: write NAME.cpp with its row, name the row in architecture.cpp, and give it a
// call table in formats/ (syscalls.cpp), and a ring layout there if a recorder runs on it.
// tests/unit/memory/architecture_test.cpp says what is missing.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "analyzer/arch/code_forms.hpp"
#include "analyzer/arch/cpu_registers.hpp"
#include "analyzer/arch/dump_facts.hpp"
#include "analyzer/arch/page_tables.hpp"
#include "analyzer/arch/vmcoreinfo.hpp"
#include "analyzer/base/result.hpp"
#include "analyzer/base/types.hpp"
#include "formats/arguments.hpp"

namespace kstrax {

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

struct Architecture;

/// What finding a kernel's address space may ask of its dump.
struct SpaceInputs {
    const Architecture& architecture;
    const Vmcoreinfo& info;  ///< may be empty
    std::span<const Segment> segments;
    std::span<const Note> notes;
    /// Is the page directory where it should be? Its own address, walked through itself, must
    /// lead back to it. True, too, where tables on that way are not in the dump: nothing then
    /// speaks against it.
    std::function<bool(const PageTables& tables, VirtAddr directory)> maps_itself;
    /// The kernel's name and release stand at the beginning of init_uts_ns: does what VMCOREINFO
    /// calls that lie at `at`?
    std::function<bool(PhysAddr at)> is_uts_namespace;
};

/// What a kernel's address space depends on.
struct SpaceFacts {
    PageTables tables;
    std::uint64_t image_phys = 0;  ///< of Mapping::KernelImage
    std::string found;             ///< how, in a few words
};

/// Where the entry into the kernel leaves a system call: members of struct pt_regs, by name; "regs[3]" is one of an
/// array.
struct CallRegisters {
    std::string_view number;  ///< the call's; -1: not entered by a call
    std::string_view mode;    ///< which mode was left
    std::uint64_t mode_mask;  ///< of it
    std::uint64_t user_mode;  ///< its value for user mode
    std::string_view result;
    bool enosys_first = true;         ///< `result` is -ENOSYS until the call has one
    std::string_view untouched = {};  ///< or what this holds: the first argument, in whose register the result comes
    std::array<std::string_view, 6> args;
    /// Of calls by the other table (kAbiCompat): made while this bit of thread_info.status is set, or of `mode`
    /// itself. 0: there are none.
    std::uint64_t compat_status = 0;
    std::uint64_t compat_mode = 0;
    std::array<std::string_view, 6> compat_args{};
    std::uint64_t other_table = 0;  ///< bit of the number that chooses x32's table; 0: there is none
    /// The registers lie at the end of the stack, which has one of these sizes; empty: a CPU's variable tells where.
    std::span<const std::uint64_t> stack_sizes = {};
    std::string_view code = {};  ///< where user mode goes on, which is never 0; empty: not asked
    /// Why the kernel was entered, and its value for a call; empty: `number` alone tells.
    std::string_view cause = {};
    std::uint64_t cause_of_call = 0;
};

struct Architecture {
    std::string_view name;       ///< ours: "x86_64"
    std::string_view title;      ///< as people write it: "x86-64"
    std::string_view uname;      ///< uname(2)'s machine, as dump headers keep it; '?' is any character
    std::string_view kdumpfile;  ///< libkdumpfile's name of it
    std::uint32_t audit_arch;    ///< AUDIT_ARCH_… of <linux/audit.h>
    std::uint16_t machine;       ///< ELF's e_machine
    std::uint64_t status_size;   ///< bytes of an NT_PRSTATUS note, struct elf_prstatus; 0: not asked
    std::string_view layout;     ///< of formats/: the entries that its recorder writes; empty: there is none
    std::uint8_t word_size;      ///< bytes of a pointer
    ValueMachines values;        ///< of the values of flags and the like
    bool built_for;              ///< this program itself runs there
    /// NUMBER(…) that VMCOREINFO of its kernels alone has; empty: not asked. Else the kernel's page directory lies in
    /// [directory_first, directory_last]. They tell the architecture of an image that does not name it.
    std::string_view own_number = {};
    VirtAddr directory_first, directory_last;
    /// Modules lie somewhere in [first, last), mapped by page tables in small pages.
    VirtAddr modules_first, modules_last;
    std::span<const Span> spans;
    std::span<const TableForm> forms;
    /// Fails with NotFound where the dump lacks what is needed, with Corrupt where what it says
    /// cannot be.
    Result<SpaceFacts> (*find_space)(const SpaceInputs& inputs);
    /// Null where they are not known: then no task tells which call it is in.
    const CallRegisters* call_registers;
    /// What the names of functions begin with that are system calls. Where several fit, the one with the longest words is
    /// meant: it has those of its 32-bit programs, too. Empty: not known.
    std::string_view call_functions = {};
    /// Notes that hold a CPU's registers; empty where none are known.
    std::span<const RegisterNote> register_notes = {};
    /// Null where stacks are not read.
    const CallInstruction* direct_call = nullptr;
    /// Null where stacks are read by the kernel's ORC tables, or not at all.
    const FrameRecords* frame_records = nullptr;
};

[[nodiscard]] std::span<const Architecture* const> architectures();

/// Null if there is none.
[[nodiscard]] const Architecture* architecture_of_machine(std::uint16_t machine);
[[nodiscard]] const Architecture* architecture_of_audit(std::uint32_t audit_arch);
/// `machine`: ELF's number of the dump's, if it says so, which counts where several have the layout; else that
/// which the layout is named for.
[[nodiscard]] const Architecture* architecture_of_layout(std::string_view name, std::uint16_t machine = 0);
[[nodiscard]] const Architecture* architecture_of_kdumpfile(std::string_view name);
[[nodiscard]] const Architecture* architecture_of_vmcoreinfo(const Vmcoreinfo& info);
[[nodiscard]] const Architecture* architecture_named(std::string_view name);
/// ELF's e_machine by uname(2)'s name; 0 (EM_NONE) for one that is not known.
[[nodiscard]] std::uint16_t machine_of_uname(std::string_view name);
/// By the size of the first CPU's NT_PRSTATUS note; 0 where it is no known one.
[[nodiscard]] std::uint16_t machine_of_notes(std::span<const Note> notes);
/// By the kernel's symbols, as /proc/kallsyms has them; null where none of them tells.
[[nodiscard]] const Architecture* architecture_of_symbols(std::string_view kallsyms);
/// That on which this program runs.
[[nodiscard]] const Architecture* architecture_of_this_program();

/// "arm64, ia32, … or x86_64", for messages.
[[nodiscard]] std::string architecture_names();

/// Null if the architecture has no form of that name.
[[nodiscard]] const TableForm* find_form(const Architecture& architecture, std::string_view name);

}  // namespace kstrax
