// SPDX-License-Identifier: GPL-2.0-or-later
#include <linux/audit.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <map>
#include <stdexcept>

#include "analyzer/arch/architecture.hpp"
#include "analyzer/importers/kstrax/from_abi.hpp"
#include "tests/support/rings/script.hpp"
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
    Machine{"arm64", KSTRAX_LAYOUT_X86_64, AUDIT_ARCH_AARCH64, 8, 12, 72},
    Machine{"ia32", KSTRAX_LAYOUT_IA32, AUDIT_ARCH_I386, 4, 12, 40},
    Machine{"ia64", KSTRAX_LAYOUT_IA64, AUDIT_ARCH_IA64, 8, 14, 74},
    Machine{"x86_64", KSTRAX_LAYOUT_X86_64, AUDIT_ARCH_X86_64, 8, 12, 72},
};

template <std::size_t N>
void put_text(char (&array)[N], const std::string& text) {
    std::memset(array, 0, N);
    std::memcpy(array, text.data(), std::min(N, text.size()));
}

void add_pages(std::vector<std::size_t>& pages, Words& words) {
    do pages.push_back(static_cast<std::size_t>(words.number()));
    while (!words.at_end());
}

/// The form says how large a page is; IA-64 has several sizes.
void set_tables(Script& script, const std::string& name) {
    script.kernel.tables = find_form(*architecture_of_audit(script.facts.audit_arch), name);
    if (script.kernel.tables == nullptr) throw std::runtime_error("no page tables " + name);
    script.facts.page_shift = script.kernel.tables->page_shift;
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
        {"entry_size", [](Script& s, Words& w) { s.facts.entry_size = static_cast<std::uint16_t>(w.number()); }},
        {"page_shift", [](Script& s, Words& w) { s.facts.page_shift = static_cast<std::uint8_t>(w.number()); }},
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
        {"only",  // process, kinds of calls
         [](Script& s, Words& w) {
             s.filter.traced_pid = static_cast<std::int32_t>(w.number());
             CallSet calls = calls_of(s.filter, s.facts.audit_arch);
             while (!w.at_end())
                 if (!calls.toggle(w.next())) throw std::runtime_error("no such calls");
             store(calls, s.filter);
             s.filter.version = 2;
         }},
        {"filter",  // its version
         [](Script& s, Words& w) { s.filter.version = static_cast<std::uint32_t>(w.number()); }},
        {"lost",  // CPU, names that faulted, names given up
         [](Script& s, Words& w) {
             ScriptCpu& cpu = s.cpus.at(w.number());
             cpu.lost[KSTRAX_LOST_PATH_FAULT] = w.number();
             cpu.lost[KSTRAX_LOST_PATH_BUSY] = w.number();
         }},
        {"begin",  // CPU, position: those before it were written and overwritten
         [](Script& s, Words& w) {
             ScriptCpu& cpu = s.cpus.at(w.number());
             cpu.begin = w.number();
         }},
        {"ring",  // CPU, virtual address
         [](Script& s, Words& w) {
             ScriptCpu& cpu = s.cpus.at(w.number());
             cpu.ring_virt = w.number();
         }},
        {"hole",  // CPU, pages of its ring that are not in the dump
         [](Script& s, Words& w) { add_pages(s.cpus.at(w.number()).holes, w); }},
        {"unmapped",  // CPU, pages of its ring that the page tables do not map
         [](Script& s, Words& w) { add_pages(s.cpus.at(w.number()).unmapped, w); }},
        {"absent",  // CPU, records that were counted only
         [](Script& s, Words& w) {
             ScriptCpu& cpu = s.cpus.at(w.number());
             cpu.absent = true;
             cpu.lost[KSTRAX_LOST_NO_RING] = w.number();
         }},
        {"step",  // of the wall clock: from when on, and then how far ahead of the monotonic one
         [](Script& s, Words& w) {
             s.sizes.anchor = sizeof(kstrax_anchor) + sizeof(kstrax_clock);
             s.sizes.cpu_offset = 2944;
             s.clock.room = KSTRAX_CLOCK_ROOM;
             s.clock.flags = KSTRAX_CLOCK_WATCHED;
             kstrax_clock_step& row = s.clock.steps[s.clock.count % KSTRAX_CLOCK_ROOM];
             row.serial = s.clock.count = s.clock.count + 1;
             row.monotonic_ns = static_cast<std::int64_t>(w.number());
             row.offset_ns = static_cast<std::int64_t>(w.number());
         }},
        {"clock_at_end", [](Script& s, Words& w) { s.clock.end_offset_ns = static_cast<std::int64_t>(w.number()); }},
        {"anchor",
         [](Script& s, Words& w) {
             if (w.next() != "none") throw std::runtime_error("expected none");
             s.anchor = false;
         }},
        {"tables", [](Script& s, Words& w) { set_tables(s, w.next()); }},
        {"load", [](Script& s, Words& w) { s.kernel.load = w.number(); }},
        {"page_offset", [](Script& s, Words& w) { s.kernel.page_offset = w.number(); }},
        {"kaslr", [](Script& s, Words& w) { s.kernel.kaslr = w.number(); }},
        {"sme_mask", [](Script& s, Words& w) { s.kernel.sme_mask = w.number(); }},
        {"vmcoreinfo",
         [](Script& s, Words& w) {
             if (w.next() != "memory") throw std::runtime_error("expected memory");
             s.kernel.in_headers = false;
         }},
        {"pointers", [](Script& s, Words& w) { s.kernel.pointers = w.next(); }},
    };
    return all;
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

Script default_script() {
    Script script;
    script.filter.traced_pid = -1;
    script.filter.version = 1;
    std::memset(script.filter.native_calls, 0xff, sizeof script.filter.native_calls);
    std::memset(script.filter.compat_calls, 0xff, sizeof script.filter.compat_calls);
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
    return script;
}

bool apply_setting(Script& script, const std::string& name, Words& words) {
    const auto setting = settings().find(name);
    if (setting == settings().end()) return false;
    setting->second(script, words);
    return true;
}

}  // namespace kstrax::test
