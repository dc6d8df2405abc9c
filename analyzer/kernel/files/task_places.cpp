// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/files/task_places.hpp"

#include <cstring>

#include "analyzer/kernel/tasks.hpp"

namespace kstrax {

namespace {

enum TaskMember : std::size_t { kFolders, kSpace, kFlags };
enum FoldersMember : std::size_t { kWorkMount, kWorkDentry, kRootMount, kRootDentry };
enum GroupTaskMember : std::size_t { kSet };
enum SetMember : std::size_t { kDefault, kStates };
enum NodeMember : std::size_t { kParent, kName };

constexpr unsigned kDeepestGroup = 256;
constexpr std::size_t kLongestName = 256;     // NAME_MAX + 1
constexpr std::size_t kMostKnown = 1U << 16;  // that are remembered

}  // namespace

TaskPlaces::TaskPlaces(const KernelReader& memory, const FindMember& member)
    : memory_(memory),
      task_(member, "task_struct", {"fs", "mm", "flags"}, memory.word_size()),
      folders_(member, "fs_struct", {"pwd.mnt", "pwd.dentry", "root.mnt", "root.dentry"}, memory.word_size()),
      space_(member, "mm_struct", {"exe_file"}, memory.word_size()),
      file_(member, "file", {"f_path.mnt|__f_path.mnt", "f_path.dentry|__f_path.dentry"}, memory.word_size()) {}

PathPlace TaskPlaces::working_folder(std::uint64_t task) {
    if (!task_.read(memory_, task) || !folders_.read(memory_, task_[kFolders])) return {};
    return {folders_[kWorkMount], folders_[kWorkDentry]};
}

PathPlace TaskPlaces::root(std::uint64_t task) {
    if (!task_.read(memory_, task) || !folders_.read(memory_, task_[kFolders])) return {};
    return {folders_[kRootMount], folders_[kRootDentry]};
}

PathPlace TaskPlaces::program(std::uint64_t task) {
    if (!task_.read(memory_, task) || (task_[kFlags] & kKernelThread) != 0) return {};
    if (!space_.read(memory_, task_[kSpace]) || !file_.read(memory_, space_[0])) return {};
    return {file_[0], file_[1]};
}

ControlGroups::ControlGroups(const KernelReader& memory, const FindMember& member)
    : memory_(memory),
      task_(member, "task_struct", {"cgroups"}, memory.word_size()),
      set_(member, "css_set", {"dfl_cgrp", "subsys"}, memory.word_size()),
      state_(member, "cgroup_subsys_state", {"cgroup"}, memory.word_size()),
      group_(member, "cgroup", {"kn"}, memory.word_size()),
      node_(member, "kernfs_node", {"parent|__parent", "name"}, memory.word_size()) {}

std::optional<std::string> ControlGroups::path(std::uint64_t group) {
    if (!node_.knows_all() || !group_.read(memory_, group)) return std::nullopt;
    std::string path;
    std::uint64_t node = group_[0];
    for (unsigned depth = 0; depth < kDeepestGroup; ++depth) {
        if (!node_.read(memory_, node)) return std::nullopt;
        const std::uint64_t parent = node_[kParent];
        if (parent == 0) return path.empty() ? "/" : path;
        const auto name = kernel_text(memory_, node_[kName], kLongestName);
        if (!name) return std::nullopt;
        path.insert(0, "/" + *name);
        node = parent;
    }
    return std::nullopt;
}

std::optional<std::string> ControlGroups::look(std::uint64_t set) {
    if (!set_.read(memory_, set)) return std::nullopt;
    const auto found = path(set_[kDefault]);
    if (found && *found != "/") return found;
    const Bytes states = set_.bytes(kStates);
    const std::size_t word_size = memory_.word_size();
    for (std::size_t at = 0; at + word_size <= states.size(); at += word_size) {
        std::uint64_t state = 0;
        std::memcpy(&state, states.data() + at, word_size);
        if (!state_.read(memory_, state)) continue;
        auto other = path(state_[0]);
        if (other && *other != "/") return other;
    }
    return found;
}

std::optional<std::string> ControlGroups::of(std::uint64_t task) {
    if (!task_.read(memory_, task) || task_[kSet] == 0) return std::nullopt;
    const std::uint64_t set = task_[kSet];
    const auto known = known_.find(set);
    if (known != known_.end()) return known->second;
    if (known_.size() > kMostKnown) known_.clear();
    return known_.emplace(set, look(set)).first->second;
}

}  // namespace kstrax
