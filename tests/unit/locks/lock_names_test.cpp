// SPDX-License-Identifier: GPL-2.0-or-later
// What a lock is called: a variable, or the file system that it keeps writers out of.
#include "analyzer/kernel/locks/lock_names.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/kernel/typed_kernel.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

const std::vector<BtfStruct> kStructs{
    {"list_head", 16, {{"next", "ptr", 0}, {"prev", "ptr", 8}}},
    {"sb_writers", 304, {{"frozen", "int", 0}, {"rw_sem", "char[288]", 16}}},
    {"super_block",
     512,
     {{"s_list", "list_head", 8}, {"s_type", "ptr", 40}, {"s_id", "char[32]", 48}, {"s_writers", "sb_writers", 96}}},
    {"file_system_type", 64, {{"name", "ptr", 8}}}};

struct NamedLocks : TypedKernel {
    NamedLocks() : TypedKernel(kStructs) {
        data = make_bytes(4096);
        name("_sdata", data);
        name("_edata", data + 4096);
        list = make_bytes(16);
        put(list, list);
        put(list + 8, list);
        name("super_blocks", list);
    }
    std::uint64_t file_system(std::string_view type, std::string_view device, unsigned frozen = 0) {
        const std::uint64_t super = make("super_block");
        const std::uint64_t kind = make("file_system_type");
        const std::uint64_t text = make_bytes(32);
        put_text(text, type);
        set(kind, "file_system_type", "name", text);
        set(super, "super_block", "s_type", kind);
        set(super, "super_block", "s_id", device);
        set(super, "super_block", "s_writers.frozen", frozen);
        append(list, at(super, "super_block", "s_list"));
        return super;
    }
    LockWait named(std::uint64_t lock, LockKind kind = LockKind::PercpuRwsem) {
        KernelSpace memory = space();
        const KernelTypes known = types();
        const auto nearest = [&](VirtAddr where) {
            return std::optional(NearestSymbol{{where.value < data + 64 ? 0x1000 : data + 64}, "rtnl_mutex"});
        };
        CodeNames names(KernelReader(memory), known.finder(), find(), nearest, {});
        LockWait wait{.kind = kind, .lock = {lock}, .owner = {}};
        LockNames(KernelReader(memory), known.finder(), find(), names).add_to(wait);
        return wait;
    }
    std::uint64_t locks(std::uint64_t super) const { return at(super, "super_block", "s_writers.rw_sem"); }
    std::uint64_t data = 0, list = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(lock_names)

BOOST_AUTO_TEST_CASE(locks_for_writers_are_their_file_systems) {
    NamedLocks kernel;
    const std::uint64_t whole = kernel.file_system("tmpfs", "tmpfs");
    const std::uint64_t frozen = kernel.file_system("ext4", "vda1", 4);
    for (const std::uint64_t lock : {kernel.locks(frozen), kernel.locks(frozen) + 192}) {
        BOOST_TEST(kernel.named(lock).name == "ext4 on vda1");
        BOOST_TEST(kernel.named(lock).frozen.value == frozen);
    }
    BOOST_TEST(kernel.named(kernel.locks(whole)).name == "tmpfs");
    BOOST_TEST(kernel.named(kernel.locks(whole)).frozen.value == 0U);
    for (const std::uint64_t lock : {std::uint64_t{0}, kernel.locks(frozen) - 8, kernel.locks(frozen) + 288})
        BOOST_TEST(kernel.named(lock).name.empty());
    BOOST_TEST(kernel.named(kernel.locks(frozen), LockKind::Mutex).name.empty());
}

BOOST_AUTO_TEST_CASE(variables_are_their_symbols) {
    NamedLocks kernel;
    BOOST_TEST(kernel.named(kernel.data + 64, LockKind::Mutex).name == "rtnl_mutex");
    BOOST_TEST(kernel.named(kernel.data + 80, LockKind::Mutex).name == "rtnl_mutex+0x10");
    BOOST_TEST(kernel.named(kernel.data, LockKind::Mutex).name.empty());  // what is nearest is code
    BOOST_TEST(kernel.named(kernel.data + 4096, LockKind::Mutex).name.empty());
    BOOST_TEST(kernel.named(kernel.data + 64).name == "rtnl_mutex");
}

BOOST_AUTO_TEST_CASE(hostile_lists_end) {
    NamedLocks kernel;
    const std::uint64_t first = kernel.file_system("ext4", "vda1", 1);
    const std::uint64_t node = kernel.at(first, "super_block", "s_list");
    kernel.put(node, node);
    BOOST_TEST(kernel.named(kernel.locks(first)).frozen.value == first);
    BOOST_TEST(kernel.named(kernel.data + 64).name == "rtnl_mutex");
    kernel.put(node, 0x1234);
    BOOST_TEST(kernel.named(kernel.locks(first)).name == "ext4 on vda1");
    kernel.forget("super_blocks");
    BOOST_TEST(kernel.named(kernel.locks(first)).name.empty());
}

BOOST_AUTO_TEST_SUITE_END()
