// SPDX-License-Identifier: GPL-2.0-or-later
// What tasks hold: descriptors, files, paths, mounts, folders, memory. An input is patches.
#include "analyzer/kernel/files/open_files.hpp"
#include "analyzer/kernel/files/task_places.hpp"
#include "tests/fuzz/kernel/kernels.hpp"
#include "tests/support/kernel/file_kernel.hpp"

namespace kstrax::fuzz {

namespace {

struct Base : test::FileKernel {
    Base() {
        const PathPlace root = root_of(add_mount("ext4"));
        const PathPlace srv = add(root, "srv", 040755);
        const PathPlace inner = root_of(add_mount("tmpfs", srv));
        init = add_task(root);
        task = add_task(inner);
        hold(task, 0, open(add(srv, "orders.db"), 02, 77));
        const PathPlace gone = add(inner, "gone \x1b[2J");
        unlink(gone);
        hold(task, 3, open(gone), true);
        hold(task, 63, open(add_named("pipefs", "pipe:[7]", 7, 010600)));
        hold(task, 5, open(add_named("sockfs", "socket:[8]", 8, 0140777)));
        give_memory(task);
        map(task, 0x400000, "argument\0other");
        known.emplace(types());
    }
    std::uint64_t init = 0, task = 0;
    std::optional<KernelTypes> known;
};

void run(Bytes bytes) {
    static const Base base;
    Input input(bytes);
    PatchedKernel kernel(base, input);
    if (!kernel.opened()) return;
    const FindMember member = base.known->finder();
    auto files = OpenFiles::open(kernel.reader(), member, base.init);
    if (!files) return;
    TaskPlaces places(kernel.reader(), member);
    ControlGroups groups(kernel.reader(), member);
    for (const std::uint64_t task : {base.init, base.task}) {
        for (const Descriptor& one : files->of(task)) {
            require(one.file != nullptr, "a descriptor leads to a file");
            (void)one.flags();
            (void)file_kind_name(one.file->kind);
            require(one.file->path.text.size() <= 1 << 20, "a path has an end");
        }
        (void)files->behind(task, 3);
        (void)files->holder(task);
        for (const PathPlace place : {places.working_folder(task), places.root(task), places.program(task)})
            (void)files->paths().text(place, files->root());
        (void)groups.of(task);
    }
}

std::vector<std::string> seeds() {
    std::vector<std::string> all{""};
    for (std::uint8_t page = 0; page < 24; ++page) all.push_back(patch_of(page, 0, std::string(64, '\0')));
    return all;
}

}  // namespace

extern const Target kFiles;
const Target kFiles{"files", 512, run, seeds};

}  // namespace kstrax::fuzz
