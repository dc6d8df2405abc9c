// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/locate/ways.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "analyzer/kernel/kallsyms.hpp"
#include "analyzer/kernel/module_places.hpp"
#include "analyzer/locate/kernel_text.hpp"

namespace kstrax {

namespace {

constexpr std::string_view kModule = "kstrax_buf";
// Of a file that is not in the page cache, a search reads as good as all: 1 GiB takes seconds then.
constexpr std::uint64_t kMostToSearch = std::uint64_t{1} << 30;

/// What ways have found out of the kernel, for those behind them.
struct Search {
    const MemorySource& source;
    const LocateOptions& options;
    Located& located;
    std::optional<Result<KernelSpace>> space = std::nullopt;
    std::string doubt = {};  // why the dump's VMCOREINFO was of no use

    /// The kernel's address space as far as it is known without a search.
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

/// Takes the anchor that a word of the module points to. Only a whole one is taken: what a
/// damaged one is worth shows beside the others in memory.
bool take_anchor(Search& search, KernelSpace& space, std::uint64_t word, std::string_view found_by) {
    constexpr std::uint64_t kPage = 4096;  // where anchors begin
    if (word == 0 || word % kPage != 0) return false;
    const auto at = space.translate({word}).phys;
    if (!at) return false;
    Located found = locate_anchor_at(search.source, *at, std::string(found_by));
    if (found.anchors.empty() || !found.anchors[0].crc_ok || found.anchors[0].block.virt_addr != word) return false;
    search.located.anchors = std::move(found.anchors);
    search.located.found_by = std::move(found.found_by);
    return true;
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
    const auto module = module_in_list(*space, *head, kModule);
    if (!module) return module.error();
    const bool led = each_word_of_module(*space, module->at, [&](std::uint64_t word) {
        return take_anchor(search, *space, word, "the kernel's list of modules");
    });
    if (!led)
        return Error{ErrorCode::NotFound, fmt::format("{} is at {:#x}, but nothing there leads to a whole anchor",
                                                      kModule, module->at.value)};
    return fmt::format("{} symbols ({}); {} is module {} of the list, at {:#x}; {}", symbols->count(),
                       symbols->encoding(), kModule, module->looks + 1, module->at.value, anchor_words(search));
}

Result<std::string> by_module_memory(Search& search) {
    auto& space = search.open_space();
    if (!space) return space.error();
    const auto leads = [&](VirtAddr module) {
        return each_word_of_module(*space, module, [&](std::uint64_t word) {
            return take_anchor(search, *space, word, "the module's memory");
        });
    };
    const auto module = module_in_memory(*space, kModule, leads);
    if (!module) return module.error();
    return fmt::format("{} is at {:#x}, in page {} of the modules' area; {}", kModule, module->at.value, module->looks,
                       anchor_words(search));
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

struct Way {
    std::string_view name;
    Result<std::string> (*find)(Search& search);  ///< says what it found, or why it found nothing
    bool searches;                                ///< all of memory
};
constexpr std::array kWays{
    Way{"list of modules", by_module_list, false},
    Way{"modules' memory", by_module_memory, false},
    Way{"page scan", by_page_scan, true},
};

/// Why a way is not gone; empty if it is.
std::string not_needed(const Way& way, const Search& search, bool cheap) {
    const Located& located = search.located;
    const bool found = !located.anchors.empty();
    if (way.searches) {
        if (!found || search.options.search) return {};
        return "not made: other recordings, if there are any, were not looked for (--search does)";
    }
    if (found) return "not needed";
    return cheap || search.options.search ? "not needed: all of memory is searched" : "";
}

/// Of several recordings, the first is the one that the kernel itself leads to, whatever the clocks said.
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

Located locate(const MemorySource& source, const LocateOptions& options) {
    Located located;
    Search search{source, options, located};
    // A running machine may record each call that reads its memory, over an older record.
    const bool cheap = !source.live() && !source.costly_to_scan() && source.memory_size() <= kMostToSearch;
    const auto tell = [&](std::string_view way, auto&& go) {
        const auto started = std::chrono::steady_clock::now();
        std::string said = go();
        const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - started;
        located.story.push_back({way, std::move(said), taken.count()});
    };
    if (!cheap && !options.search) tell("address space", [&] { return space_words(search); });
    for (const Way& way : kWays) {
        if (std::string why = not_needed(way, search, cheap); !why.empty()) {
            located.story.push_back({way.name, std::move(why), std::nullopt});
            continue;
        }
        tell(way.name, [&] { return told(way.find(search)); });
    }
    if (located.anchors.size() > 1) tell("the kernel's own", [&] { return told(choose_the_kernels_own(search)); });
    return located;
}

}  // namespace kstrax
