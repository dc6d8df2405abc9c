// SPDX-License-Identifier: GPL-2.0-or-later
// Source: fs/d_path.c of Linux 5.10 to 7.0.
#include "analyzer/kernel/files/kernel_paths.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace kstrax {

namespace {

constexpr std::size_t kMostSteps = 4096;      // names and mounts of one path
constexpr std::size_t kLongestPath = 32768;   // bytes; calls take 4096
constexpr std::size_t kLongestName = 1024;    // bytes; NAME_MAX is 255
constexpr std::size_t kMostNodes = 1U << 17;  // that are remembered

enum DentryMember : std::size_t { kParent, kName, kLength, kShort, kUnhashed, kSuper, kInode, kOperations };
enum MountMember : std::size_t { kMountParent, kMountPoint, kMountNamespace, kMountRoot };

/// What d_dname says of a file system's files; of others it is a nameless file of memory (simple_dname).
/// {0}: the number of the inode, {1}: the dentry's name.
struct NamedFiles {
    std::string_view file_system;
    std::string_view form;
};
constexpr std::array kNamedFiles{
    NamedFiles{"pipefs", "pipe:[{0}]"},
    NamedFiles{"sockfs", "socket:[{0}]"},
    NamedFiles{"anon_inodefs", "anon_inode:{1}"},
    NamedFiles{"pidfs", "anon_inode:[pidfd]"},
    NamedFiles{"dmabuf", "/dmabuf:"},  // its own name stands elsewhere
};
constexpr std::string_view kMemoryFile = "/{1} (deleted)";
constexpr std::string_view kNamespaceFiles = "nsfs";

}  // namespace

KernelPaths::KernelPaths(const KernelReader& memory, const FindMember& member)
    : memory_(memory),
      dentry_(member, "dentry",
              {"d_parent", "d_name.name", "d_name.len", "d_iname|d_shortname.string", "d_hash.pprev", "d_sb", "d_inode",
               "d_op"},
              memory.word_size()),
      mount_(member, "mount", {"mnt_parent", "mnt_mountpoint", "mnt_ns", "mnt.mnt_root"}, memory.word_size()),
      super_block_(member, "super_block", {"s_type"}, memory.word_size()),
      file_system_(member, "file_system_type", {"name"}, memory.word_size()),
      operations_(member, "dentry_operations", {"d_dname"}, memory.word_size()),
      inode_(member, "inode", {"i_ino", "i_private"}, memory.word_size()),
      namespace_(member, "ns_common", {"ops"}, memory.word_size()),
      namespace_operations_(member, "proc_ns_operations", {"name"}, memory.word_size()) {}

Result<KernelPaths> KernelPaths::open(const KernelReader& memory, const FindMember& member) {
    KernelPaths paths(memory, member);
    const auto vfsmount = member("mount", "mnt");
    bool known = vfsmount.has_value() && paths.mount_.knows_all();
    for (const auto needed : {kParent, kName, kLength, kUnhashed}) known = known && paths.dentry_.knows(needed);
    if (!known) return Error{ErrorCode::NotFound, "the kernel's types do not tell how dentry and mount make a path"};
    paths.vfsmount_ = vfsmount->offset;
    return paths;
}

const std::string& KernelPaths::file_system(std::uint64_t super_block) {
    const auto known = file_systems_.find(super_block);
    if (known != file_systems_.end()) return known->second;
    if (file_systems_.size() > kMostNodes) file_systems_.clear();
    std::string name;
    if (super_block_.read(memory_, super_block) && file_system_.read(memory_, super_block_[0]))
        name = kernel_text(memory_, file_system_[0], 64).value_or("");
    return file_systems_.emplace(super_block, std::move(name)).first->second;
}

bool KernelPaths::names_itself(std::uint64_t operations) {
    if (operations == 0) return false;
    const auto known = naming_.find(operations);
    if (known != naming_.end()) return known->second;
    if (naming_.size() > kMostNodes) naming_.clear();
    const bool naming = operations_.read(memory_, operations) && operations_[0] != 0;
    naming_.emplace(operations, naming);
    return naming;
}

/// Of the dentry that was read last.
std::optional<std::string> KernelPaths::name_of(std::uint64_t dentry) {
    const std::uint64_t at = dentry_[kName];
    const auto length = static_cast<std::size_t>(dentry_[kLength]);
    if (length > kLongestName) return std::nullopt;
    std::string name(length, '\0');
    const Bytes inside = dentry_.bytes(kShort);
    if (!inside.empty() && at == dentry + *dentry_.offset(kShort) && length <= inside.size())
        name = as_text(inside.first(length));
    else if (!memory_.read(at, std::as_writable_bytes(std::span(name)))) return std::nullopt;
    return name;
}

/// Of the dentry that was read last, whose operations have a name for it.
std::optional<std::string> KernelPaths::own_text(std::uint64_t dentry) {
    const std::string& system = file_system(dentry_[kSuper]);
    if (system.empty()) return std::nullopt;  // not in the dump: it says which form of name is right
    const auto name = name_of(dentry);
    if (!inode_.read(memory_, dentry_[kInode]) || !name) return std::nullopt;
    if (system == kNamespaceFiles) {
        if (!namespace_.read(memory_, inode_[1]) || !namespace_operations_.read(memory_, namespace_[0]))
            return std::nullopt;
        const auto kind = kernel_text(memory_, namespace_operations_[0], 64);
        if (!kind) return std::nullopt;
        return fmt::format("{}:[{}]", *kind, inode_[0]);
    }
    const auto row = std::ranges::find(kNamedFiles, system, &NamedFiles::file_system);
    const std::string_view form = row == kNamedFiles.end() ? kMemoryFile : row->form;
    return fmt::format(fmt::runtime(form), inode_[0], *name);
}

KernelPaths::Node KernelPaths::look(PathPlace place) {
    Node node;
    const std::uint64_t mount = place.mount - vfsmount_;
    if (!dentry_.read(memory_, place.dentry) || !mount_.read(memory_, mount)) return node;
    const std::uint64_t parent = dentry_[kParent];
    const bool root = place.dentry == mount_[kMountRoot];
    node.unhashed = dentry_[kUnhashed] == 0 && parent != place.dentry;
    if (names_itself(dentry_[kOperations]) && (parent != place.dentry || !root)) {
        if (auto text = own_text(place.dentry)) {
            node.name = std::move(*text);
            node.named = true;
        }
        return node;
    }
    if (root && mount_[kMountParent] != mount) {
        node.step = Step::Cross;
        node.next = {mount_[kMountParent] + vfsmount_, mount_[kMountPoint]};
    } else if (root) {
        // The kernel's own mounts have an error (MNT_NS_INTERNAL) in place of a namespace.
        constexpr std::uint64_t kErrors = static_cast<std::uint64_t>(-4095);
        node.step = mount_[kMountNamespace] == 0 || mount_[kMountNamespace] >= kErrors ? Step::Nowhere : Step::Top;
    } else if (parent == place.dentry) {
        node.step = Step::Escaped;
    } else if (auto name = name_of(place.dentry)) {
        node.step = Step::Name;
        node.next = {place.mount, parent};
        node.name = std::move(*name);
    }
    return node;
}

const KernelPaths::Node& KernelPaths::node(PathPlace place) {
    const auto known = nodes_.find(place);
    if (known != nodes_.end()) return known->second;
    return nodes_.emplace(place, look(place)).first->second;
}

PathText KernelPaths::text(PathPlace place, PathPlace root) {
    constexpr std::string_view kDeleted = " (deleted)";
    if (nodes_.size() > kMostNodes) nodes_.clear();
    const Node& first = node(place);
    if (first.named) return {first.name, PathEnd::Named};
    std::vector<std::string_view> names;  // the last first; they lie in nodes_
    PathEnd end = PathEnd::Broken;
    std::size_t length = 0;
    for (std::size_t steps = 0; steps < kMostSteps && length <= kLongestPath; ++steps) {
        if (place == root) {
            end = PathEnd::Root;
            break;
        }
        const Node& here = node(place);
        if (here.step == Step::Name) {
            names.push_back(here.name);
            length += here.name.size() + 1;
        } else if (here.step != Step::Cross) {
            if (here.step == Step::Top) end = PathEnd::Outside;
            if (here.step == Step::Nowhere) end = PathEnd::Nowhere;
            if (here.step == Step::Escaped) end = PathEnd::Escaped;
            break;
        }
        place = here.next;
    }
    PathText path{.text = {}, .end = end};
    if (end == PathEnd::Broken) {
        if (names.size() > 16) names.resize(16);
        if (!names.empty()) path.text = "...";
    } else if (end == PathEnd::Escaped) {
        names.clear();  // d_path(), too, says no more than "/"
    }
    std::ranges::reverse(names);
    for (const std::string_view name : names) path.text.append("/").append(name);
    if (path.text.empty() && end != PathEnd::Broken) path.text = "/";
    if (first.unhashed) path.text += kDeleted;
    return path;
}

}  // namespace kstrax
