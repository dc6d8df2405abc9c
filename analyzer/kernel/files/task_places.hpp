// SPDX-License-Identifier: GPL-2.0-or-later
// Where a task of the dumped kernel is: its folder, its root, its program and its control group.
#pragma once

#include "analyzer/kernel/files/kernel_paths.hpp"

namespace kstrax {

/// Of a task_struct each; an empty place where there is none.
class TaskPlaces {
  public:
    TaskPlaces(const KernelReader& memory, const FindMember& member);

    [[nodiscard]] PathPlace working_folder(std::uint64_t task);
    [[nodiscard]] PathPlace root(std::uint64_t task);
    /// Of its program's file; kernel threads and zombies have none.
    [[nodiscard]] PathPlace program(std::uint64_t task);

  private:
    KernelReader memory_;
    KernelStruct task_, folders_, space_, file_;
};

/// Names of control groups: of containers.
class ControlGroups {
  public:
    ControlGroups(const KernelReader& memory, const FindMember& member);

    /// "/system.slice/x.service": the path in the second version's tree, as /proc/PID/cgroup has it behind
    /// "0::"; where that is "/", the first other that a controller of the first version's trees has. None where
    /// it is not to be known. Bytes from the dump: anything.
    [[nodiscard]] std::optional<std::string> of(std::uint64_t task);

  private:
    [[nodiscard]] std::optional<std::string> path(std::uint64_t group);
    [[nodiscard]] std::optional<std::string> look(std::uint64_t set);

    KernelReader memory_;
    KernelStruct task_, set_, state_, group_, node_;
    std::unordered_map<std::uint64_t, std::optional<std::string>> known_;  // by css_set
};

}  // namespace kstrax
