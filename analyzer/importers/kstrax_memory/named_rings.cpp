// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/named_rings.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>

#include "analyzer/address/symbol_file.hpp"
#include "analyzer/base/lists.hpp"
#include "analyzer/base/mapped_file.hpp"
#include "analyzer/importers/kstrax_memory/kernel_text.hpp"
#include "analyzer/importers/kstrax_memory/rings/ring_phase.hpp"

namespace kstrax {

namespace {

/// What turns places into addresses.
struct Resolver {
    KernelSpace* space;
    const SymbolFile* file;
    const Debugger* debugger;

    [[nodiscard]] Result<std::variant<VirtAddr, PhysAddr>> operator()(const NamedRing& option) const {
        using Address = std::variant<VirtAddr, PhysAddr>;
        const Place& place = option.place;
        if (place.kind == Place::Kind::Physical) return Address(PhysAddr{place.address});
        if (place.kind == Place::Kind::Virtual) return Address(VirtAddr{place.address});
        if (file != nullptr) {
            const auto found = file->find(place.symbol);
            if (!found) return found.error().in(option.text);
            return Address(VirtAddr{found->value + place.address});
        }
        if (debugger == nullptr)
            return Error{ErrorCode::Usage,
                         fmt::format("{}: '{}' is no address; if it is a symbol, name the file with its "
                                     "address: --symbols System.map",
                                     option.text, place.symbol)};
        const auto found = debugger->symbol(place.symbol);
        if (!found) return Error{ErrorCode::Usage, fmt::format("{}: no symbol '{}'", option.text, place.symbol)};
        return Address(VirtAddr{found->value + place.address});
    }
};

/// The rings that a table of pointers names; a null pointer is a CPU without one.
Result<std::vector<GivenRing>> rings_of_table(const NamedRing& table, std::variant<VirtAddr, PhysAddr> at,
                                              const MemorySource& source, KernelSpace& space) {
    std::vector<GivenRing> rings;
    const std::size_t width = space.architecture().word_size;
    for (CpuId cpu = 0; cpu < table.cpus; ++cpu) {
        std::array<std::byte, 8> bytes{};
        const auto word = MutableBytes(bytes).first(width);
        const auto* virt = std::get_if<VirtAddr>(&at);
        const auto read = virt != nullptr ? space.read({virt->value + cpu * width}, word)
                                          : source.read(std::get<PhysAddr>(at) + cpu * width, word);
        if (!read) return read.error().in(table.text);
        const auto pointer = *copy_record<std::uint64_t>(bytes);
        if (pointer != 0) rings.push_back({cpu, VirtAddr{pointer}, table.entries});
    }
    if (rings.empty())
        return Error{ErrorCode::NotFound, fmt::format("{}: all of its {} pointers are null", table.text, table.cpus)};
    return rings;
}

/// Whose entries a name of --layout means: an architecture's, or a layout's; null: it is the name of a file.
const Architecture* named_architecture(std::string_view name, std::uint16_t machine) {
    const Architecture* found = layout_named(name) != nullptr ? architecture_of_layout(name, machine) : nullptr;
    if (found == nullptr) found = architecture_named(name);
    return found != nullptr && layout_named(found->layout) != nullptr ? found : nullptr;
}

std::string names_of_recorders() {
    std::vector<const Architecture*> rows;
    std::ranges::copy_if(architectures(), std::back_inserter(rows),
                         [](const auto* row) { return !row->layout.empty(); });
    return list_of(rows, &Architecture::name, ", ", " or ");
}

/// Sets the layout and architecture that are asked for; none asked for: leaves them.
Result<void> choose_layout(const NamedRings& options, std::uint16_t machine, NamedRecording& given) {
    const std::optional<std::string>& asked = options.layout;
    if (!asked) return {};
    GivenRings& rings = given.rings;
    const Architecture* named = named_architecture(*asked, machine);
    if (named != nullptr) {
        rings.layout = layout_named(named->layout);
        rings.architecture = named;
        return {};
    }
    const auto& file = options.layout_file;
    if (!file)
        return Error{ErrorCode::Usage, fmt::format("--layout {}: neither {}, nor a file that can be read: {}", *asked,
                                                   names_of_recorders(), file.error().message)};
    auto parsed = parse_layout(as_text((*file)->bytes()));
    if (!parsed) return parsed.error().in("--layout " + *asked);
    given.layout_file = std::move(*parsed);
    given.layout_name = std::filesystem::path(*asked).filename().string();
    for (char& c : given.layout_name)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_' && c != '.') c = '?';
    given.layout_file.row.name = given.layout_name;
    rings.layout = &given.layout_file.row;
    rings.architecture = architecture_named(given.layout_file.architecture);
    if (rings.architecture == nullptr)
        return Error{ErrorCode::Usage, fmt::format("--layout {}: no architecture '{}'; expected {}", *asked,
                                                   given.layout_file.architecture, architecture_names())};
    return {};
}

}  // namespace

void NamedRings::open_files() {
    if (layout && named_architecture(*layout, 0) == nullptr) layout_file = MappedFile::open(*layout);
    if (symbols) symbol_file = MappedFile::open(*symbols);
}

Result<std::unique_ptr<NamedRecording>> open_named_rings(const MemorySource& source, const NamedRings& options,
                                                         const Debugger* debugger) {
    auto given = std::make_unique<NamedRecording>();
    GivenRings& rings = given->rings;
    if (const auto chosen = choose_layout(options, source.machine(), *given); !chosen) return chosen.error();

    const bool physical = options.tables.empty() &&
                          std::all_of(options.rings.begin(), options.rings.end(),
                                      [](const NamedRing& ring) { return ring.place.kind == Place::Kind::Physical; });
    if (!physical) {
        auto space = find_kernel_space(source, nullptr, rings.architecture);
        if (!space) return space.error();
        given->space = std::make_unique<KernelSpace>(std::move(*space));
        rings.space = given->space.get();
    }
    const Vmcoreinfo info = given->space ? given->space->vmcoreinfo() : Vmcoreinfo(source.vmcoreinfo());
    rings.kernel_release = std::string(info.value("OSRELEASE").value_or(""));
    if (rings.architecture == nullptr) {
        rings.architecture = given->space ? &given->space->architecture() : architecture_of_machine(source.machine());
        if (rings.architecture == nullptr)
            return Error{ErrorCode::Usage, "the image does not say of which architecture it is: name it by --layout"};
        rings.layout = layout_named(rings.architecture->layout);
        if (rings.layout == nullptr)
            return Error{ErrorCode::Usage, fmt::format("no recorder of ours writes entries of {}: describe them by "
                                                       "--layout FILE",
                                                       rings.architecture->title)};
    }

    std::optional<SymbolFile> file;
    if (options.symbols) {
        const auto& text = options.symbol_file;
        if (!text) return text.error().in("--symbols " + *options.symbols);
        file.emplace(std::string(as_text((*text)->bytes())), info);
    }
    const Resolver resolve{rings.space, file ? &*file : nullptr, debugger};
    for (const NamedRing& option : options.rings) {
        const auto at = resolve(option);
        if (!at) return at.error();
        rings.rings.push_back({option.cpus, *at, option.entries});
    }
    for (const NamedRing& option : options.tables) {
        const auto at = resolve(option);
        if (!at) return at.error();
        const auto named = rings_of_table(option, *at, source, *given->space);
        if (!named) return named.error();
        rings.rings.insert(rings.rings.end(), named->begin(), named->end());
    }
    std::vector<CpuId> cpus;
    for (const GivenRing& ring : rings.rings) cpus.push_back(ring.cpu);
    std::sort(cpus.begin(), cpus.end());
    if (const auto twice = std::adjacent_find(cpus.begin(), cpus.end()); twice != cpus.end())
        return Error{ErrorCode::Usage, fmt::format("two rings of CPU {}", *twice)};

    auto recording = open_given_rings(source, rings);
    if (!recording) return recording.error();
    given->recording = std::move(*recording);
    return given;
}

}  // namespace kstrax
