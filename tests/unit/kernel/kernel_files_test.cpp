// SPDX-License-Identifier: GPL-2.0-or-later
// Files of tasks: their paths, descriptors and ends, whole and damaged.
#include <boost/test/unit_test.hpp>

#include "analyzer/kernel/files/open_files.hpp"
#include "analyzer/kernel/files/stack_names.hpp"
#include "analyzer/kernel/files/task_places.hpp"
#include "tests/support/kernel/file_kernel.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kPipe = 010600;
constexpr std::uint64_t kSocket = 0140777;

/// A root with folders, a task in it, and its readers.
struct World : FileKernel {
    std::uint64_t mount = add_mount("ext4");
    PathPlace root = root_of(mount);
    PathPlace srv = add(root, "srv", 040755);
    PathPlace file = add(srv, "orders.db");
    std::uint64_t init = add_task(root);
    std::uint64_t task = add_task(root);
};

/// "3:/srv/orders.db 4:pipe:[7]", and what could not be read.
struct Listing {
    std::string text;
    std::vector<Descriptor> all;
    FileTroubles troubles;
};

Listing list(const World& world, std::uint64_t task) {
    KernelSpace space = world.space();
    const KernelTypes types = world.types();
    auto files = OpenFiles::open(KernelReader(space), types.finder(), world.init);
    BOOST_TEST_REQUIRE(files.ok());
    Listing found{.text = {}, .all = files->of(task), .troubles = files->troubles()};
    for (const Descriptor& one : found.all)
        found.text += (found.text.empty() ? "" : " ") + std::to_string(one.number) + ":" + one.file->path.text;
    return found;
}

Listing list(const World& world) { return list(world, world.task); }

PathText path(const World& world, PathPlace place, PathPlace root) {
    KernelSpace space = world.space();
    const KernelTypes types = world.types();
    auto paths = KernelPaths::open(KernelReader(space), types.finder());
    BOOST_TEST_REQUIRE(paths.ok());
    return paths->text(place, root);
}

std::uint64_t inode_of(const World& world, PathPlace place) {
    return world.word(world.at(place.dentry, "dentry", "d_inode"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kernel_files)

BOOST_AUTO_TEST_CASE(descriptors_with_flags_and_position) {
    World world;
    const std::uint64_t file = world.open(world.file, 0102002, 1234);
    world.hold(world.task, 3, file, true);
    world.hold(world.task, 63, file);
    world.hold(world.task, 5, 0);  // taken by a call that has no file for it yet
    const Listing found = list(world);
    BOOST_TEST(found.text == "3:/srv/orders.db 63:/srv/orders.db");
    BOOST_TEST(found.all[0].flags() == 02102002U);
    BOOST_TEST(found.all[1].flags() == 0102002U);
    BOOST_TEST(found.all[1].file->position == 1234U);
    BOOST_TEST((found.all[1].file->kind == FileKind::Regular));
    BOOST_TEST(!found.troubles.any());
}

BOOST_AUTO_TEST_CASE(a_task_without_descriptors) {
    World world;
    world.set(world.task, "task_struct", "files", 0);
    BOOST_TEST(list(world).text.empty());
    BOOST_TEST(!list(world).troubles.any());
}

BOOST_AUTO_TEST_CASE(names_long_strange_and_deleted) {
    World world;
    const std::string long_name(200, 'x');
    const PathPlace place = world.add(world.srv, long_name);
    const PathPlace strange = world.add(world.srv, "a\nb \x1b[2J\xff (deleted)");
    world.unlink(strange);
    world.hold(world.task, 0, world.open(place));
    world.hold(world.task, 1, world.open(strange));
    world.hold(world.task, 2, world.open(world.root));
    BOOST_TEST(list(world).text == "0:/srv/" + long_name + " 1:/srv/a\nb \x1b[2J\xff (deleted) (deleted) 2:/");
}

BOOST_AUTO_TEST_CASE(mounts_in_one_another_and_roots) {
    World world;
    const std::uint64_t data = world.add_mount("xfs", world.srv);
    const PathPlace within = world.add(world.root_of(data), "within", 040755);
    const PathPlace file = world.add(within, "x");
    BOOST_TEST(path(world, file, world.root).text == "/srv/within/x");
    BOOST_TEST((path(world, file, world.root).end == PathEnd::Root));
    BOOST_TEST(path(world, world.root_of(data), world.root).text == "/srv");
    BOOST_TEST(path(world, file, within).text == "/x");  // of a chroot
    BOOST_TEST(path(world, within, within).text == "/");
    // Outside of the chroot: from the top.
    BOOST_TEST(path(world, world.file, within).text == "/srv/orders.db");
    BOOST_TEST((path(world, world.file, within).end == PathEnd::Outside));
    BOOST_TEST(path(world, file, {}).text == "/srv/within/x");
}

BOOST_AUTO_TEST_CASE(a_file_system_that_was_unmounted) {
    World world;
    const std::uint64_t gone = world.add_mount("tmpfs");
    world.set(gone - world.at(0, "mount", "mnt"), "mount", "mnt_ns", 0);
    const PathPlace file = world.add(world.root_of(gone), "x");
    BOOST_TEST(path(world, file, world.root).text == "/x");
    BOOST_TEST((path(world, file, world.root).end == PathEnd::Nowhere));
}

BOOST_AUTO_TEST_CASE(files_that_say_themselves_what_they_are) {
    World world;
    const PathPlace pipe = world.add_named("pipefs", "", 77, kPipe);
    const std::uint64_t state = world.make("pipe_inode_info");
    world.set(state, "pipe_inode_info", "head", 2);
    world.set(state, "pipe_inode_info", "tail", 0xfffffffe);
    world.set(state, "pipe_inode_info", "readers", 1);
    world.set(inode_of(world, pipe), "inode", "i_pipe", state);
    world.hold(world.task, 0, world.open(pipe));
    world.hold(world.task, 1, world.open(world.add_named("anon_inodefs", "[eventfd]", 1, 0600)));
    world.hold(world.task, 2, world.open(world.add_named("tmpfs", "memfd:x", 5, 0100777)));
    const PathPlace net = world.add_named("nsfs", "", 4026531840, 0100444);
    const std::uint64_t operations = world.make("proc_ns_operations");
    const std::uint64_t text = world.make_bytes(8);
    world.put_text(text, "net");
    world.set(operations, "proc_ns_operations", "name", text);
    const std::uint64_t common = world.make("ns_common");
    world.set(common, "ns_common", "ops", operations);
    world.set(inode_of(world, net), "inode", "i_private", common);
    world.set(net.dentry, "dentry", "d_fsdata", common);  // before 6.9, the operations
    world.hold(world.task, 3, world.open(net));
    const Listing found = list(world);
    BOOST_TEST(found.text == "0:pipe:[77] 1:anon_inode:[eventfd] 2:/memfd:x (deleted) 3:net:[4026531840]");
    BOOST_TEST((found.all[0].file->kind == FileKind::Pipe));
    BOOST_TEST(found.all[0].file->pipe.value().filled == 4U);
    BOOST_TEST(found.all[0].file->pipe.value().readers == 1U);
    BOOST_TEST((found.all[1].file->kind == FileKind::Nameless));
    BOOST_TEST((found.all[2].file->kind == FileKind::Memory));
    BOOST_TEST((found.all[3].file->kind == FileKind::Namespace));
}

namespace {

/// A descriptor's socket, whose struct sock is filled in by the test.
struct SocketWorld : World {
    std::uint64_t allocation = make("socket_alloc");
    std::uint64_t sock = make("unix_sock");
    SocketWorld(std::uint64_t family, std::uint64_t protocol, std::uint64_t state) {
        const PathPlace place = add_named("sockfs", "", 4, kSocket);
        const std::uint64_t descriptor = open(place);
        set(descriptor, "file", "private_data", at(allocation, "socket_alloc", "socket"));
        set(allocation, "socket", "type", 1);
        set(allocation, "socket", "sk", sock);
        set(sock, "sock", "__sk_common.skc_family", family);
        set(sock, "sock", "__sk_common.skc_state", state);
        set(sock, "sock", "sk_protocol", protocol);
        hold(task, 3, descriptor);
    }
    [[nodiscard]] SocketEnds ends() const { return list(*this).all.at(0).file->socket.value(); }
};

}  // namespace

BOOST_AUTO_TEST_CASE(the_ends_of_tcp) {
    SocketWorld world(2, 6, 1);
    BOOST_TEST(list(world).text == "3:socket:[4]");
    world.set(world.sock, "sock", "__sk_common.skc_rcv_saddr", 0x0100007f);
    world.set(world.sock, "sock", "__sk_common.skc_num", 80);
    BOOST_TEST(world.ends().local == "127.0.0.1:80");
    BOOST_TEST(world.ends().peer == "");
    world.set(world.sock, "sock", "__sk_common.skc_daddr", 0x0200000a);
    world.set(world.sock, "sock", "__sk_common.skc_dport", 0xbb01);  // 443, as it goes over the wire
    const SocketEnds ends = world.ends();
    BOOST_TEST(ends.protocol == "tcp");
    BOOST_TEST(socket_type_name(ends.type) == "stream");
    BOOST_TEST(ends.state == "ESTABLISHED");
    BOOST_TEST(ends.peer == "10.0.0.2:443");
}

BOOST_AUTO_TEST_CASE(the_ends_of_udp_of_version_6) {
    SocketWorld world(10, 17, 7);
    world.put(world.at(world.sock, "sock", "__sk_common.skc_v6_rcv_saddr") + 15, 1, 1);
    world.set(world.sock, "sock", "__sk_common.skc_num", 53);
    BOOST_TEST(world.ends().protocol == "udp6");
    BOOST_TEST(world.ends().local == "[::1]:53");
    BOOST_TEST(world.ends().state == "CLOSE");
}

BOOST_AUTO_TEST_CASE(the_ends_of_unix_sockets) {
    SocketWorld world(1, 0, 1);
    const auto name = [&](std::uint64_t sock, std::string_view text) {
        const std::uint64_t address = world.make_bytes(160);
        world.set(address, "unix_address", "len", text.size() + 2);
        world.put_text(world.at(address, "unix_address", "name") + 2, text);
        world.set(sock, "unix_sock", "addr", address);
    };
    name(world.sock, std::string_view("/run/x.sock\0", 12));
    BOOST_TEST(world.ends().local == "/run/x.sock");
    BOOST_TEST(world.ends().peer_inode == 0U);
    const std::uint64_t peer = world.make("unix_sock");
    const std::uint64_t allocation = world.make("socket_alloc");
    world.set(world.at(allocation, "socket_alloc", "vfs_inode"), "inode", "i_ino", 99);
    world.set(peer, "sock", "sk_socket", world.at(allocation, "socket_alloc", "socket"));
    world.set(world.sock, "unix_sock", "peer", peer);
    name(peer, std::string_view("\0a\0b", 4));
    BOOST_TEST(world.ends().peer == "@a@b");
    BOOST_TEST(world.ends().peer_inode == 99U);
    name(peer, std::string(4000, 'x'));  // longer than an address can be
    BOOST_TEST(world.ends().peer == "");
}

BOOST_AUTO_TEST_CASE(a_socket_that_is_not_there) {
    SocketWorld world(2, 6, 1);
    world.drop(world.sock);
    const Listing found = list(world);
    BOOST_TEST(found.text == "3:socket:[4]");
    BOOST_TEST(!found.all[0].file->socket.has_value());
    BOOST_TEST(found.troubles.sockets == 1U);
}

// What follows is damage: a part that cannot be read stops no other.
BOOST_AUTO_TEST_CASE(a_file_system_that_is_not_there) {
    World world;
    const PathPlace place = world.add_named("sockfs", "UNIX-STREAM", 4, kSocket);
    world.hold(world.task, 3, world.open(place));
    BOOST_TEST(list(world).text == "3:socket:[4]");
    world.drop(world.word(world.at(place.dentry, "dentry", "d_sb")));
    const Listing found = list(world);  // not a file of memory that is called UNIX-STREAM
    BOOST_TEST(found.text == "3:");
    BOOST_TEST((found.all[0].file->kind == FileKind::Socket));
}

BOOST_AUTO_TEST_CASE(a_struct_file_that_is_not_there) {
    World world;
    const std::uint64_t gone = world.open(world.file);
    world.hold(world.task, 3, gone);
    world.hold(world.task, 4, world.open(world.file));
    world.hold(world.task, 5, 0xdead000000000100);
    world.drop(gone);
    BOOST_TEST(list(world).text == "4:/srv/orders.db");
    BOOST_TEST(list(world).troubles.descriptors == 2U);
}

BOOST_AUTO_TEST_CASE(tables_that_are_not_there_or_without_end) {
    World world;
    world.hold(world.task, 3, world.open(world.file));
    world.set(world.table_of(world.task), "fdtable", "max_fds", 0xffffffff);
    BOOST_TEST(list(world).text == "3:/srv/orders.db");  // and then the bitmap ends
    BOOST_TEST(list(world).troubles.descriptors >= 1U);
    world.set(world.table_of(world.task), "fdtable", "open_fds", 0x1000);
    BOOST_TEST(list(world).text.empty());
    world.drop(world.table_of(world.task));
    BOOST_TEST(list(world).text.empty());
    BOOST_TEST(list(world).troubles.descriptors == 1U);
}

BOOST_AUTO_TEST_CASE(folders_and_mounts_in_a_circle) {
    World world;
    const PathPlace low = world.add(world.srv, "low", 040755);
    world.hold(world.task, 3, world.open(low));
    world.hold(world.task, 4, world.open(world.root));
    world.set(world.srv.dentry, "dentry", "d_parent", low.dentry);
    Listing found = list(world);
    BOOST_TEST((found.all[0].file->path.end == PathEnd::Broken));
    BOOST_TEST(found.all[0].file->path.text.starts_with(".../"));
    BOOST_TEST(found.all[0].file->path.text.ends_with("/srv/low"));
    BOOST_TEST(found.all[1].file->path.text == "/");
    BOOST_TEST(found.troubles.paths == 1U);
    // A mount on a folder of its own.
    const std::uint64_t mount = world.add_mount("xfs", low);
    world.set(mount - world.at(0, "mount", "mnt"), "mount", "mnt_parent", mount - world.at(0, "mount", "mnt"));
    const std::uint64_t other = world.add_mount("xfs", world.root_of(mount));
    world.set(mount - world.at(0, "mount", "mnt"), "mount", "mnt_parent", other - world.at(0, "mount", "mnt"));
    world.set(mount - world.at(0, "mount", "mnt"), "mount", "mnt_mountpoint", world.root_of(other).dentry);
    BOOST_TEST((path(world, world.root_of(mount), world.root).end == PathEnd::Broken));
}

BOOST_AUTO_TEST_CASE(names_without_end_or_memory) {
    World world;
    world.set(world.file.dentry, "dentry", "d_name.len", 0xffffffff);
    const PathText without_end = path(world, world.file, world.root);
    BOOST_TEST((without_end.end == PathEnd::Broken));
    world.set(world.file.dentry, "dentry", "d_name.len", 4);
    world.set(world.file.dentry, "dentry", "d_name.name", 0x1000);
    BOOST_TEST((path(world, world.file, world.root).end == PathEnd::Broken));
    BOOST_TEST((path(world, {0, 0}, world.root).end == PathEnd::Broken));
    world.drop(world.srv.dentry);
    world.set(world.file.dentry, "dentry", "d_name.name", world.at(world.file.dentry, "dentry", "d_iname"));
    BOOST_TEST(path(world, world.file, world.root).text == ".../orde");
}

BOOST_AUTO_TEST_CASE(a_kernel_that_does_not_tell) {
    World world;
    KernelSpace space = world.space();
    const auto none = [](std::string_view, std::string_view) { return std::optional<Member>(); };
    BOOST_TEST(!OpenFiles::open(KernelReader(space), none, 0).ok());
    BOOST_TEST(TaskPlaces(KernelReader(space), none).root(world.task).dentry == 0U);
    BOOST_TEST(!ControlGroups(KernelReader(space), none).of(world.task).has_value());
}

BOOST_AUTO_TEST_CASE(control_groups) {
    World world;
    const auto group = [&](std::uint64_t parent, std::string_view name) {
        const std::uint64_t node = world.make("kernfs_node");
        const std::uint64_t text = world.make_bytes(64);
        world.put_text(text, name);
        world.set(node, "kernfs_node", "parent", parent);
        world.set(node, "kernfs_node", "name", text);
        return node;
    };
    const std::uint64_t top = group(0, "");
    const std::uint64_t kube = group(top, "kube");
    const std::uint64_t pod = group(kube, "pod 12");
    const std::uint64_t set = world.make("css_set");
    const std::uint64_t in = world.make("cgroup");
    world.set(in, "cgroup", "kn", pod);
    world.set(set, "css_set", "dfl_cgrp", in);
    world.set(world.task, "task_struct", "cgroups", set);
    const auto read = [&] {
        KernelSpace space = world.space();
        const KernelTypes types = world.types();
        return ControlGroups(KernelReader(space), types.finder()).of(world.task);
    };
    BOOST_TEST(read().value() == "/kube/pod 12");
    // In the first version's trees only.
    const std::uint64_t above = world.make("cgroup");
    const std::uint64_t state = world.make("cgroup_subsys_state");
    world.set(above, "cgroup", "kn", top);
    world.set(set, "css_set", "dfl_cgrp", above);
    BOOST_TEST(read().value() == "/");
    world.set(state, "cgroup_subsys_state", "cgroup", in);
    world.put(world.at(set, "css_set", "subsys") + 40, state);
    BOOST_TEST(read().value() == "/kube/pod 12");
    world.set(top, "kernfs_node", "parent", pod);  // a circle
    BOOST_TEST(!read().has_value());
}

BOOST_AUTO_TEST_CASE(names_on_the_stack) {
    World world;
    const auto filename = [&](std::uint64_t origin, std::string_view text) {
        const std::uint64_t name = world.make("filename");
        world.set(name, "filename", "name", world.at(name, "filename", "iname"));
        world.set(name, "filename", "uptr", origin);
        world.put_text(world.at(name, "filename", "iname"), text);
        return name;
    };
    const std::uint64_t old = filename(0x7f0000001000, "/old");
    const std::uint64_t now = filename(0x7f0000002000, "/srv/now");
    const std::vector<std::uint64_t> words{0, 0x7f0000002000, world.srv.dentry, old, now + 1, 0xdead000000000100, now};
    KernelSpace space = world.space();
    const KernelTypes types = world.types();
    StackNames names(KernelReader(space), types.finder());
    BOOST_TEST(names.name(words, 0x7f0000002000).value() == "/srv/now");
    BOOST_TEST(!names.name(words, 0x7f0000003000).has_value());
    BOOST_TEST(!names.name(words, 0).has_value());
    BOOST_TEST(!names.name({}, 0x7f0000002000).has_value());
    // A kernel that does not note where a name came from.
    const auto finder = types.finder();
    const FindMember without = [&](std::string_view type, std::string_view path) {
        return path == "uptr" ? std::nullopt : finder(type, path);
    };
    StackNames alone(KernelReader(space), without);
    BOOST_TEST(alone.name(std::vector<std::uint64_t>{0, world.srv.dentry, now, now}, 7).value() == "/srv/now");
    BOOST_TEST(!alone.name(words, 7).has_value());  // two of them
}

BOOST_AUTO_TEST_CASE(a_call_uses_the_file_that_its_stack_knows) {
    KernelFile file;
    file.address = 0xffff888000001000;
    file.inode = 0xffff888000002000;
    BOOST_TEST(uses(std::vector<std::uint64_t>{1, 0xffff888000001000}, file));
    BOOST_TEST(uses(std::vector<std::uint64_t>{0xffff888000002000}, file));
    BOOST_TEST(!uses(std::vector<std::uint64_t>{0, 0xffff888000003000}, file));
    BOOST_TEST(!uses(std::vector<std::uint64_t>{0}, KernelFile()));
}

BOOST_AUTO_TEST_SUITE_END()
