// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's own tables of symbols. An input: which form they have, and patches of their pages.
#include <fmt/core.h>

#include "analyzer/kernel/kallsyms_search.hpp"
#include "tests/fuzz/patches.hpp"
#include "tests/support/kernel/kallsyms_image.hpp"

namespace kstrax::fuzz {

namespace {

constexpr std::uint64_t kText = test::KallsymsImage::kText;

std::vector<test::TestSymbol> symbols() {
    std::vector<test::TestSymbol> all{{0, 'A', "fixed_percpu_data"}, {kText, 'T', "_stext"}};
    for (std::uint64_t i = 0; i < 40; ++i) all.push_back({kText + 16 * i, 't', fmt::format("function_{}", i)});
    all.push_back({kText + 0x20000, 'd', "modules"});
    return all;
}

struct Base {
    explicit Base(const test::KallsymsForm& form) {
        test::KallsymsImage image(form, symbols());
        info = image.vmcoreinfo;
        memory = image.memory;
        places = pages_of(memory);
    }
    test::Memory memory{kSmallestPage};
    std::string info;
    std::vector<PhysAddr> places;
};

void ask(Kallsyms& symbols) {
    (void)symbols.encoding();
    for (const char* name : {"_stext", "modules", "function_7", "no_such_symbol", ""}) (void)symbols.find(name);
    const std::string_view names[] = {"modules", "function_39", "_stext"};
    require(symbols.find_all(names).size() == std::size(names), "each name has its answer");
    std::uint32_t seen = 0;
    const auto all = symbols.each([&](const Kallsyms::Symbol& symbol) {
        ++seen;
        require(symbol.name.size() <= 1 << 20, "names are short");
    });
    if (all) require(seen == symbols.count(), "all symbols are shown");
    for (const std::uint64_t at : {std::uint64_t{0}, kText + 33, ~std::uint64_t{0}})
        if (const auto nearest = symbols.nearest({at})) require(nearest->address.value <= at, "it begins before");
}

void run(Bytes bytes) {
    using test::Places;
    static const Base all[] = {Base({Places::Absolute}),
                               Base({Places::BaseRelative}),
                               Base({Places::PerCpuAbsolute}),
                               Base({Places::PlaceRelative}),
                               Base({Places::PerCpuAbsolute, false}),
                               Base({Places::PerCpuAbsolute, true, false})};
    Input input(bytes);
    const Base& base = all[input.byte() % std::size(all)];
    test::Memory memory = base.memory;
    patch(input, memory, base.places);
    const test::MemoryView view(memory);
    auto space = KernelSpace::open(view, base.info);
    if (!space) return;
    if (auto found = find_kallsyms(*space)) ask(*found);
}

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    for (std::uint8_t form = 0; form < 6; ++form) {
        all.push_back(packed(form));
        for (std::uint8_t place = 0; place < 6; ++place)
            all.push_back(packed(form) + patch_of(place, 64, std::string(8, '\xff')) +
                          patch_of(place, 4090, "\x80\1\2"));
    }
    return all;
}

}  // namespace

extern const Target kKallsyms;
const Target kKallsyms{"kallsyms", 512, run, seeds};

}  // namespace kstrax::fuzz
