// SPDX-License-Identifier: GPL-2.0-or-later
// Kinds of system calls, as the manual names them: FILE, NETWORK, IPC, PROCESS, SIGNAL.
#pragma once

#include <algorithm>
#include <span>
#include <string_view>

namespace kstrax {

/// The calls of one class by name, the same over all ABIs: a name that an ABI
/// lacks is no call there. A call may be of several classes.
struct CallClass {
    std::string_view name;     ///< "FILE"
    std::string_view meaning;  ///< "files, folders and descriptors"
    std::string_view calls;    ///< names with blanks and newlines between
};

[[nodiscard]] std::span<const CallClass> call_classes();

/// Those of no class, in the same form: memory, time, the machine as a whole.
[[nodiscard]] std::string_view unclassed_calls();

/// Null if there is no such class. Upper and lower case are the same.
[[nodiscard]] const CallClass* find_call_class(std::string_view name);

/// Calls visit(name) for each name of a list.
template <typename Visitor>
void each_call_name(std::string_view list, Visitor visit) {
    constexpr std::string_view kBlank = " \n";
    for (auto at = list.find_first_not_of(kBlank); at != list.npos; at = list.find_first_not_of(kBlank, at)) {
        const auto end = std::min(list.find_first_of(kBlank, at), list.size());
        visit(list.substr(at, end - at));
        at = end;
    }
}

}  // namespace kstrax
