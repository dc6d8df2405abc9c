// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_memory/ways.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "analyzer/base/enum_table.hpp"
#include "analyzer/importers/kstrax_memory/kernel_text.hpp"
#include "analyzer/kernel/kallsyms.hpp"
#include "analyzer/kernel/module_places.hpp"

namespace kstrax {

namespace {

// A search reads nearly the whole file. If it is not in the page cache, 1 GiB takes seconds.
constexpr std::uint64_t kMostToSearch = std::uint64_t{1} << 30;

/// The state of a search: facts that one step finds out, later steps use.
struct Search {
    const MemorySource& source;
    const LocateOptions& options;
    Located& located;
    std::optional<Result<KernelSpace>> space = std::nullopt;
    std::string doubt = {};  // why the dump's VMCOREINFO could not be used

    /// The kernel's address space, if it can be found without a search of memory.
    [[nodiscard]] Result<KernelSpace>& open_space() {
        if (space) return *space;
        space.emplace(KernelSpace::open(source, source.vmcoreinfo()));
        if (!*space && !source.vmcoreinfo().empty()) {
            doubt = space->error().message;
            auto by_cpus = KernelSpace::open(source, {});
            if (by_cpus) space.emplace(std::move(by_cpus));
        }
        return *space;
    }
};

/// Takes the anchor that a word of the module points to, if the anchor is whole. A damaged anchor
/// is left to the page scan, which can compare it with others.
bool take_anchor(Search& search, KernelSpace& space, std::uint64_t word, std::string_view found_by) {
    if (word == 0 || word % kSmallestPage != 0) return false;
    const auto at = space.translate({word}).phys;
    if (!at) return false;
    Located found = locate_anchor_at(search.source, *at, std::string(found_by));
    if (found.anchors.empty() || !found.anchors[0].crc_ok || found.anchors[0].block.virt_addr != word) return false;
    search.located.anchors = std::move(found.anchors);
    search.located.found_by = std::move(found.found_by);
    return true;
}

/// Takes the anchor at this address, if it is usable.
bool take_any_anchor(Search& search, PhysAddr at, std::string found_by) {
    Located found = locate_anchor_at(search.source, at, std::move(found_by));
    auto& rejected = search.located.rejected;
    rejected.insert(rejected.end(), found.rejected.begin(), found.rejected.end());
    if (found.anchors.empty()) return false;
    search.located.anchors = std::move(found.anchors);
    search.located.found_by = std::move(found.found_by);
    return true;
}

/// A word of the dumped kernel, little-endian like all memory that crash reads for us.
std::uint64_t word_of(Bytes bytes) {
    std::array<std::byte, 8> word{};
    std::ranges::copy(bytes, word.begin());
    return *copy_record<std::uint64_t>(word);
}

std::string anchor_words(const Search& search) {
    return fmt::format("its data leads to the anchor at physical {:#x}", search.located.anchors.front().at.value);
}

Result<std::string> by_module_list(Search& search) {
    auto& space = search.open_space();
    if (!space) return space.error();
    auto symbols = Kallsyms::open(*space);
    if (!symbols) return symbols.error();
    const auto head = symbols->find("modules");
    if (!head)
        return Error{ErrorCode::NotFound,
                     fmt::format("the list is not among the kernel's {} symbols", symbols->count())};
    const auto module = module_in_list(*space, *head, kRecorderModule);
    if (!module) return module.error();
    const bool led = each_word_of_module(*space, module->at, [&](std::uint64_t word) {
        return take_anchor(search, *space, word, "the kernel's list of modules");
    });
    if (!led)
        return Error{ErrorCode::NotFound, fmt::format("{} is at {:#x}, but nothing there leads to a whole anchor",
                                                      kRecorderModule, module->at.value)};
    return fmt::format("{} symbols ({}); {} is module {} of the list, at {:#x}; {}", symbols->count(),
                       symbols->encoding(), kRecorderModule, module->looks + 1, module->at.value, anchor_words(search));
}

Result<std::string> by_module_memory(Search& search) {
    auto& space = search.open_space();
    if (!space) return space.error();
    const auto leads = [&](VirtAddr module) {
        return each_word_of_module(*space, module, [&](std::uint64_t word) {
            return take_anchor(search, *space, word, "the module's memory");
        });
    };
    const auto module = module_in_memory(*space, kRecorderModule, leads);
    if (!module) return module.error();
    return fmt::format("{} is at {:#x}, in page {} of the modules' area; {}", kRecorderModule, module->at.value,
                       module->looks, anchor_words(search));
}

Result<std::string> by_page_scan(Search& search) {
    Located& found = search.located;
    auto story = std::move(found.story);
    found = locate_anchors(search.source);
    found.story = std::move(story);
    const std::string pages = fmt::format("{} pages searched; anchors {}, frame lists {}, VMCOREINFO {}",
                                          search.source.memory_size() / search.source.page_size(), found.anchors.size(),
                                          found.scan.frame_lists.size(), found.scan.vmcoreinfo.size());
    const std::string missing =
        found.scan.unreadable_pages > 0 ? fmt::format("; {} pages could not be read", found.scan.unreadable_pages) : "";
    if (found.anchors.empty()) return Error{ErrorCode::NotFound, pages + missing};
    return pages + missing;
}

/// The debugger's symbol names a word that points to the anchor.
Result<std::string> by_debuggers_symbol(Search& search) {
    const Debugger& debugger = *search.options.debugger;
    constexpr const char* kSymbol = "kstrax_ring_anchor";
    const auto word = debugger.word_at(kSymbol);
    if (!word || *word == 0) return Error{ErrorCode::NotFound, fmt::format("no symbol {}", kSymbol)};
    const auto at = debugger.physical({*word});
    if (!at) return Error{ErrorCode::NotFound, fmt::format("{} points to no memory", kSymbol)};
    if (!take_any_anchor(search, *at, fmt::format("symbol {}", kSymbol)))
        return Error{ErrorCode::NotFound, fmt::format("no anchor where {} points to", kSymbol)};
    return anchor_words(search);
}

/// Tries every word of the module's memory that could point to an anchor. read_anchor()
/// recognises the right one. Skips missing pages of the module.
Result<std::string> by_debuggers_module(Search& search) {
    const Debugger& debugger = *search.options.debugger;
    const auto memory = debugger.module_memory(std::string(kRecorderModule));
    if (!memory) return Error{ErrorCode::NotFound, fmt::format("{} is not loaded", kRecorderModule)};
    std::array<std::byte, kSmallestPage> page{};
    for (std::uint64_t at = 0; at < memory->size; at += page.size()) {
        if (!debugger.read({memory->start.value + at}, page)) continue;
        for (std::size_t offset = 0; offset < page.size(); offset += debugger.word_size()) {
            const std::uint64_t word = word_of(Bytes(page).subspan(offset, debugger.word_size()));
            if (word == 0 || word % kSmallestPage != 0) continue;
            const auto physical = debugger.physical({word});
            if (physical && take_any_anchor(search, *physical, fmt::format("memory of the module {}", kRecorderModule)))
                return anchor_words(search);
        }
    }
    return Error{ErrorCode::NotFound, fmt::format("nothing in the memory of {} leads to an anchor", kRecorderModule)};
}

/// A step of the search. The steps of one way learn about the kernel from different sources.
struct Step {
    std::string_view name;
    Way way;
    bool by_debugger;                             ///< whether it asks a debugger, or reads memory itself
    Result<std::string> (*find)(Search& search);  ///< returns what it found, or why it found nothing
};
constexpr std::array kSteps{
    Step{"symbol", Way::Symbol, true, by_debuggers_symbol},
    Step{"module's memory", Way::Module, true, by_debuggers_module},
    Step{"list of modules", Way::Module, false, by_module_list},
    Step{"modules' memory", Way::Module, false, by_module_memory},
    Step{"page scan", Way::Scan, false, by_page_scan},
};

/// Why a step is skipped; empty if it is not.
std::string not_needed(const Step& step, const Search& search, bool cheap) {
    const bool found = !search.located.anchors.empty();
    if (step.way == Way::Scan) {
        if (!found || search.options.way == Way::Scan) return {};
        return "not made: other recordings, if there are any, were not looked for (--find=scan does)";
    }
    if (found) return "not needed";
    return cheap ? "not needed: all of memory is searched" : "";
}

/// Whether a step is possible at all with these options.
bool is_open(const Step& step, const LocateOptions& options) {
    if (step.way != Way::Scan && step.by_debugger != (options.debugger != nullptr)) return false;
    return !options.way || *options.way >= Way::Scan || *options.way == step.way;
}

/// Puts the recording that the kernel itself leads to before the others, whatever the clocks say.
Result<std::string> choose_the_kernels_own(Search& search) {
    Located alone;
    Search own{search.source, search.options, alone};
    own.space.emplace(find_kernel_space(search.source, &search.located.scan));
    auto led = by_module_list(own);
    if (!led) led = by_module_memory(own);
    if (!led) return led;
    auto& all = search.located.anchors;
    const auto found =
        std::find_if(all.begin(), all.end(), [&](const Anchor& anchor) { return anchor.at == alone.anchors[0].at; });
    if (found == all.end()) return Error{ErrorCode::Corrupt, "memory changed while it was searched"};
    std::rotate(all.begin(), found, found + 1);
    return fmt::format("{}; it comes first of {}", *led, all.size());
}

std::string space_words(Search& search) {
    const auto& space = search.open_space();
    if (!space) return "not found: " + space.error().message;
    if (!search.doubt.empty()) return space->description() + "; VMCOREINFO is of no use: " + search.doubt;
    const Vmcoreinfo& info = space->vmcoreinfo();
    const auto word = [&](std::string_view what, std::string_view key) {
        const auto value = info.value(key);
        return value ? fmt::format(", {}{}", what, *value) : std::string();
    };
    return space->description() + word("Linux ", "OSRELEASE") + word("build ", "BUILD-ID") +
           word("KASLR ", "KERNELOFFSET");
}

std::string told(const Result<std::string>& said) {
    return said ? "found: " + *said : "nothing: " + said.error().message;
}

}  // namespace

std::span<const WayInfo> ways() {
    static constexpr std::array<WayInfo, 8> kWays{{
        {Way::Symbol, "symbol", "", "by the recorder's exported pointer (in crash only)"},
        {Way::Module, "module", "", "by what the kernel knows of its modules"},
        {Way::Scan, "scan", "search", "in all of memory, for older recordings too"},
        {Way::Tables, "tables", "no-frame-lists", "their pages by the kernel's page tables alone"},
        {Way::Carve, "carve", "carve", "from single pages, as is done where nothing leads to them"},
        {Way::Given, "given", "", "where --ring says"},
        {Way::Ftrace, "ftrace", "", "those of the kernel's own tracing, not the recorder's"},
        {Way::LastBoot, "last-boot", "last-boot", "those of its tracing of the boot before, in memory that was kept"},
    }};
    static_assert(in_order(kWays, &WayInfo::way));
    return kWays;
}

Located locate(const MemorySource& source, const LocateOptions& options) {
    Located located;
    Search search{source, options, located};
    // A running machine may record each call that reads its memory, and overwrite an older record.
    const bool costly = options.own || options.debugger != nullptr || source.live() || source.costly_to_scan();
    const bool cheap = options.way == Way::Scan || (!costly && source.memory_size() <= kMostToSearch);
    const auto tell = [&](std::string_view step, auto&& go) {
        const auto started = std::chrono::steady_clock::now();
        std::string said = go();
        const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - started;
        located.story.push_back({step, std::move(said), taken.count()});
    };
    if (!cheap && options.debugger == nullptr) tell("address space", [&] { return space_words(search); });
    for (const Step& step : kSteps) {
        if (!is_open(step, options)) continue;
        if (std::string why = not_needed(step, search, cheap && step.way != options.way); !why.empty()) {
            located.story.push_back({step.name, std::move(why), std::nullopt});
            continue;
        }
        tell(step.name, [&] { return told(step.find(search)); });
    }
    if (located.anchors.size() > 1) tell("the kernel's own", [&] { return told(choose_the_kernels_own(search)); });
    return located;
}

}  // namespace kstrax
