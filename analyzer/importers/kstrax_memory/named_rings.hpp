// SPDX-License-Identifier: GPL-2.0-or-later
// Rings whose place the user knows, as --ring and --ring-table name them, and the recording that they are.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/base/mapped_file.hpp"
#include "analyzer/importers/kstrax_memory/given_rings.hpp"
#include "analyzer/importers/kstrax_memory/ways.hpp"
#include "analyzer/recording/layout_file.hpp"

namespace kstrax {

/// Where something lies, as the user wrote it.
struct Place {
    enum class Kind : std::uint8_t { Virtual, Physical, Symbol };
    Kind kind = Kind::Virtual;
    std::uint64_t address = 0;  ///< of a symbol: bytes behind it
    std::string symbol;
};

struct NamedRing {
    std::string text;  ///< the whole option, for messages
    CpuId cpus = 0;    ///< the CPU; of a table: how many pointers it has
    Place place;
    std::uint64_t entries = 0;
};

struct NamedRings {
    std::vector<NamedRing> rings;
    std::vector<NamedRing> tables;
    std::optional<std::string> layout;   ///< a name, or a file
    std::optional<std::string> symbols;  ///< a file

    /// Opens those files. To be called before open_named_rings(), where files can still be opened.
    void open_files();
    Result<std::shared_ptr<const MappedFile>> layout_file = not_named();
    Result<std::shared_ptr<const MappedFile>> symbol_file = not_named();

    [[nodiscard]] bool any() const { return !rings.empty() || !tables.empty(); }

  private:
    static Error not_named() { return {ErrorCode::NotFound, "cannot open: no such file was named"}; }
};

/// A recording of given rings, and all that it depends on but the memory.
struct NamedRecording {
    LayoutFile layout_file;
    std::string layout_name;
    std::unique_ptr<KernelSpace> space;
    GivenRings rings;
    Recording recording;
};

/// `debugger`: that knows the kernel's symbols; may be null. `source` must outlive it.
[[nodiscard]] Result<std::unique_ptr<NamedRecording>> open_named_rings(const MemorySource& source,
                                                                       const NamedRings& options,
                                                                       const Debugger* debugger);

}  // namespace kstrax
