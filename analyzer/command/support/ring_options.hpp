// SPDX-License-Identifier: GPL-2.0-or-later
// --ring, --ring-table, --layout and --symbols: rings whose place the user knows.
#pragma once

#include <boost/program_options.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/locate/given_rings.hpp"
#include "analyzer/recording/layout_file.hpp"

namespace kstrax {

/// Where something lies, as the user wrote it.
struct Place {
    enum class Kind : std::uint8_t { Virtual, Physical, Symbol };
    Kind kind = Kind::Virtual;
    std::uint64_t address = 0;  ///< of a symbol: bytes behind it
    std::string symbol;
};

struct RingOption {
    std::string text;  ///< the whole option, for messages
    CpuId cpus = 0;    ///< the CPU; of a table: how many pointers it has
    Place place;
    std::uint64_t entries = 0;
};

struct RingOptions {
    std::vector<RingOption> rings;
    std::vector<RingOption> tables;
    std::optional<std::string> layout;   ///< a name, or a file
    std::optional<std::string> symbols;  ///< a file

    [[nodiscard]] bool any() const { return !rings.empty() || !tables.empty(); }
};

void add_ring_options(boost::program_options::options_description& description);
[[nodiscard]] Result<RingOptions> ring_options(const boost::program_options::variables_map& values);

/// A symbol's address in the dumped kernel; none if there is none of that name.
using SymbolLookup = std::function<std::optional<std::uint64_t>(const std::string& name)>;

/// A recording of given rings, and all that it depends on but the memory.
struct GivenRecording {
    LayoutFile layout_file;
    std::string layout_name;
    std::unique_ptr<KernelSpace> space;
    GivenRings rings;
    Recording recording;
};

/// `symbols`: those of the program that we are in; may be empty. `source` must outlive it.
[[nodiscard]] Result<std::unique_ptr<GivenRecording>> open_ring_options(const MemorySource& source,
                                                                        const RingOptions& options,
                                                                        const SymbolLookup& symbols);

}  // namespace kstrax
