// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/script.hpp"

#include <linux/audit.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <stdexcept>

#include "formats/errnos.hpp"
#include "formats/syscalls.hpp"
#include "tests/support/words.hpp"

namespace kstrax::test {

namespace {

struct Machine {
    std::string_view layout;
    std::uint16_t id;
    std::uint32_t audit_arch;
    std::uint8_t word_size;
    std::uint8_t page_shift;
    std::uint16_t entry_size;
};
constexpr std::array kMachines{
    Machine{"ia32", KSTRAX_LAYOUT_IA32, AUDIT_ARCH_I386, 4, 12, 40},
    Machine{"ia64", KSTRAX_LAYOUT_IA64, AUDIT_ARCH_IA64, 8, 14, 74},
    Machine{"x86_64", KSTRAX_LAYOUT_X86_64, AUDIT_ARCH_X86_64, 8, 12, 72},
};

template <std::size_t N>
void put_text(char (&array)[N], const std::string& text) {
    std::memset(array, 0, N);
    std::memcpy(array, text.data(), std::min(N, text.size()));
}

using Setting = std::function<void(Script&, Words&)>;

const std::map<std::string, Setting, std::less<>>& settings() {
    static const std::map<std::string, Setting, std::less<>> all{
        {"layout", [](Script& s, Words& w) { set_layout(s.facts, w.next()); }},
        {"cpus",
         [](Script& s, Words& w) {
             s.facts.possible_cpus = static_cast<std::uint32_t>(w.number());
             s.cpus.resize(s.facts.possible_cpus);
         }},
        {"entries", [](Script& s, Words& w) { s.facts.entries_per_cpu = w.number(); }},
        {"entry_size",
         [](Script& s, Words& w) { s.facts.entry_size = static_cast<std::uint16_t>(w.number()); }},
        {"page_shift",
         [](Script& s, Words& w) { s.facts.page_shift = static_cast<std::uint8_t>(w.number()); }},
        {"host", [](Script& s, Words& w) { put_text(s.facts.host_name, w.next()); }},
        {"kernel", [](Script& s, Words& w) { put_text(s.facts.kernel_release, w.next()); }},
        {"module", [](Script& s, Words& w) { put_text(s.facts.module_version, w.next()); }},
        {"instance", [](Script& s, Words& w) { s.facts.instance_id = w.number(); }},
        {"virtual", [](Script& s, Words& w) { s.anchor_virt = w.number(); }},
        {"sizes",  // of anchor, offset of descriptors, of a descriptor, of a frame list's header
         [](Script& s, Words& w) {
             for (std::uint32_t* size : {&s.sizes.anchor, &s.sizes.cpu_offset, &s.sizes.cpu, &s.sizes.frames})
                 *size = static_cast<std::uint32_t>(w.number());
         }},
        {"start",  // on both clocks
         [](Script& s, Words& w) {
             s.facts.start_monotonic_ns = static_cast<std::int64_t>(w.number());
             s.facts.start_realtime_ns = static_cast<std::int64_t>(w.number());
         }},
        {"panic",  // time, CPU, thread
         [](Script& s, Words& w) {
             s.end.time_ns = w.number();
             s.end.cpu = static_cast<std::uint32_t>(w.number());
             s.end.pid = static_cast<std::uint32_t>(w.number());
         }},
        {"lost",  // CPU, names that faulted, names given up
         [](Script& s, Words& w) {
             ScriptCpu& cpu = s.cpus.at(w.number());
             cpu.lost[KSTRAX_LOST_PATH_FAULT] = w.number();
             cpu.lost[KSTRAX_LOST_PATH_BUSY] = w.number();
         }},
    };
    return all;
}

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
            for (const std::string& arg : split(words.value_of("args"), ','))
                entry.args[i++] = parse_value(arg);
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

void set_layout(kstrax_facts& facts, std::string_view name) {
    const auto* machine =
        std::find_if(kMachines.begin(), kMachines.end(), [&](const Machine& m) { return m.layout == name; });
    if (machine == kMachines.end()) throw std::runtime_error("no layout " + std::string(name));
    facts.layout = machine->id;
    facts.audit_arch = machine->audit_arch;
    facts.word_size = machine->word_size;
    facts.page_shift = machine->page_shift;
    facts.entry_size = machine->entry_size;
}

Script parse_script(std::string_view text) {
    Script script;
    script.facts.abi_version = KSTRAX_ABI_VERSION;
    script.facts.endian_mark = KSTRAX_ENDIAN_MARK;
    script.facts.possible_cpus = 1;
    script.facts.entries_per_cpu = 64;
    script.facts.instance_id = 0x1122334455667788;
    script.facts.start_realtime_ns = 1'700'000'000'000'000'000;
    put_text(script.facts.host_name, "host");
    put_text(script.facts.kernel_release, "6.1.0");
    put_text(script.facts.module_version, "2.0.0");
    set_layout(script.facts, "x86_64");
    script.cpus.resize(1);

    std::size_t number = 0;
    for (const std::string& line : split(text, '\n')) {
        ++number;
        try {
            Words words(line);
            if (words.at_end()) continue;
            const std::string first = words.next();
            const auto setting = settings().find(first);
            if (setting != settings().end())
                setting->second(script, words);
            else
                add_record(script, parse_number(first), words);
            if (!words.at_end()) throw std::runtime_error("too much: " + words.next());
        } catch (const std::exception& error) {
            throw std::runtime_error("line " + std::to_string(number) + ": " + error.what() + ": " + line);
        }
    }
    return script;
}

}  // namespace kstrax::test
