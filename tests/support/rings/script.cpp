// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/rings/script.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>

#include "formats/errnos.hpp"
#include "formats/syscalls.hpp"
#include "tests/support/words.hpp"

namespace kstrax::test {

namespace {

/// "compat:read" as ABI and number.
void set_call(const Script& script, Entry& entry, std::string_view name) {
    constexpr std::array<std::string_view, 3> kPrefixes{"", "compat:", "x32:"};
    for (std::uint16_t abi = 1; abi < kPrefixes.size(); ++abi)
        if (name.starts_with(kPrefixes[abi])) {
            entry.abi = abi;
            name.remove_prefix(kPrefixes[abi].size());
        }
    if (name == "-1") {
        entry.nr = KSTRAX_NR_NONE;
    } else if (name.starts_with("syscall_")) {
        entry.nr = static_cast<std::uint16_t>(parse_number(name.substr(8)));
    } else {
        const SyscallTable* table = syscall_table(script.facts.audit_arch, entry.abi);
        const Syscall* call = table == nullptr ? nullptr : table->find(name);
        if (call == nullptr) throw std::runtime_error("no system call " + std::string(name));
        entry.nr = call->nr;
    }
}

/// 3, 0x3, -1, -ENOENT.
std::uint64_t parse_value(const std::string& text) {
    if (!text.starts_with("-E")) return parse_number(text);
    for (std::uint32_t number = 1; number < 600; ++number)
        if (const ErrnoInfo* info = errno_info(number); info != nullptr && info->name == text.substr(1))
            return -std::uint64_t{number};
    throw std::runtime_error("no error " + text);
}

/// The slots of a name: pieces of `piece` bytes, the last with its NUL unless it is cut off.
void append_path(ScriptCpu& cpu, Entry entry, const std::string& path, std::size_t piece, bool cut) {
    entry.kind = KSTRAX_KIND_PATH;
    std::fill(std::begin(entry.args), std::end(entry.args), 0);
    const std::size_t size = path.size() + (cut ? 0 : 1);
    for (std::size_t at = 0; at < size; at += piece)
        cpu.slots.push_back({false, entry, path.substr(std::min(at, path.size()), piece)});
}

void add_record(Script& script, std::uint64_t cpu_number, Words& words) {
    ScriptCpu& cpu = script.cpus.at(cpu_number);
    if (words.peek() == "torn") {
        words.next();
        cpu.slots.push_back({.torn = true, .entry = {}, .path = {}});
        return;
    }
    const Layout& layout = *find_layout(script.facts.layout);
    Entry entry{};
    entry.kind = KSTRAX_KIND_ENTRY;
    entry.time = words.number();
    const std::string ids = words.value_of("tid");
    entry.pid = static_cast<std::uint32_t>(parse_number(ids.substr(0, ids.find('/'))));
    entry.tgid = entry.pid;
    if (const auto slash = ids.find('/'); slash != ids.npos)
        entry.tgid = static_cast<std::uint32_t>(parse_number(ids.substr(slash + 1)));
    set_call(script, entry, words.next());

    std::optional<std::string> path;
    bool cut = false;
    bool record = true;
    while (!words.at_end()) {
        if (words.peek() == "=") {
            words.next();
            entry.kind = KSTRAX_KIND_EXIT;
            entry.args[0] = parse_value(words.next());
        } else if (words.peek() == "rest") {
            words.next();
            path = words.next();
            record = false;
        } else if (const std::string_view key = words.key(); key == "args") {
            std::size_t i = 0;
            for (const std::string& arg : split(words.value_of("args"), ',')) entry.args[i++] = parse_value(arg);
        } else if (key == "kind") {
            entry.kind = static_cast<std::uint8_t>(parse_number(words.value_of("kind")));
        } else if (key == "path" || key == "cut") {
            cut = key == "cut";
            path = words.value_of(key);
        } else {
            throw std::runtime_error("what is " + words.next() + "?");
        }
    }
    if (record) cpu.slots.push_back({false, entry, {}});
    if (path) append_path(cpu, entry, *path, layout.args.size, cut);
}

}  // namespace

Script parse_script(std::string_view text) {
    Script script = default_script();
    std::size_t number = 0;
    for (const std::string& line : split(text, '\n')) {
        ++number;
        try {
            Words words(line);
            if (words.at_end()) continue;
            const std::string first = words.next();
            if (!apply_setting(script, first, words)) add_record(script, parse_number(first), words);
            if (!words.at_end()) throw std::runtime_error("too much: " + words.next());
        } catch (const std::exception& error) {
            throw std::runtime_error("line " + std::to_string(number) + ": " + error.what() + ": " + line);
        }
    }
    return script;
}

}  // namespace kstrax::test
