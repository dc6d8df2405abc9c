// SPDX-License-Identifier: GPL-2.0-or-later
// The list of modules in the forms that kernels have had, whole and damaged.
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "analyzer/kernel/modules.hpp"
#include "analyzer/session/dump_tasks.hpp"
#include "tests/support/kernel/typed_kernel.hpp"

namespace bdata = boost::unit_test::data;
using namespace kstrax;
using namespace kstrax::test;

namespace {

const BtfStruct kListHead{"list_head", 16, {{"next", "ptr", 0}, {"prev", "ptr", 8}}};

/// As 5.10 and 6.1 have it.
const std::vector<BtfStruct> kLayouts{
    kListHead,
    {"module_layout", 80, {{"base", "ptr", 0}, {"size", "int", 8}, {"text_size", "int", 12}}},
    {"kernel_symbol", 12, {{"value_offset", "int", 0}, {"name_offset", "int", 4}, {"namespace_offset", "int", 8}}},
    {"module",
     832,
     {{"state", "int", 0},
      {"list", "list_head", 8},
      {"name", "char[56]", 24},
      {"syms", "ptr", 216},
      {"num_syms", "int", 232},
      {"num_gpl_syms", "int", 256},
      {"gpl_syms", "ptr", 264},
      {"core_layout", "module_layout", 320},
      {"init_layout", "module_layout", 400}}},
};

/// As 6.4 and later; and, as where addresses are not relative, with whole ones in its exports.
const std::vector<BtfStruct> kParts{
    kListHead,
    {"module_memory", 80, {{"base", "ptr", 0}, {"size", "int", 8}}},
    {"kernel_symbol", 24, {{"value", "long", 0}, {"name", "ptr", 8}, {"namespace", "ptr", 16}}},
    {"module",
     1280,
     {{"list", "list_head", 8},
      {"name", "char[56]", 24},
      {"syms", "ptr", 216},
      {"num_syms", "int", 232},
      {"gpl_syms", "ptr", 240},
      {"num_gpl_syms", "int", 248},
      {"mem", "module_memory[3]", 320}}},
};

struct ModuleKernel : TypedKernel {
    explicit ModuleKernel(const std::vector<BtfStruct>& structs, bool in_parts)
        : TypedKernel(structs), parts(in_parts) {
        head = make_bytes(16);
        put(head, head);
        put(head + 8, head);
        name("modules", head);
    }

    std::uint64_t add(std::string_view module_name, std::uint64_t base, std::uint64_t size) {
        const std::uint64_t module = make("module");
        set(module, "module", "name", module_name);
        if (parts) {
            put(at(module, "module", "mem"), base);
            put(at(module, "module", "mem") + 8, size, 4);
            put(at(module, "module", "mem") + 160, base + 0x100000);  // the third; the second is empty
            put(at(module, "module", "mem") + 168, 4096, 4);
        } else {
            set(module, "module", "core_layout.base", base);
            set(module, "module", "core_layout.size", size);
            set(module, "module", "init_layout.base", 0x4444);  // freed long ago
            set(module, "module", "init_layout.size", 0x1000);
        }
        append(head, at(module, "module", "list"));
        return module;
    }

    /// One export behind one of another name.
    void add_export(std::uint64_t module, std::string_view kind, std::string_view symbol, std::uint64_t value) {
        const std::uint64_t entry = *types().size("kernel_symbol");
        const std::uint64_t table = make_bytes(4096);
        const std::uint64_t text = table + 1024;
        put_text(text, symbol);
        put_text(text + 64, "another");
        for (const auto& [place, name_at] : {std::pair(table, text + 64), std::pair(table + entry, text)}) {
            if (parts) {
                put(place, value);
                put(place + 8, name_at);
            } else {
                put(place, value - place, 4);
                put(place + 4, name_at - place - 4, 4);
            }
        }
        set(module, "module", kind, table);
        set(module, "module", "num_" + std::string(kind), 2);
    }

    [[nodiscard]] ModuleList read() const {
        KernelSpace memory_space = space();
        auto list = read_modules(memory_space, types(), find(), memory().size());
        BOOST_TEST_REQUIRE(list.ok());
        return std::move(*list);
    }

    /// Of the first module.
    [[nodiscard]] std::optional<VirtAddr> exported(std::string_view symbol) const {
        KernelSpace memory_space = space();
        return exported_symbol(memory_space, types(), read().modules.at(0), symbol);
    }

    [[nodiscard]] bool records_at(std::uint64_t anchor) const {
        KernelSpace memory_space = space();
        const KernelTypes known = types();
        return is_of_this_kernel(memory_space, &known, find(), {anchor}, memory().size());
    }

    bool parts;
    std::uint64_t head = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(kernel_modules)

BOOST_DATA_TEST_CASE(names_and_memory, bdata::make({false, true}), parts) {
    ModuleKernel kernel(parts ? kParts : kLayouts, parts);
    kernel.add("kstrax_buf", 0xffffffffc0100000, 0x5000);
    kernel.add("odd \x1b[31m", 0xffffffffc0200000, 0x2000);
    const ModuleList list = kernel.read();
    BOOST_TEST(list.damage == "");
    BOOST_TEST_REQUIRE(list.modules.size() == 2U);
    BOOST_TEST(list.modules[0].name == "kstrax_buf");
    BOOST_TEST(list.modules[1].name == "odd \x1b[31m");
    BOOST_TEST_REQUIRE(list.modules[0].memory.size() == (parts ? 2U : 1U));
    BOOST_TEST(list.modules[0].memory[0].start.value == 0xffffffffc0100000U);
    BOOST_TEST(list.modules[0].memory[0].size == 0x5000U);
    if (parts) BOOST_TEST(list.modules[0].memory[1].start.value == 0xffffffffc0200000U);
}

BOOST_DATA_TEST_CASE(exports, bdata::make({false, true}) * bdata::make({"syms", "gpl_syms"}), parts, kind) {
    ModuleKernel kernel(parts ? kParts : kLayouts, parts);
    const std::uint64_t module = kernel.add("kstrax_buf", 0xffffffffc0100000, 0x5000);
    const std::uint64_t value = module + 0x40;  // a distance of 32 bits leads there
    kernel.add_export(module, kind, "kstrax_ring_anchor", value);
    BOOST_TEST_REQUIRE(kernel.exported("kstrax_ring_anchor").has_value());
    BOOST_TEST(kernel.exported("kstrax_ring_anchor")->value == value);
    BOOST_TEST(!kernel.exported("kstrax_ring").has_value());
    BOOST_TEST(!kernel.exported("kstrax_ring_anchor2").has_value());
}

// An older recording may lie in memory, too: of another kernel, or of the module as it was loaded before.
BOOST_DATA_TEST_CASE(whose_recording_it_is, bdata::make({false, true}), parts) {
    ModuleKernel kernel(parts ? kParts : kLayouts, parts);
    const std::uint64_t anchor = kernel.make_bytes(4096);
    BOOST_TEST(!kernel.records_at(anchor));  // no module at all
    const std::uint64_t module = kernel.add("kstrax_buf", 0xffffffffc0100000, 0x5000);
    BOOST_TEST(!kernel.records_at(anchor));
    kernel.add_export(module, "gpl_syms", "kstrax_ring_anchor", module + 0x340);
    BOOST_TEST(!kernel.records_at(anchor));  // not recording
    kernel.put(module + 0x340, anchor);
    BOOST_TEST(kernel.records_at(anchor));
    BOOST_TEST(!kernel.records_at(anchor + 4096));
}

BOOST_AUTO_TEST_CASE(no_modules) {
    const ModuleList list = ModuleKernel(kLayouts, false).read();
    BOOST_TEST(list.modules.empty());
    BOOST_TEST(list.damage == "");
}

BOOST_AUTO_TEST_CASE(a_list_that_breaks_off) {
    ModuleKernel kernel(kLayouts, false);
    kernel.add("first", 0xffffffffc0100000, 0x5000);
    const std::uint64_t second = kernel.add("second", 0xffffffffc0200000, 0x5000);
    kernel.add("third", 0xffffffffc0300000, 0x5000);
    kernel.drop(second);
    const ModuleList list = kernel.read();
    BOOST_TEST_REQUIRE(!list.modules.empty());
    BOOST_TEST(list.modules[0].name == "first");
    BOOST_TEST(list.damage.find("breaks off") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_list_in_a_circle) {
    ModuleKernel kernel(kLayouts, false);
    const std::uint64_t first = kernel.add("first", 0xffffffffc0100000, 0x5000);
    const std::uint64_t second = kernel.add("second", 0xffffffffc0200000, 0x5000);
    kernel.put(kernel.at(second, "module", "list"), kernel.at(first, "module", "list"));
    const ModuleList list = kernel.read();
    BOOST_TEST(list.modules.size() == 2U);
    BOOST_TEST(list.damage.find("breaks off") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(hostile_counts_of_exports) {
    ModuleKernel kernel(kLayouts, false);
    const std::uint64_t module = kernel.add("kstrax_buf", 0xffffffffc0100000, 0x5000);
    kernel.add_export(module, "syms", "kstrax_ring_anchor", module);
    kernel.set(module, "module", "num_syms", 0xffffffff);
    BOOST_TEST(!kernel.exported("nothing").has_value());
}

BOOST_AUTO_TEST_CASE(a_list_that_breaks_off_is_read_backwards) {
    ModuleKernel kernel(kLayouts, false);
    for (const char* name : {"last", "kstrax_buf", "lost", "second", "first"})
        kernel.add(name, 0xffffffffc0100000, 0x1000);
    const ModuleList whole = kernel.read();
    kernel.drop(whole.modules[2].address.value);
    const ModuleList list = kernel.read();
    std::string names;
    for (const KernelModule& module : list.modules) names += module.name + " ";
    BOOST_TEST(names == "last kstrax_buf second first ");
    BOOST_TEST(list.damage.find("breaks off after 2; 2 more are known") != std::string::npos);
}

// Debian's 6.1 for arm64 names functions only. What looks like a module by its list and name, and has its memory elsewhere,
// leads nowhere; the head among the modules is none.
BOOST_DATA_TEST_CASE(without_a_symbol_a_module_leads_to_the_others, bdata::make({false, true}), parts) {
    ModuleKernel kernel(parts ? kParts : kLayouts, parts);
    constexpr std::uint64_t kArea = 0xffffffffc0000000;
    kernel.add("decoy", 0xffffffffc0900000, 0x1000);
    kernel.map(kArea, kernel.word(kernel.head) - 8);
    struct Node {
        std::uint64_t at, written_at;
    };
    std::vector<Node> nodes{{kernel.head, kernel.head}};
    const std::vector<std::string> names{"newest", "middle", "oldest"};
    for (const std::string& name : names) {
        const std::uint64_t base = kArea + 0x10000 * nodes.size();
        const std::uint64_t module = kernel.add(name, base, 0x1000);
        kernel.map(base, module);
        nodes.push_back({base + 8, module + 8});
    }
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const Node& next = nodes[(i + 1) % nodes.size()];
        kernel.put(nodes[i].written_at, next.at);
        kernel.put(next.written_at + 8, nodes[i].at);
    }
    kernel.forget("modules");
    const ModuleList list = kernel.read();
    BOOST_TEST(list.damage == "");
    BOOST_TEST_REQUIRE(list.modules.size() == names.size());
    for (std::size_t i = 0; i < names.size(); ++i) BOOST_TEST(list.modules[i].name == names[i]);
}

BOOST_AUTO_TEST_CASE(what_it_needs) {
    ModuleKernel kernel(kLayouts, false);
    KernelSpace space = kernel.space();
    kernel.forget("modules");
    BOOST_TEST(!read_modules(space, kernel.types(), kernel.find(), 1 << 24).ok());
    TypedKernel other({kListHead, {"module", 64, {{"name", "char[56]", 8}}}});
    other.name("modules", other.make_bytes(16));
    BOOST_TEST(!read_modules(space, other.types(), other.find(), 1 << 24).ok());
}

BOOST_AUTO_TEST_SUITE_END()
