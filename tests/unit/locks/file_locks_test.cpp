// SPDX-License-Identifier: GPL-2.0-or-later
// Locks of files that tasks wait for, who holds them, and who holds the ends of pipes.
#include "analyzer/kernel/locks/file_locks.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/support/kernel/typed_kernel.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kPosix = 1, kFlock = 2, kLease = 32, kOfd = 1024;

/// `core`: as since 6.9.
std::vector<BtfStruct> structs(bool core) {
    std::vector<BtfStruct> all{
        {"list_head", 16, {{"next", "ptr", 0}, {"prev", "ptr", 8}}},
        {"wait_queue_head", 24, {{"lock", "long", 0}, {"head", "list_head", 8}}},
        {"wait_queue_entry", 40, {{"flags", "int", 0}, {"private", "ptr", 8}, {"entry", "list_head", 24}}},
        {"task_struct", 4096, {{"files", "ptr", 64}}},
        {"files_struct", 64, {{"fdt", "ptr", 32}}},
        {"fdtable", 56, {{"max_fds", "int", 0}, {"fd", "ptr", 8}}},
        {"file", 128, {{"f_inode", "ptr", 32}, {"f_mode", "int", 40}}}};
    const std::string prefix = core ? "flc_" : "fl_";
    const std::vector<BtfMember> members{{prefix + "blocker", "ptr", 0},
                                         {prefix + "flags", "int", 72},
                                         {prefix + "pid", "int", 80},
                                         {prefix + "wait", "wait_queue_head", 88},
                                         {prefix + "file", "ptr", 112}};
    if (core) {
        all.push_back({"file_lock_core", 128, members});
        all.push_back({"file_lock", 200, {{"c", "file_lock_core", 0}}});
    } else {
        all.push_back({"file_lock", 200, members});
    }
    return all;
}

struct FileKernel : TypedKernel {
    explicit FileKernel(bool core = false) : TypedKernel(structs(core)), prefix(core ? "c.flc_" : "fl_") {
        text = make_bytes(4096);
        name("_stext", text);
        name("_etext", text + 4096);
        for (Tid pid = 100; pid < 104; ++pid) {
            KernelTask& task = tasks.emplace_back();
            task.address = {make("task_struct")};
            task.pid = pid;
            const std::uint64_t files = make("files_struct"), table = make("fdtable");
            set(task.address.value, "task_struct", "files", files);
            set(files, "files_struct", "fdt", table);
            set(table, "fdtable", "max_fds", 4);
            tables.push_back(table);
            pointers.push_back(make_bytes(32));
            set(table, "fdtable", "fd", pointers.back());
        }
    }
    std::uint64_t file(std::uint64_t inode = 0, std::uint64_t mode = 3) {
        const std::uint64_t made = make("file");
        set(made, "file", "f_inode", inode);
        set(made, "file", "f_mode", mode);
        return made;
    }
    void hold(std::size_t task, std::uint64_t number, std::uint64_t file) { put(pointers[task] + 8 * number, file); }
    std::uint64_t lock(std::uint64_t flags, Tid pid, std::uint64_t file, std::uint64_t blocker = 0) {
        const std::uint64_t made = make("file_lock");
        set(made, "file_lock", prefix + "flags", flags);
        set(made, "file_lock", prefix + "pid", pid);
        set(made, "file_lock", prefix + "file", file);
        set(made, "file_lock", prefix + "blocker", blocker);
        return made;
    }
    /// The task waits in the queue of the lock that it wants.
    KernelStack wait(std::size_t task, std::uint64_t wanted) {
        const std::uint64_t begin = make_bytes(4096), entry = begin + 512;
        put(begin + 64, tasks[task].address.value);  // a register that was saved
        put(entry + 8, tasks[task].address.value);
        const std::uint64_t head = at(wanted, "file_lock", prefix + "wait.head");
        put(head, entry + 24);
        put(head + 8, entry + 24);
        put(entry + 24, head);
        put(entry + 32, head);
        return {.frames = {{.code = {text + 1}, .slot = {}}}, .end = StackEnd::UserMode, .sp = begin};
    }
    std::optional<LockWait> read(const std::string& function, std::size_t task, const KernelStack& stack) {
        KernelSpace memory = space();
        const KernelTypes known = types();
        CodeNames names(KernelReader(memory), known.finder(), find(),
                        [&](VirtAddr) {
                            return std::optional(NearestSymbol{{text}, function});
                        },
                        {});
        FileHolders holders(KernelReader(memory), known.finder(), tasks);
        return FileLockReader(KernelReader(memory), known.finder(), tasks, names, holders).of(tasks[task], stack);
    }
    std::vector<std::size_t> ends(std::uint64_t inode, PipeEnd end) {
        KernelSpace memory = space();
        const KernelTypes known = types();
        return FileHolders(KernelReader(memory), known.finder(), tasks).of_pipe(inode, end);
    }
    std::string prefix;
    std::uint64_t text = 0;
    std::vector<KernelTask> tasks;
    std::vector<std::uint64_t> tables, pointers;  // of each task's descriptors
};

}  // namespace

BOOST_AUTO_TEST_SUITE(file_locks)

BOOST_AUTO_TEST_CASE(of_a_process_by_its_pid) {
    for (const bool core : {false, true}) {
        FileKernel kernel(core);
        const std::uint64_t held = kernel.lock(kPosix, 102, kernel.file());
        const KernelStack stack = kernel.wait(0, kernel.lock(kPosix, 100, kernel.file(), held));
        const auto wait = kernel.read("fcntl_setlk", 0, stack);
        BOOST_TEST_REQUIRE(wait.has_value());
        BOOST_TEST((wait->kind == LockKind::FileLock));
        BOOST_TEST(wait->lock.value == held);
        BOOST_TEST(*wait->owner == 2U);
        BOOST_TEST(!kernel.read("futex_wait", 0, stack).has_value());
    }
}

// A process took it and is gone, or has closed the file: a child has it still.
BOOST_AUTO_TEST_CASE(of_an_open_file_by_who_has_it) {
    FileKernel kernel;
    const std::uint64_t file = kernel.file();
    const std::uint64_t held = kernel.lock(kFlock, 103, file);
    const KernelStack stack = kernel.wait(0, kernel.lock(kFlock, 100, kernel.file(), held));
    BOOST_TEST(!kernel.read("locks_lock_inode_wait", 0, stack)->owner.has_value());
    kernel.hold(1, 3, file);
    const auto wait = kernel.read("locks_lock_inode_wait", 0, stack);
    BOOST_TEST((wait->kind == LockKind::Flock));
    BOOST_TEST(*wait->owner == 1U);
    kernel.hold(3, 0, file);  // who took it has it
    BOOST_TEST(*kernel.read("locks_lock_inode_wait", 0, stack)->owner == 3U);
    const std::uint64_t nobodys = kernel.lock(kPosix | kOfd, 0xffffffff, file);
    const auto open = kernel.read("fcntl_setlk", 2, kernel.wait(2, kernel.lock(kPosix | kOfd, 0, file, nobodys)));
    BOOST_TEST((open->kind == LockKind::FileLock));
    BOOST_TEST(*open->owner == 1U);
    const std::uint64_t lease = kernel.lock(kLease, 103, file);
    const auto broken = kernel.read("__break_lease", 2, kernel.wait(2, kernel.lock(kLease, 102, file, lease)));
    BOOST_TEST((broken->kind == LockKind::Lease));
    BOOST_TEST(*broken->owner == 3U);
}

// Those that wait stand behind each other; a damaged chain has no end.
BOOST_AUTO_TEST_CASE(behind_others_that_wait) {
    FileKernel kernel;
    const std::uint64_t held = kernel.lock(kPosix, 101, kernel.file());
    const std::uint64_t second = kernel.lock(kPosix, 102, kernel.file(), held);
    const std::uint64_t third = kernel.lock(kPosix, 100, kernel.file(), second);
    const KernelStack stack = kernel.wait(0, third);
    BOOST_TEST(kernel.read("posix_lock_inode_wait", 0, stack)->lock.value == held);
    kernel.set(held, "file_lock", "fl_blocker", third);
    BOOST_TEST(!kernel.read("posix_lock_inode_wait", 0, stack).has_value());
    kernel.set(second, "file_lock", "fl_blocker", 0x10);
    BOOST_TEST(!kernel.read("posix_lock_inode_wait", 0, stack).has_value());
    kernel.set(third, "file_lock", "fl_blocker", 0);  // it was just given to it
    BOOST_TEST(!kernel.read("posix_lock_inode_wait", 0, stack).has_value());
}

BOOST_AUTO_TEST_CASE(ends_of_a_pipe) {
    FileKernel kernel;
    const std::uint64_t inode = kernel.make_bytes(64), reads = kernel.file(inode, 1), writes = kernel.file(inode, 2);
    kernel.hold(0, 0, reads);
    kernel.hold(2, 1, writes);
    kernel.hold(2, 2, writes);  // by dup
    kernel.hold(3, 1, kernel.file(inode, 3));
    kernel.hold(1, 1, kernel.file(inode + 8));
    BOOST_TEST(kernel.ends(inode, PipeEnd::Readers) == (std::vector<std::size_t>{0, 3}),
               boost::test_tools::per_element());
    BOOST_TEST(kernel.ends(inode, PipeEnd::Writers) == (std::vector<std::size_t>{2, 3}),
               boost::test_tools::per_element());
    BOOST_TEST(kernel.ends(0x1234, PipeEnd::Writers).empty());
}

// Whoever is not found may hold it all the same.
BOOST_AUTO_TEST_CASE(descriptors_that_cannot_be_read_are_no_proof) {
    const auto whole = [](FileKernel& kernel) {
        KernelSpace memory = kernel.space();
        const KernelTypes known = kernel.types();
        FileHolders holders(KernelReader(memory), known.finder(), kernel.tasks);
        return holders.whole();
    };
    FileKernel kernel;
    BOOST_TEST(whole(kernel));
    kernel.hold(1, 0, kernel.file());
    BOOST_TEST(whole(kernel));
    kernel.set(kernel.tables[2], "fdtable", "max_fds", 1U << 21);
    BOOST_TEST(!whole(kernel));
    FileKernel damaged;
    damaged.set(damaged.tables[2], "fdtable", "fd", 0x1234);
    BOOST_TEST(!whole(damaged));
}

BOOST_AUTO_TEST_SUITE_END()
