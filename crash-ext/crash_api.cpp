// SPDX-License-Identifier: GPL-2.0-or-later
#include "crash-ext/crash_api.hpp"

#include <array>
#include <cstdlib>

#include "crash-ext/crash_shim.h"

namespace kstrax::crash_api {

Versions versions() { return {kstrax_crash_built_for, kstrax_crash_version()}; }

bool read_physical(std::uint64_t at, void* out, std::size_t size) { return kstrax_crash_read_physical(at, out, size); }
bool read_virtual(std::uint64_t at, void* out, std::size_t size) { return kstrax_crash_read_virtual(at, out, size); }

std::optional<std::uint64_t> physical_address(std::uint64_t virtual_address) {
    std::uint64_t physical = 0;
    if (!kstrax_crash_physical_address(virtual_address, &physical)) return std::nullopt;
    return physical;
}

std::optional<std::uint64_t> symbol(const char* name) {
    std::uint64_t address = 0;
    if (!kstrax_crash_symbol(name, &address)) return std::nullopt;
    return address;
}

std::optional<std::uint64_t> word_at_symbol(const char* name) {
    const auto address = symbol(name);
    unsigned long word = 0;
    if (!address || !read_virtual(*address, &word, sizeof word)) return std::nullopt;
    return word;
}

std::optional<Range> module_memory(const char* name) {
    Range range{};
    if (!kstrax_crash_module(name, &range.start, &range.size)) return std::nullopt;
    return range;
}

bool has_tasks() { return kstrax_crash_has_tasks(); }

std::optional<MemberPlace> member(const char* type, const char* name) {
    MemberPlace place{};
    if (!kstrax_crash_member(type, name, &place.offset, &place.size)) return std::nullopt;
    return place;
}

std::vector<Task> tasks() {
    std::vector<Task> all;
    kstrax_crash_task one{};
    while (kstrax_crash_task_at(all.size(), &one)) all.push_back({one.address, one.pid, std::string(one.command)});
    return all;
}

TaskState state_of(std::uint64_t task) {
    std::array<char, 64> text{"??"};
    (void)kstrax_crash_state(task, text.data(), text.size());
    TaskState state;
    state.text = text.data();
    // crash pads it.
    while (!state.text.empty() && state.text.back() == ' ') state.text.pop_back();
    state.panicked = kstrax_crash_panicked(task);
    if (std::uint32_t cpu = 0; kstrax_crash_running_on(task, &cpu)) state.running_on = cpu;
    return state;
}

std::optional<std::uint32_t> current_pid() {
    std::uint32_t pid = 0;
    if (!kstrax_crash_current_pid(&pid)) return std::nullopt;
    return pid;
}

std::string source_name() { return kstrax_crash_source_name(); }

bool is_live() { return kstrax_crash_is_live(); }

std::vector<std::string> arguments() {
    std::vector<std::string> words;
    while (const char* word = kstrax_crash_argument(words.size())) words.emplace_back(word);
    return words;
}

std::FILE* output() { return kstrax_crash_output(); }

void end_with_usage() {
    kstrax_crash_end_with_usage();
    abort();  // it does not return
}

void register_command(const char* name, void (*command)(), const char** help) {
    kstrax_crash_register(name, command, help);
}

}  // namespace kstrax::crash_api
