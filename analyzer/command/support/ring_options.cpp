// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/ring_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "analyzer/address/symbol_file.hpp"
#include "analyzer/base/mapped_file.hpp"
#include "analyzer/locate/kernel_text.hpp"
#include "analyzer/locate/ring_phase.hpp"

namespace po = boost::program_options;

namespace kstrax {

namespace {

constexpr std::uint64_t kMostCpus = 8192;  // NR_CPUS of the largest kernels
constexpr const char* kRing = "ring";
constexpr const char* kTable = "ring-table";

std::optional<std::uint64_t> number(std::string_view text, int base) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> hexadecimal(std::string_view text) {
    return number(text.starts_with("0x") ? text.substr(2) : text, 16);
}

/// ADDRESS, @ADDRESS or SYMBOL[+OFFSET].
std::optional<Place> parse_place(std::string_view text) {
    if (text.starts_with('@')) {
        const auto address = hexadecimal(text.substr(1));
        return address ? std::optional(Place{Place::Kind::Physical, *address, {}}) : std::nullopt;
    }
    if (const auto address = hexadecimal(text)) return Place{Place::Kind::Virtual, *address, {}};
    const std::size_t plus = std::min(text.find('+'), text.size());
    std::optional<std::uint64_t> offset = 0;
    if (plus < text.size()) {
        const std::string_view digits = text.substr(plus + 1);
        offset = digits.starts_with("0x") ? hexadecimal(digits) : number(digits, 10);
    }
    if (plus == 0 || !offset) return std::nullopt;
    return Place{Place::Kind::Symbol, *offset, std::string(text.substr(0, plus))};
}

Result<std::vector<RingOption>> parse_rings(const po::variables_map& values, const char* name, const char* shape) {
    std::vector<RingOption> rings;
    if (values.count(name) == 0) return rings;
    const bool table = name == kTable;
    for (const std::string& text : values[name].as<std::vector<std::string>>()) {
        const std::string whole = fmt::format("--{} {}", name, text);
        const auto wrong = [&](const std::string& why) { return Error{ErrorCode::Usage, whole + ": " + why}; };
        const std::size_t first = text.find(':');
        const std::size_t last = text.rfind(':');
        if (first == text.npos || first == last) return wrong(std::string("expected ") + shape);
        const std::string_view left = std::string_view(text).substr(0, first);
        const std::string_view middle = std::string_view(text).substr(first + 1, last - first - 1);
        const auto cpus = number(table ? middle : left, 10);
        if (!cpus || *cpus > (table ? kMostCpus : kMostCpus - 1) || (table && *cpus == 0))
            return wrong(fmt::format("'{}' is no {}", table ? middle : left, table ? "number of CPUs" : "CPU number"));
        const auto entries = number(std::string_view(text).substr(last + 1), 10);
        if (!entries || *entries == 0 || *entries > kMostGivenEntries)
            return wrong(fmt::format("expected 1 to {} entries", kMostGivenEntries));
        const auto place = parse_place(table ? left : middle);
        if (!place)
            return wrong(fmt::format("'{}' is no place: expected ADDRESS (hexadecimal), @PHYSICAL or SYMBOL[+OFFSET]",
                                     table ? left : middle));
        rings.push_back({whole, static_cast<CpuId>(*cpus), *place, *entries});
    }
    return rings;
}

/// What turns places into addresses.
struct Resolver {
    KernelSpace* space;
    const SymbolFile* file;
    const SymbolLookup& lookup;

    [[nodiscard]] Result<std::variant<VirtAddr, PhysAddr>> operator()(const RingOption& option) const {
        using Address = std::variant<VirtAddr, PhysAddr>;
        const Place& place = option.place;
        if (place.kind == Place::Kind::Physical) return Address(PhysAddr{place.address});
        if (place.kind == Place::Kind::Virtual) return Address(VirtAddr{place.address});
        if (file != nullptr) {
            const auto found = file->find(place.symbol);
            if (!found) return found.error().in(option.text);
            return Address(VirtAddr{found->value + place.address});
        }
        if (!lookup)
            return Error{ErrorCode::Usage,
                         fmt::format("{}: '{}' is no address; if it is a symbol, name the file with its "
                                     "address: --symbols System.map",
                                     option.text, place.symbol)};
        const auto found = lookup(place.symbol);
        if (!found) return Error{ErrorCode::Usage, fmt::format("{}: no symbol '{}'", option.text, place.symbol)};
        return Address(VirtAddr{*found + place.address});
    }
};

/// The rings that a table of pointers names; a null pointer is a CPU without one.
Result<std::vector<GivenRing>> rings_of_table(const RingOption& table, std::variant<VirtAddr, PhysAddr> at,
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

/// Sets the layout and architecture that are asked for; none asked for: leaves them.
Result<void> choose_layout(const std::optional<std::string>& asked, GivenRecording& given) {
    if (!asked) return {};
    GivenRings& rings = given.rings;
    if (const Layout* row = layout_named(*asked)) {
        rings.layout = row;
        rings.architecture = architecture_named(row->name);
        return {};
    }
    const auto file = MappedFile::open(*asked);
    if (!file)
        return Error{ErrorCode::Usage,
                     fmt::format("--layout {}: neither ia32, ia64 or x86_64, nor a file that can be read: {}", *asked,
                                 file.error().message)};
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
        return Error{ErrorCode::Usage, fmt::format("--layout {}: no architecture '{}'; expected ia32, ia64 or x86_64",
                                                   *asked, given.layout_file.architecture)};
    return {};
}

}  // namespace

void add_ring_options(po::options_description& description) {
    const auto list = [](const char* name) { return po::value<std::vector<std::string>>()->value_name(name); };
    description.add_options()(kRing, list("CPU:PLACE:ENTRIES"),
                              "a ring without an anchor: PLACE is a kernel address, @ and a physical one, or "
                              "SYMBOL[+OFFSET]; may be given again");
    description.add_options()(kTable, list("PLACE:CPUS:ENTRIES"),
                              "rings at the pointers of an array, one a CPU from 0 on");
    description.add_options()("layout", po::value<std::string>()->value_name("LAYOUT"),
                              "of those rings' entries: ia32, ia64, x86_64 or a file that describes it");
    description.add_options()("symbols", po::value<std::string>()->value_name("FILE"),
                              "where a SYMBOL lies: System.map, or what nm prints");
}

Result<RingOptions> ring_options(const po::variables_map& values) {
    auto rings = parse_rings(values, kRing, "CPU:PLACE:ENTRIES, as 0:0xffffc90000201000:20000");
    if (!rings) return rings.error();
    auto tables = parse_rings(values, kTable, "PLACE:CPUS:ENTRIES, as ring_of_cpu:4:20000");
    if (!tables) return tables.error();
    RingOptions options{std::move(*rings), std::move(*tables), {}, {}};
    if (values.count("layout") > 0) options.layout = values["layout"].as<std::string>();
    if (values.count("symbols") > 0) options.symbols = values["symbols"].as<std::string>();
    if ((options.layout || options.symbols) && !options.any())
        return Error{ErrorCode::Usage,
                     "--layout and --symbols are for rings without an anchor: name them by --ring or --ring-table"};
    return options;
}

Result<std::unique_ptr<GivenRecording>> open_ring_options(const MemorySource& source, const RingOptions& options,
                                                          const SymbolLookup& symbols) {
    auto given = std::make_unique<GivenRecording>();
    GivenRings& rings = given->rings;
    if (const auto chosen = choose_layout(options.layout, *given); !chosen) return chosen.error();

    const bool physical = options.tables.empty() &&
                          std::all_of(options.rings.begin(), options.rings.end(),
                                      [](const RingOption& ring) { return ring.place.kind == Place::Kind::Physical; });
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
        rings.layout = layout_named(rings.architecture->name);
    }

    std::optional<SymbolFile> file;
    if (options.symbols) {
        const auto text = MappedFile::open(*options.symbols);
        if (!text) return text.error().in("--symbols " + *options.symbols);
        file.emplace(std::string(as_text((*text)->bytes())), info);
    }
    const Resolver resolve{rings.space, file ? &*file : nullptr, symbols};
    for (const RingOption& option : options.rings) {
        const auto at = resolve(option);
        if (!at) return at.error();
        rings.rings.push_back({option.cpus, *at, option.entries});
    }
    for (const RingOption& option : options.tables) {
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
