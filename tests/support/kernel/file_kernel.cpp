// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/kernel/file_kernel.hpp"

namespace kstrax::test {

namespace {

constexpr std::uint64_t kDirect = 0xffff888000000000;
constexpr std::uint64_t kMost = 64;  // descriptors of a task

const std::vector<BtfStruct>& structs() {
    static const std::vector<BtfStruct> all{
        {"qstr", 16, {{"hash", "int", 0}, {"len", "int", 4}, {"name", "ptr", 8}}},
        {"hlist_bl_node", 16, {{"next", "ptr", 0}, {"pprev", "ptr", 8}}},
        {"path", 16, {{"mnt", "ptr", 0}, {"dentry", "ptr", 8}}},
        {"file_system_type", 72, {{"name", "ptr", 0}}},
        {"super_block", 128, {{"s_type", "ptr", 40}}},
        {"dentry_operations", 128, {{"d_dname", "ptr", 72}}},
        {"dentry",
         192,
         {{"d_hash", "hlist_bl_node", 8},
          {"d_parent", "ptr", 24},
          {"d_name", "qstr", 32},
          {"d_inode", "ptr", 48},
          {"d_iname", "char[32]", 56},
          {"d_op", "ptr", 96},
          {"d_sb", "ptr", 104},
          {"d_fsdata", "ptr", 120}}},
        {"vfsmount", 32, {{"mnt_root", "ptr", 0}, {"mnt_sb", "ptr", 8}}},
        {"mount",
         320,
         {{"mnt_parent", "ptr", 16}, {"mnt_mountpoint", "ptr", 24}, {"mnt", "vfsmount", 32}, {"mnt_ns", "ptr", 224}}},
        {"ns_common", 24, {{"ops", "ptr", 8}}},
        {"proc_ns_operations", 64, {{"name", "ptr", 0}}},
        {"inode",
         616,
         {{"i_mode", "int", 0},
          {"i_sb", "ptr", 40},
          {"i_ino", "long", 64},
          {"i_rdev", "int", 76},
          {"i_pipe", "ptr", 560},
          {"i_private", "ptr", 608}}},
        {"pipe_inode_info",
         168,
         {{"head", "int", 80},
          {"tail", "int", 84},
          {"ring_size", "int", 92},
          {"readers", "int", 100},
          {"writers", "int", 104}}},
        {"file",
         232,
         {{"f_path", "path", 16},
          {"f_inode", "ptr", 32},
          {"f_flags", "int", 64},
          {"f_pos", "long", 104},
          {"private_data", "ptr", 200}}},
        {"fdtable",
         56,
         {{"max_fds", "int", 0}, {"fd", "ptr", 8}, {"close_on_exec", "ptr", 16}, {"open_fds", "ptr", 24}}},
        {"files_struct", 704, {{"fdt", "ptr", 32}}},
        {"fs_struct", 56, {{"root", "path", 24}, {"pwd", "path", 40}}},
        {"mm_struct",
         1024,
         {{"pgd", "ptr", 80},
          {"arg_start", "long", 300},
          {"arg_end", "long", 308},
          {"env_start", "long", 316},
          {"env_end", "long", 324},
          {"exe_file", "ptr", 900}}},
        {"kernfs_node", 128, {{"parent", "ptr", 8}, {"name", "ptr", 16}}},
        {"cgroup", 2048, {{"kn", "ptr", 352}}},
        {"cgroup_subsys_state", 200, {{"cgroup", "ptr", 0}}},
        {"css_set", 512, {{"subsys", "char[112]", 0}, {"dfl_cgrp", "ptr", 136}}},
        {"filename", 40, {{"name", "ptr", 0}, {"uptr", "ptr", 8}, {"iname", "char[0]", 32}}},
        {"sock_common",
         136,
         {{"skc_daddr", "int", 0},
          {"skc_rcv_saddr", "int", 4},
          {"skc_dport", "char[2]", 12},
          {"skc_num", "char[2]", 14},
          {"skc_family", "char[2]", 16},
          {"skc_state", "char", 18},
          {"skc_v6_daddr", "char[16]", 56},
          {"skc_v6_rcv_saddr", "char[16]", 72}}},
        {"sock", 760, {{"__sk_common", "sock_common", 0}, {"sk_protocol", "char[2]", 540}, {"sk_socket", "ptr", 624}}},
        {"unix_sock", 1024, {{"addr", "ptr", 760}, {"peer", "ptr", 800}}},
        {"unix_address", 32, {{"len", "int", 4}, {"name", "char[0]", 8}}},
        {"socket", 128, {{"type", "char[2]", 4}, {"sk", "ptr", 24}}},
        {"socket_alloc", 744, {{"socket", "socket", 0}, {"vfs_inode", "inode", 128}}},
        {"task_struct",
         4096,
         {{"fs", "ptr", 1000},
          {"files", "ptr", 1008},
          {"mm", "ptr", 1016},
          {"cgroups", "ptr", 1024},
          {"flags", "int", 1032}}},
    };
    return all;
}

}  // namespace

FileKernel::FileKernel() : TypedKernel(structs()) {}

std::uint64_t FileKernel::add_dentry(std::uint64_t parent, std::string_view name, std::uint64_t super,
                                     std::uint64_t mode, std::uint64_t inode_number) {
    constexpr std::size_t kInside = 32;
    const std::uint64_t dentry = make("dentry");
    const std::uint64_t inode = make("inode");
    set(inode, "inode", "i_mode", mode);
    set(inode, "inode", "i_ino", inode_number);
    set(inode, "inode", "i_sb", super);
    set(dentry, "dentry", "d_parent", parent == 0 ? dentry : parent);
    set(dentry, "dentry", "d_inode", inode);
    set(dentry, "dentry", "d_sb", super);
    set(dentry, "dentry", "d_hash.pprev", dentry);
    std::uint64_t text = at(dentry, "dentry", "d_iname");
    if (name.size() >= kInside) text = make_bytes(name.size() + 1);
    put_text(text, name);
    set(dentry, "dentry", "d_name.name", text);
    set(dentry, "dentry", "d_name.len", name.size());
    return dentry;
}

std::uint64_t FileKernel::add_mount(std::string_view type, PathPlace on) {
    const std::uint64_t system = make("file_system_type");
    const std::uint64_t text = make_bytes(64);
    const std::uint64_t super = make("super_block");
    const std::uint64_t mount = make("mount");
    put_text(text, type);
    set(system, "file_system_type", "name", text);
    set(super, "super_block", "s_type", system);
    const std::uint64_t vfsmount = at(mount, "mount", "mnt");
    const std::uint64_t root = add_dentry(0, "/", super, 040755, 1);
    set(vfsmount, "vfsmount", "mnt_root", root);
    set(vfsmount, "vfsmount", "mnt_sb", super);
    set(mount, "mount", "mnt_ns", make_bytes(8));
    set(mount, "mount", "mnt_parent", on.mount == 0 ? mount : on.mount - (vfsmount - mount));
    set(mount, "mount", "mnt_mountpoint", on.mount == 0 ? root : on.dentry);
    return vfsmount;
}

PathPlace FileKernel::root_of(std::uint64_t mount) const { return {mount, word(at(mount, "vfsmount", "mnt_root"))}; }

PathPlace FileKernel::add(PathPlace folder, std::string_view name, std::uint64_t mode) {
    return {folder.mount,
            add_dentry(folder.dentry, name, word(at(folder.mount, "vfsmount", "mnt_sb")), mode, numbers_++)};
}

void FileKernel::unlink(PathPlace place) { set(place.dentry, "dentry", "d_hash.pprev", 0); }

PathPlace FileKernel::add_named(std::string_view type, std::string_view name, std::uint64_t inode, std::uint64_t mode) {
    const std::uint64_t mount = add_mount(type);
    set(mount - (at(0, "mount", "mnt")), "mount", "mnt_ns", ~std::uint64_t{21});  // an error
    const std::uint64_t dentry = add_dentry(0, name, word(at(mount, "vfsmount", "mnt_sb")), mode, inode);
    const std::uint64_t operations = make("dentry_operations");
    set(operations, "dentry_operations", "d_dname", operations);
    set(dentry, "dentry", "d_op", operations);
    return {mount, dentry};
}

std::uint64_t FileKernel::open(PathPlace place, std::uint64_t flags, std::uint64_t position) {
    const std::uint64_t file = make("file");
    set(file, "file", "f_path.mnt", place.mount);
    set(file, "file", "f_path.dentry", place.dentry);
    set(file, "file", "f_inode", word(at(place.dentry, "dentry", "d_inode")));
    set(file, "file", "f_flags", flags);
    set(file, "file", "f_pos", position);
    return file;
}

std::uint64_t FileKernel::add_task(PathPlace root) {
    const std::uint64_t task = make("task_struct");
    const std::uint64_t folders = make("fs_struct");
    const std::uint64_t files = make("files_struct");
    const std::uint64_t table = make("fdtable");
    for (const char* where : {"root", "pwd"}) {
        set(folders, "fs_struct", std::string(where) + ".mnt", root.mount);
        set(folders, "fs_struct", std::string(where) + ".dentry", root.dentry);
    }
    set(table, "fdtable", "max_fds", kMost);
    set(table, "fdtable", "fd", make_bytes(kMost * 8));
    set(table, "fdtable", "open_fds", make_bytes(8));
    set(table, "fdtable", "close_on_exec", make_bytes(8));
    set(files, "files_struct", "fdt", table);
    set(task, "task_struct", "files", files);
    set(task, "task_struct", "fs", folders);
    return task;
}

std::uint64_t FileKernel::table_of(std::uint64_t task) const {
    return word(at(word(at(task, "task_struct", "files")), "files_struct", "fdt"));
}

void FileKernel::hold(std::uint64_t task, std::uint32_t number, std::uint64_t file, bool closed_by_exec) {
    const std::uint64_t table = table_of(task);
    put(word(at(table, "fdtable", "fd")) + number * 8, file);
    for (const char* bits : {"open_fds", "close_on_exec"}) {
        if (bits[0] == 'c' && !closed_by_exec) continue;
        const std::uint64_t map = word(at(table, "fdtable", bits));
        put(map, word(map) | std::uint64_t{1} << number);
    }
}

std::uint64_t FileKernel::give_memory(std::uint64_t task) {
    const std::uint64_t space = make("mm_struct");
    set(space, "mm_struct", "pgd", make_bytes(4096));
    set(task, "task_struct", "mm", space);
    // In truth the kernel's half of the tables maps all of memory.
    std::uint64_t table = word(at(space, "mm_struct", "pgd"));
    for (unsigned shift = 39; shift > 12; shift -= 9) {
        const std::uint64_t next = make_bytes(4096);
        put(table + (space >> shift & 511) * 8, (next - kDirect) | 7);
        table = next;
    }
    put(table + (space >> 12 & 511) * 8, (space - kDirect) | 7);
    return space;
}

void FileKernel::map(std::uint64_t task, std::uint64_t address, std::string_view text) {
    const std::uint64_t page = make_bytes(4096);
    put_text(page + address % 4096, text);
    std::uint64_t table = word(at(word(at(task, "task_struct", "mm")), "mm_struct", "pgd"));
    for (unsigned shift = 39; shift > 12; shift -= 9) {
        const std::uint64_t entry = table + (address >> shift & 511) * 8;
        if (word(entry) == 0) put(entry, (make_bytes(4096) - kDirect) | 7);
        table = kDirect + (word(entry) & ~std::uint64_t{4095});
    }
    put(table + (address >> 12 & 511) * 8, (page - kDirect) | 7);
}

}  // namespace kstrax::test
