// SPDX-License-Identifier: GPL-2.0-or-later
// Page tables of each form. An input: which form, an address (64 bits), bits that are no part of addresses (64 bits),
// and patches of the tables.
#include "analyzer/address/page_walk.hpp"

#include "tests/fuzz/patches.hpp"
#include "tests/support/kernel/page_tables.hpp"

namespace kstrax::fuzz {

namespace {

/// An address that uses another index than 0 at each level.
std::uint64_t address_in(const TableForm& form) {
    std::uint64_t address = 0x123;
    for (const TableLevel& level : form.used()) address |= std::uint64_t{1} << level.shift;
    return address;
}

struct Base {
    explicit Base(const TableForm& of) : form(of), memory(std::uint64_t{1} << of.page_shift) {
        test::TableBuilder builder(memory, form);
        root = builder.root();
        builder.map(address_in(form), memory.take());
        for (std::size_t level = 0; level + 1 < form.level_count; ++level)
            if (form.levels[level].rule.large != 0)
                builder.map_large(std::uint64_t{3} << form.levels[level].shift, {}, level);
        places = pages_of(memory);
    }
    const TableForm& form;
    test::Memory memory;
    PhysAddr root;
    std::vector<PhysAddr> places;
};

std::vector<Base> bases() {
    std::vector<Base> all;
    for (const Architecture* row : architectures())
        for (const TableForm& form : row->forms) all.emplace_back(form);
    return all;
}

void run(Bytes bytes) {
    static const std::vector<Base> all = bases();
    Input input(bytes);
    const Base& base = all[input.byte() % all.size()];
    const auto address = input.number<std::uint64_t>();
    const auto ignored = input.number<std::uint64_t>();
    test::Memory memory = base.memory;
    patch(input, memory, base.places);
    const test::MemoryView view(memory);
    PageWalker walker(view, {&base.form, base.root, ignored});
    for (const std::uint64_t at : {address, address_in(base.form), address}) {
        const Walk walk = walker.walk(at);
        require(walk.step_count <= base.form.level_count, "a walk takes a step a level at most");
        require(!walk_end_text(walk.end).empty() || walk.end == WalkEnd::Mapped, "a walk says how it ended");
        require((walk.end == WalkEnd::NoTable) == walk.why.has_value(), "a table that is not there has a reason");
        if (walk.end == WalkEnd::Mapped)
            require(walk.page_size >= memory.page_size() && std::has_single_bit(walk.page_size), "pages have a size");
    }
}

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    for (std::uint8_t form = 0; form < bases().size(); ++form)
        for (const std::uint64_t address : {std::uint64_t{0x200000}, std::uint64_t{0xc0000000}, ~std::uint64_t{0}})
            all.push_back(packed(form) + packed(address) + packed(std::uint64_t{0}));
    all.push_back(all.front() + patch_of(0, 8, std::string(8, '\xff')));
    return all;
}

}  // namespace

extern const Target kPageWalk;
const Target kPageWalk{"page-walk", 512, run, seeds};

}  // namespace kstrax::fuzz
