// SPDX-License-Identifier: GPL-2.0-or-later
// Names for addresses of the dumped kernel's code and variables, its modules' included.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/address/find_symbol.hpp"
#include "analyzer/kernel/kernel_reader.hpp"
#include "analyzer/kernel/modules.hpp"

namespace kstrax {

/// A place in a function.
struct CodePlace {
    VirtAddr start;      ///< of the function
    std::string name;    ///< bytes from the dump; empty where only the module is known
    std::string module;  ///< empty: the kernel itself

    /// "do_nanosleep+0x6b", "wait+0x1c [module]"; bytes from the dump, as they are.
    [[nodiscard]] std::string text(VirtAddr code) const;
    /// The same of a variable, at its begin without "+0x0".
    [[nodiscard]] std::string text_of_data(VirtAddr at) const;
};

/// Keeps what it was asked: stacks ask for few addresses, many times.
class CodeNames {
  public:
    /// `modules`: may be empty; then addresses of theirs have no name.
    CodeNames(KernelReader memory, const FindMember& member, const FindSymbol& find, FindNearest nearest,
              std::vector<KernelModule> modules);

    /// The function that holds a byte of code; null where none is known.
    [[nodiscard]] const CodePlace* at(VirtAddr code);
    /// That which a call returns to: the call is its function's, even if it is the last instruction there.
    [[nodiscard]] const CodePlace* of_return(VirtAddr address);
    /// The variable that holds a byte; nothing is kept of it. None where no symbol of one is known.
    [[nodiscard]] std::optional<CodePlace> data_at(VirtAddr at);
    /// Code of the scheduler, which /proc/PID/stack leaves out.
    [[nodiscard]] bool in_scheduler(VirtAddr code) const { return scheduler_.contains(code); }
    /// The modules' struct module, by the code that they hold; none: no module's.
    [[nodiscard]] const KernelModule* module_at(VirtAddr code) const;

  private:
    struct CodeRange {
        std::uint64_t first = 0, end = 0;
        [[nodiscard]] bool contains(VirtAddr at) const { return at.value >= first && at.value < end; }
    };
    struct ModuleSymbol {
        std::uint64_t address = 0;
        std::uint32_t name = 0;  // its place among the module's texts
    };
    struct ModuleSymbols {
        std::uint64_t texts = 0;
        std::vector<ModuleSymbol> sorted;
    };
    [[nodiscard]] std::optional<CodePlace> find_place(VirtAddr code);
    [[nodiscard]] std::optional<CodePlace> in_module(const KernelModule& module, VirtAddr code);
    [[nodiscard]] ModuleSymbols symbols_of(const KernelModule& module);
    [[nodiscard]] std::string text_at(std::uint64_t at);

    KernelReader memory_;
    FindNearest nearest_;
    std::vector<KernelModule> modules_;
    std::vector<CodeRange> code_, data_;  // of the kernel itself
    CodeRange scheduler_;
    std::optional<Member> table_, table_symbols_, table_count_, table_texts_;  // where a module has its symbols
    std::map<std::uint64_t, ModuleSymbols> of_modules_;                        // by address of the struct module
    std::unordered_map<std::uint64_t, std::optional<CodePlace>> known_;
};

}  // namespace kstrax
