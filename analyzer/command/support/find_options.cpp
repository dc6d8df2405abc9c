// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/support/find_options.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "analyzer/base/lists.hpp"
#include "analyzer/base/parse_number.hpp"
#include "analyzer/importers/kstrax_memory/rings/ring_phase.hpp"

namespace po = boost::program_options;

namespace kstrax {

namespace {

constexpr const char* kRing = "ring";
constexpr const char* kTable = "ring-table";
constexpr const char* kFind = "find";

std::optional<std::uint64_t> decimal(std::string_view text) { return parse_number<std::uint64_t>(text); }

/// ADDRESS, @ADDRESS or SYMBOL[+OFFSET].
std::optional<Place> parse_place(std::string_view text) {
    if (text.starts_with('@')) {
        const auto address = parse_hexadecimal(text.substr(1));
        return address ? std::optional(Place{Place::Kind::Physical, *address, {}}) : std::nullopt;
    }
    if (const auto address = parse_hexadecimal(text)) return Place{Place::Kind::Virtual, *address, {}};
    const std::size_t plus = std::min(text.find('+'), text.size());
    std::optional<std::uint64_t> offset = 0;
    if (plus < text.size()) {
        const std::string_view digits = text.substr(plus + 1);
        offset = digits.starts_with("0x") ? parse_hexadecimal(digits) : decimal(digits);
    }
    if (plus == 0 || !offset) return std::nullopt;
    return Place{Place::Kind::Symbol, *offset, std::string(text.substr(0, plus))};
}

Result<std::vector<NamedRing>> parse_rings(const po::variables_map& values, const char* name, const char* shape) {
    std::vector<NamedRing> rings;
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
        const auto cpus = decimal(table ? middle : left);
        if (!cpus || *cpus > (table ? kMostCpus : kMostCpus - 1) || (table && *cpus == 0))
            return wrong(fmt::format("'{}' is no {}", table ? middle : left, table ? "number of CPUs" : "CPU number"));
        const auto entries = decimal(std::string_view(text).substr(last + 1));
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

Result<NamedRings> named_rings(const po::variables_map& values) {
    auto rings = parse_rings(values, kRing, "CPU:PLACE:ENTRIES, as 0:0xffffc90000201000:20000");
    if (!rings) return rings.error();
    auto tables = parse_rings(values, kTable, "PLACE:CPUS:ENTRIES, as ring_of_cpu:4:20000");
    if (!tables) return tables.error();
    NamedRings options;
    options.rings = std::move(*rings);
    options.tables = std::move(*tables);
    if (values.count("layout") > 0) options.layout = values["layout"].as<std::string>();
    if (values.count("symbols") > 0) options.symbols = values["symbols"].as<std::string>();
    if ((options.layout || options.symbols) && !options.any())
        return Error{ErrorCode::Usage,
                     "--layout and --symbols are for rings without an anchor: name them by --ring or --ring-table"};
    options.open_files();
    return options;
}

std::string way_names() { return list_of(ways(), &WayInfo::name); }

/// The one way that is asked for, by whatever name.
Result<std::optional<Way>> way_option(const po::variables_map& values, bool given_rings) {
    std::optional<Way> asked;
    std::string asked_by;
    std::optional<Error> twice;
    const auto take = [&](Way way, std::string option) {
        if (asked && *asked != way)
            twice = Error{ErrorCode::Usage,
                          fmt::format("{} and {}: one way to find the rings at a time", asked_by, option)};
        asked = way;
        asked_by = std::move(option);
    };
    if (values.count(kFind) > 0) {
        const auto& name = values[kFind].as<std::string>();
        const auto all = ways();
        const auto way = std::ranges::find(all, name, &WayInfo::name);
        if (way == all.end())
            return Error{ErrorCode::Usage,
                         fmt::format("no way '{}' to find the rings; choose one of {}", name, way_names())};
        take(way->way, fmt::format("--{}={}", kFind, name));
    }
    for (const WayInfo& way : ways())
        if (!way.old_option.empty() && values[std::string(way.old_option)].as<bool>())
            take(way.way, fmt::format("--{}", way.old_option));
    if (given_rings) take(Way::Given, values.count(kRing) > 0 ? "--ring" : "--ring-table");
    if (twice) return *twice;
    if (asked == Way::Given && !given_rings)
        return Error{ErrorCode::Usage, "--find=given: say where the rings are, by --ring or --ring-table"};
    return asked;
}

}  // namespace

void add_find_options(po::options_description& description) {
    const auto list = [](const char* name) { return po::value<std::vector<std::string>>()->value_name(name); };
    description.add_options()(kRing, list("CPU:PLACE:ENTRIES"),
                              "a ring without an anchor: PLACE is a kernel address, @ and a physical one, or "
                              "SYMBOL[+OFFSET]; may be given again");
    description.add_options()(kTable, list("PLACE:CPUS:ENTRIES"),
                              "rings at the pointers of an array, one for each CPU from 0 on");
    description.add_options()(
        "layout", po::value<std::string>()->value_name("LAYOUT"),
        ("the layout of these rings: " + list_of(layouts(), &Layout::name) + " or a file that describes it").c_str());
    description.add_options()("symbols", po::value<std::string>()->value_name("FILE"),
                              "the addresses of symbols: System.map, or the output of nm");
    description.add_options()("instance", po::value<std::string>()->value_name("ID"),
                              "the recording to read, if the image holds several");
    std::string meanings = "find the rings in this way only (default: the cheapest way that finds any):";
    for (const WayInfo& way : ways()) meanings += fmt::format(" {}, {};", way.name, way.meaning);
    meanings.pop_back();
    description.add_options()(kFind, po::value<std::string>()->value_name("WAY"), meanings.c_str());
    for (const WayInfo& way : ways()) {
        if (way.old_option.empty()) continue;
        const std::string help = fmt::format("the same as --{}={}", kFind, way.name);
        description.add_options()(std::string(way.old_option).c_str(), po::bool_switch(), help.c_str());
    }
}

Result<FindOptions> find_options(const po::variables_map& values) {
    auto rings = named_rings(values);
    if (!rings) return rings.error();
    const auto way = way_option(values, rings->any());
    if (!way) return way.error();
    FindOptions options{*way, {}, std::move(*rings)};
    if (values.count("instance") > 0) options.instance = values["instance"].as<std::string>();
    if (options.instance && options.way == Way::Given)
        return Error{ErrorCode::Usage, "--instance is for rings with an anchor, not for given ones"};
    return options;
}

}  // namespace kstrax
