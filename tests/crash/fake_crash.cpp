// SPDX-License-Identifier: GPL-2.0-or-later
// A stand-in for crash(8), so that the extension's own code runs where no
// vmlinux is, and under sanitizers: crash_api over a memory image that our own
// reader opens, with the few symbols that the command line gives.
//
//   fake-crash DUMP [NAME=VALUE…] -- ARGUMENTS…
//
// FAKE_CRASH_VERSION in the environment: of the crash that it stands for, if not the one that the extension is made for.
// NAME=VALUE: the word at a symbol's address, in hexadecimal. Two more names:
// stop=N: N reads from now on comes a SIGINT; unreadable=ADDRESS: a page that crash cannot read.
#include <signal.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <set>
#include <stdexcept>

#include "analyzer/memory/open/open_memory.hpp"
#include "crash-ext/crash_api.hpp"

namespace {

struct Host {
    std::string dump;
    std::unique_ptr<kstrax::MemorySource> memory;
    std::map<std::string, std::uint64_t> words;
    std::set<std::uint64_t> unreadable;
    std::vector<std::string> arguments;
    long reads_to_stop = -1;
    bool usage = false;
};

Host& host() {
    static Host one;
    return one;
}

void (*registered)() = nullptr;

}  // namespace

namespace kstrax::crash_api {

Versions versions() {
    const char* running = std::getenv("FAKE_CRASH_VERSION");
    return {"8.0.2", running != nullptr ? running : "8.0.2"};
}

bool read_physical(std::uint64_t at, void* out, std::size_t size) {
    if (host().reads_to_stop >= 0 && host().reads_to_stop-- == 0) raise(SIGINT);
    const auto bad = host().unreadable.lower_bound(at & ~std::uint64_t{4095});
    if (bad != host().unreadable.end() && *bad < at + size) return false;
    return host().memory->read({at}, {static_cast<std::byte*>(out), size}).ok();
}
/// Without page tables: a virtual address is a physical one with the highest bit set.
bool read_virtual(std::uint64_t at, void* out, std::size_t size) { return read_physical(at << 1 >> 1, out, size); }
std::optional<std::uint64_t> physical_address(std::uint64_t virtual_address) { return virtual_address << 1 >> 1; }
std::optional<std::uint64_t> symbol(const char*) { return std::nullopt; }
std::optional<std::uint64_t> word_at_symbol(const char* name) {
    const auto found = host().words.find(name);
    if (found == host().words.end()) return std::nullopt;
    return found->second;
}
std::optional<Range> module_memory(const char*) {
    const auto start = word_at_symbol("module");
    if (!start) return std::nullopt;
    return Range{*start, 4096};
}
bool has_tasks() { return host().words.contains("tasks"); }
std::vector<Task> tasks() {
    if (!has_tasks()) return {};
    return {{0x1000, 0, "swapper/0"}, {0x2000, 1, "in\x1bit"}, {0x3000, 77777, "kworker/u4:1"}};
}
std::optional<MemberPlace> member(const char*, const char*) { return std::nullopt; }
TaskState state_of(std::uint64_t task) {
    if (task == 0x1000) return {"RU", 0, false};
    return {task == 0x2000 ? "IN" : "UN", std::nullopt, false};
}
std::optional<std::uint32_t> current_pid() {
    if (!has_tasks()) return std::nullopt;
    return 1;
}
std::string source_name() { return host().dump; }
bool is_live() { return false; }
std::vector<std::string> arguments() { return host().arguments; }
std::FILE* output() { return stdout; }
void end_with_usage() {
    std::printf("Usage:\n");
    std::exit(2);
}
void register_command(const char*, void (*command)(), const char** help) {
    registered = command;
    for (; *help != nullptr; ++help)
        if (**help == '\0') throw std::logic_error("crash takes an empty line of help for the end of a paragraph");
}

}  // namespace kstrax::crash_api

int main(int argc, char** argv) {
    if (argc < 2) return 64;
    host().dump = argv[1];
    host().arguments.emplace_back("kstrax-dump");
    int i = 2;
    for (; i < argc && std::string(argv[i]) != "--"; ++i) {
        const std::string word = argv[i];
        const auto equals = word.find('=');
        const std::string name = word.substr(0, equals);
        const std::uint64_t value = std::strtoull(word.c_str() + equals + 1, nullptr, 16);
        if (name == "stop") host().reads_to_stop = static_cast<long>(value);
        else if (name == "unreadable") host().unreadable.insert(value);
        else host().words[name] = value;
    }
    for (++i; i < argc; ++i) host().arguments.emplace_back(argv[i]);
    const auto file = kstrax::MappedFile::open(host().dump);
    if (!file) return 65;
    auto memory = kstrax::open_memory_source(*file);
    if (!memory) return 66;
    host().memory = std::move(*memory);
    if (registered == nullptr) return 67;
    registered();
    return 0;
}
