// SPDX-License-Identifier: GPL-2.0-or-later
// What a kernel in memory says of itself: its address space, symbols and types. Each is opened when it is
// first asked for and then kept, for all who read the kernel's structures.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "analyzer/base/finding.hpp"
#include "analyzer/kernel/btf/kernel_types.hpp"
#include "analyzer/kernel/kallsyms.hpp"
#include "analyzer/kernel/kernel_reader.hpp"
#include "analyzer/kernel/structure/exports.hpp"
#include "analyzer/kernel/structure/task_structure.hpp"

namespace kstrax {

/// A finding, if `why` is that something of the kernel's is damaged, not that it is not there.
void note_damage(Findings& findings, std::string_view what, const Error& why);

/// Not for several threads at once.
class DumpedKernel {
  public:
    /// `source`, which the space reads, must outlive the kernel.
    DumpedKernel(const MemorySource& source, KernelSpace space) : source_(source), space_(std::move(space)) {}

    DumpedKernel(const DumpedKernel&) = delete;
    DumpedKernel& operator=(const DumpedKernel&) = delete;

    [[nodiscard]] KernelSpace& space() { return space_; }
    [[nodiscard]] const MemorySource& source() const { return source_; }
    [[nodiscard]] const Architecture& architecture() const { return space_.architecture(); }
    [[nodiscard]] const Vmcoreinfo& vmcoreinfo() const { return space_.vmcoreinfo(); }
    /// Reads the kernel's memory. This must outlive it.
    [[nodiscard]] KernelReader reader() { return KernelReader(space_); }
    /// Bytes of physical memory.
    [[nodiscard]] std::uint64_t memory_size() const { return source_.memory_size(); }
    /// Of the dump's writer.
    [[nodiscard]] std::span<const Note> notes() const { return source_.notes(); }
    /// The machine goes on.
    [[nodiscard]] bool live() const { return source_.live(); }

    /// Null where they cannot be read: symbols_error() says why.
    [[nodiscard]] Kallsyms* symbols();
    [[nodiscard]] const Error& symbols_error() const { return symbols_->error(); }
    /// Null where the kernel carries none: types_error() says why.
    [[nodiscard]] const KernelTypes* types();
    [[nodiscard]] const Error& types_error() const { return types_->error(); }

    /// Symbols and types that were asked for and are there, but damaged; other kernels in the image.
    [[nodiscard]] Findings damage() const;

    /// Pages of the kernel's own that were asked for so far and are not in the dump.
    [[nodiscard]] Findings missing_pages();

    /// A symbol's address: of a kernel whose symbols are functions only, also by what it exports. Knows none where symbols
    /// cannot be read. This must outlive it.
    [[nodiscard]] FindSymbol find();
    /// A member by the kernel's types. Of a kernel without types those of tasks, by their structure. Fails
    /// where neither tells. This must outlive it.
    [[nodiscard]] Result<FindMember> member();

  private:
    [[nodiscard]] std::optional<VirtAddr> address_of(std::string_view name);
    [[nodiscard]] std::optional<VirtAddr> symbol(std::string_view name);
    void find_common();

    const MemorySource& source_;
    KernelSpace space_;
    std::optional<Result<Kallsyms>> symbols_;
    std::map<std::string, std::optional<VirtAddr>, std::less<>> addresses_;  // of symbols that were asked for
    std::optional<Result<KernelTypes>> types_;
    bool searched_ = false;  // for them
    std::optional<Exports> exports_;
    std::optional<Result<TaskStructure>> structure_;
};

}  // namespace kstrax
