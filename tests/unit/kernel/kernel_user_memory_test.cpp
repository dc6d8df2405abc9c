// SPDX-License-Identifier: GPL-2.0-or-later
// A task's own memory, through its own page tables.
#include <boost/test/unit_test.hpp>

#include "analyzer/kernel/files/task_places.hpp"
#include "analyzer/kernel/files/user_memory.hpp"
#include "analyzer/kernel/tasks.hpp"
#include "tests/support/kernel/file_kernel.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kArguments = 0x7ffdebcf2ff8;  // eight bytes before a page's end

struct World : FileKernel {
    std::uint64_t task = add_task({});
    std::uint64_t memory_of_task = give_memory(task);

    void arguments(std::uint64_t size, std::uint64_t environment = 0) {
        set(memory_of_task, "mm_struct", "arg_start", kArguments);
        set(memory_of_task, "mm_struct", "arg_end", kArguments + size);
        set(memory_of_task, "mm_struct", "env_start", kArguments + size);
        set(memory_of_task, "mm_struct", "env_end", kArguments + size + environment);
    }
};

struct Reader {
    KernelSpace space;
    KernelTypes types;
    Result<UserMemory> user;

    explicit Reader(const World& world)
        : space(world.space()),
          types(world.types()),
          user(UserMemory::open(world.source(), space, types.finder(), world.task)) {}
};

}  // namespace

BOOST_AUTO_TEST_SUITE(kernel_user_memory)

BOOST_AUTO_TEST_CASE(a_command_line_over_two_pages) {
    World world;
    world.map(world.task, kArguments, std::string_view("a\0bcdefg", 8));
    world.map(world.task, kArguments + 8, std::string_view("h\0\0", 3));
    world.arguments(11);
    Reader reader(world);
    BOOST_TEST_REQUIRE(reader.user.ok());
    const UserText line = reader.user->command_line(world.task, 100).value();
    BOOST_TEST(line.text == std::string_view("a\0bcdefgh\0\0", 11));
    BOOST_TEST(line.whole);
    const UserText cut = reader.user->command_line(world.task, 4).value();
    BOOST_TEST(cut.text == std::string_view("a\0bc", 4));
    BOOST_TEST((!cut.whole && !cut.missing));
}

/// As a vhost worker does: /proc shows no command line and no program of it either.
BOOST_AUTO_TEST_CASE(a_kernel_thread_that_works_in_the_memory_of_a_process) {
    constexpr std::uint64_t kMount = 0x1000, kDentry = 0x2000;
    World world;
    world.map(world.task, kArguments, "/bin/guest");
    world.arguments(11);
    const std::uint64_t file = world.make("file");
    world.set(file, "file", "f_path.mnt", kMount);
    world.set(file, "file", "f_path.dentry", kDentry);
    world.set(world.memory_of_task, "mm_struct", "exe_file", file);
    Reader reader(world);
    BOOST_TEST_REQUIRE(reader.user.ok());
    const auto program = [&](Reader& of) {
        return TaskPlaces(KernelReader(of.space), of.types.finder()).program(world.task);
    };
    BOOST_TEST(reader.user->command_line(world.task, 100).has_value());
    BOOST_TEST(program(reader).dentry == kDentry);
    world.set(world.task, "task_struct", "flags", kKernelThread);
    Reader later(world);
    BOOST_TEST_REQUIRE(later.user.ok());
    BOOST_TEST(!later.user->command_line(world.task, 100).has_value());
    BOOST_TEST(program(later).dentry == 0U);
}

BOOST_AUTO_TEST_CASE(a_page_that_is_not_there) {
    World world;
    world.map(world.task, kArguments, "/bin/bak");
    world.arguments(12);
    Reader reader(world);
    BOOST_TEST_REQUIRE(reader.user.ok());
    const UserText line = reader.user->command_line(world.task, 100).value();
    BOOST_TEST(line.text == "/bin/bak");
    BOOST_TEST((line.missing && !line.whole));
    const UserText text = reader.user->text(world.task, kArguments + 4, 50);
    BOOST_TEST(text.text == "/bak");
    BOOST_TEST((text.missing && !text.whole));
    BOOST_TEST(reader.user->text(world.task, 0x1000, 50).text.empty());
    BOOST_TEST(reader.user->text(world.task, 0x1000, 50).missing);
    BOOST_TEST(reader.user->text(world.task, 0x8000000000000000, 50).missing);  // no address at all
}

BOOST_AUTO_TEST_CASE(a_title_over_arguments_and_environment) {
    World world;
    world.map(world.task, kArguments, "worker p");
    world.map(world.task, kArguments + 8, std::string_view("rocess\0PATH", 11));
    world.arguments(8, 11);
    Reader reader(world);
    BOOST_TEST_REQUIRE(reader.user.ok());
    const UserText line = reader.user->command_line(world.task, 100).value();
    BOOST_TEST(line.text == "worker process");
    BOOST_TEST(line.whole);
}

BOOST_AUTO_TEST_CASE(tasks_without_memory_and_without_arguments) {
    World world;
    Reader reader(world);
    BOOST_TEST_REQUIRE(reader.user.ok());
    BOOST_TEST(reader.user->command_line(world.task, 100).value().text.empty());
    const std::uint64_t thread = world.add_task({});  // of the kernel
    BOOST_TEST(!reader.user->command_line(thread, 100).has_value());
    BOOST_TEST(reader.user->text(thread, kArguments, 10).missing);
}

BOOST_AUTO_TEST_CASE(tables_that_lead_elsewhere) {
    World world;
    for (const std::uint64_t directory : {world.make_bytes(4096), std::uint64_t{0x1234}}) {
        world.set(world.memory_of_task, "mm_struct", "pgd", directory);
        BOOST_TEST(!Reader(world).user.ok());
    }
}

// Arguments that claim the whole address space cost no more than is wanted.
BOOST_AUTO_TEST_CASE(arguments_without_end) {
    World world;
    world.map(world.task, kArguments, "12345678");
    world.arguments(0x7000000000000000);
    Reader reader(world);
    BOOST_TEST_REQUIRE(reader.user.ok());
    const UserText line = reader.user->command_line(world.task, 100).value();
    BOOST_TEST(line.text == "12345678");
    BOOST_TEST(line.missing);
}

BOOST_AUTO_TEST_SUITE_END()
