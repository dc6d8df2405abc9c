// SPDX-License-Identifier: GPL-2.0-or-later
// What the extension uses of crash(8), as plain functions. crash's own errors
// end in a longjmp; none leaves these functions, so that callers may hold C++
// objects. crash is not made for threads: call from one thread at a time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

namespace kstrax::crash_api {

/// crash's structures differ from version to version, and are compiled into the extension: in a crash of another version than
/// `built_for`, no other function here may be called. The register_command() of such a crash is not known either.
struct Versions {
    std::string built_for, running;
};
[[nodiscard]] Versions versions();

/// All or nothing; says nothing where memory cannot be read.
[[nodiscard]] bool read_physical(std::uint64_t at, void* out, std::size_t size);
[[nodiscard]] bool read_virtual(std::uint64_t at, void* out, std::size_t size);
/// Where a kernel virtual address lies in memory.
[[nodiscard]] std::optional<std::uint64_t> physical_address(std::uint64_t virtual_address);
/// The address of a symbol of the kernel or of a module.
[[nodiscard]] std::optional<std::uint64_t> symbol(const char* name);
/// A word of the dumped kernel at a symbol's address; none if there is no such symbol or memory.
[[nodiscard]] std::optional<std::uint64_t> word_at_symbol(const char* name);
/// Bytes of a word of the dumped kernel.
inline constexpr std::size_t kWordSize = sizeof(long);  // crash is built for the machine whose dumps it reads

struct Range {
    std::uint64_t start;  ///< virtual address
    std::uint64_t size;
};
/// Where a module's code and data lie; none if it is not loaded, and under --minimal.
[[nodiscard]] std::optional<Range> module_memory(const char* name);

struct MemberPlace {
    std::uint64_t offset;
    std::uint64_t size;
};
/// Where a member of a struct lies, by crash's debug information; `name` null: the struct itself.
[[nodiscard]] std::optional<MemberPlace> member(const char* type, const char* name);

struct Task {
    std::uint64_t address = 0;  ///< of its task_struct
    std::uint32_t pid = 0;
    std::string command;
};
/// crash's task table, each CPU's idle task in it. None under --minimal. crash 8.0.2 misses nearly all
/// where the kernel has b69f0aeb0689 ("pid: Replace struct pid 1-element array with flex-array"), as
/// 6.1.x has.
[[nodiscard]] std::vector<Task> tasks();

struct TaskState {
    std::string text;                         ///< as crash's ps has it: "RU"; "??" if it cannot be read
    std::optional<std::uint32_t> running_on;  ///< the CPU that runs it
    bool panicked = false;
};
/// Of the task whose task_struct lies at this address.
[[nodiscard]] TaskState state_of(std::uint64_t task);
/// There is a task table.
[[nodiscard]] bool has_tasks();
/// The task of crash's context (see its command `set`).
[[nodiscard]] std::optional<std::uint32_t> current_pid();

/// The dump or live memory that crash reads, as the user named it.
[[nodiscard]] std::string source_name();
[[nodiscard]] bool is_live();
/// The command's words, its own name first.
[[nodiscard]] std::vector<std::string> arguments();
/// Where the command's output goes: the terminal, a pager, a pipe or a file.
[[nodiscard]] std::FILE* output();

/// Prints the command's synopsis and ends it: does not return, and must not
/// find C++ objects that are to be destroyed on its way.
[[noreturn]] void end_with_usage();

/// Makes a command known to crash. `help`: as crash's help pages are, NULL at the end; must stay.
void register_command(const char* name, void (*command)(), const char** help);

}  // namespace kstrax::crash_api
