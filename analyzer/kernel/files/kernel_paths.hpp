// SPDX-License-Identifier: GPL-2.0-or-later
// Paths out of the dumped kernel's directory entries and mounts, as its d_path() makes them.
#pragma once

#include <string>
#include <unordered_map>

#include "analyzer/kernel/files/kernel_struct.hpp"

namespace kstrax {

/// A struct path: addresses of a vfsmount and a dentry.
struct PathPlace {
    std::uint64_t mount = 0;
    std::uint64_t dentry = 0;
    bool operator==(const PathPlace&) const = default;
};

/// Where the way up from a file has ended.
enum class PathEnd : std::uint8_t {
    Root,     ///< at the root that was asked for
    Outside,  ///< at the top of all mounts, or of those of another namespace: the root does not lead there
    Nowhere,  ///< in a file system that is mounted nowhere: unmounted, or the kernel's own
    Escaped,  ///< at a folder that has left what its mount shows
    Named,    ///< it has no place in folders: a pipe, a socket, memory
    Broken,   ///< it breaks off, leads in a circle or has no end: the text is what is known
};

struct PathText {
    std::string text;  ///< bytes from the dump: anything
    PathEnd end = PathEnd::Broken;
};

/// Not for several threads at once. Remembers what it has read.
class KernelPaths {
  public:
    /// Fails where the kernel's types lack what a path is made of.
    [[nodiscard]] static Result<KernelPaths> open(const KernelReader& memory, const FindMember& member);

    /// As a task with this root sees the file, " (deleted)" included; that of one outside is the path from
    /// the top of its mounts. `root` {}: from the top in any case.
    [[nodiscard]] PathText text(PathPlace place, PathPlace root);

    /// The name of a super_block's file system, as in /proc/filesystems; empty where it is not there.
    [[nodiscard]] const std::string& file_system(std::uint64_t super_block);

  private:
    enum class Step : std::uint8_t { Name, Cross, Top, Nowhere, Escaped, Broken };
    struct Node {
        Step step = Step::Broken;
        bool unhashed = false;
        PathPlace next;
        std::string name;  // of a Name; of one that is named by itself, the whole text
        bool named = false;
    };
    struct Hash {
        std::size_t operator()(const PathPlace& place) const {
            return static_cast<std::size_t>((place.mount * 31 + place.dentry) * 0x9e3779b97f4a7c15U >> 20);
        }
    };
    KernelPaths(const KernelReader& memory, const FindMember& member);

    [[nodiscard]] const Node& node(PathPlace place);
    [[nodiscard]] Node look(PathPlace place);
    [[nodiscard]] std::optional<std::string> name_of(std::uint64_t dentry);
    [[nodiscard]] bool names_itself(std::uint64_t operations);
    [[nodiscard]] std::optional<std::string> own_text(std::uint64_t dentry);

    KernelReader memory_;
    KernelStruct dentry_, mount_, super_block_, file_system_, operations_, inode_, namespace_, namespace_operations_;
    std::uint64_t vfsmount_ = 0;  // its offset in a mount
    std::unordered_map<PathPlace, Node, Hash> nodes_;
    std::unordered_map<std::uint64_t, std::string> file_systems_;  // by super_block
    std::unordered_map<std::uint64_t, bool> naming_;               // by dentry_operations: whether they have d_dname
};

}  // namespace kstrax
