// SPDX-License-Identifier: GPL-2.0-or-later
// What is known of threads at the end of a recording beside its records: a dump has the tasks, too.
#pragma once

#include <algorithm>
#include <optional>

#include "analyzer/base/types.hpp"
#include "analyzer/kernel/task_call.hpp"
#include "analyzer/trace/call_names.hpp"

namespace kstrax {

enum class Fate : std::uint8_t {
    Unknown,
    Gone,   ///< there is no such thread, or it is dead
    There,  ///< alive
};

struct ThreadEnd {
    Fate fate = Fate::Unknown;
    TaskCall call;  ///< where it is
};

class Witness {
  public:
    virtual ~Witness() = default;
    [[nodiscard]] virtual ThreadEnd end_of(Tid thread) const = 0;
    /// The thread's id in its own pid namespace.
    [[nodiscard]] virtual std::optional<Tid> nspid_of(Tid thread) const = 0;
};

/// Whether a call with this entry is the one that the thread is inside, as far as numbers and
/// arguments tell. execve clears its own arguments, and may change the ABI.
[[nodiscard]] inline bool is_inside(const TaskCall& task, const CallNames& names, std::uint16_t abi, std::uint16_t nr,
                                    const std::uint64_t* args) {
    if (task.place != CallPlace::Inside) return false;
    const bool execs = names.role(abi, nr) == CallRole::Execs;
    if (execs && names.role(task.abi, task.nr) == CallRole::Execs) return true;
    const Syscall* call = names.find(abi, nr);
    const std::size_t count = call == nullptr ? 0 : call->arg_count;
    return task.abi == abi && task.nr == nr && std::equal(args, args + count, task.args.begin());
}

}  // namespace kstrax
