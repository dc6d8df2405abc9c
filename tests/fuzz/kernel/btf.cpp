// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's types.
#include "analyzer/kernel/btf/kernel_types.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/kernel/btf_image.hpp"

namespace kstrax::fuzz {

namespace {

void run(Bytes bytes) {
    for (const std::uint8_t word : {std::uint8_t{8}, std::uint8_t{4}}) {
        const auto types = KernelTypes::open(test::large_bytes(as_text(bytes)), word);
        if (!types) continue;
        for (const char* type : {"pair", "thing", "", "long"}) {
            (void)types->size(type);
            for (const char* name : {"deep", "both.second", "tail.first", "flags", "flexible", "", ".", "name.x"})
                (void)types->member(type, name);
        }
    }
    auto btf = Btf::open(test::large_bytes(as_text(bytes)), 8);
    if (!btf) return;
    for (std::uint32_t id = 0; id < std::min<std::uint32_t>(btf->count() + 2, 64); ++id) {
        (void)btf->size_of(id);
        (void)btf->plain(id);
        const auto type = btf->type(id);
        if (!type) continue;
        (void)btf->text(type->name);
        if (!type->is_composite()) continue;
        for (std::uint32_t part = 0; part < std::min<std::uint32_t>(type->part_count, 64); ++part)
            (void)btf->text(Btf::member(*type, part).name);
    }
}

std::vector<std::string> seeds() {
    return {test::btf_image({{"pair", 16, {{"first", "long", 0}, {"second", "long", 8}}},
                             {".inner", 24, {{"deep", "int", 4}, {"both", "pair", 8}}},
                             {".union", 32, {{"", ".inner", 8}, {"other", "long", 0}}},
                             {"thing",
                              128,
                              {{"flags", "int", 0, 3, 5},
                               {"name", "char[16]", 4},
                               {"", ".union", 24},
                               {"tail", "pair", 64},
                               {"flexible", "char[0]", 128}}},
                             {"thing", 8, {{"impostor", "int", 0}}}}),
            test::btf_image({{"thing", 8, {}}})};
}

}  // namespace

extern const Target kBtf;
const Target kBtf{"btf", 4096, run, seeds};

}  // namespace kstrax::fuzz
