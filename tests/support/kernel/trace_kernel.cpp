// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/kernel/trace_kernel.hpp"

namespace kstrax::test {

namespace {

std::vector<BtfStruct> structs(bool larger_pages, bool counts_cpus, TraceKernel::Keeps keeps) {
    std::vector<BtfStruct> all{
        {"list_head", 16, {{"next", "ptr", 0}, {"prev", "ptr", 8}}},
        {"array_buffer", 16, {{"tr", "ptr", 0}, {"buffer", "ptr", 8}}},
        {"trace_array",
         64,
         {{"list", "list_head", 0},
          {"name", "ptr", 16},
          {"array_buffer", "array_buffer", 24},
          {"clock_id", "int", 44},
          {"max_buffer", "array_buffer", 48}}},
        {"trace_buffer", 32, {{"cpus", "int", 4}, {"record_disabled", "int", 8}, {"buffers", "ptr", 16}}},
        {"ring_buffer_per_cpu",
         96,
         {{"cpu", "int", 0},
          {"record_disabled", "int", 4},
          {"nr_pages", "long", 8},
          {"pages", "ptr", 16},
          {"commit_page", "ptr", 24},
          {"reader_page", "ptr", 32},
          {"overrun", "long", 40},
          {"commit_overrun", "long", 48},
          {"dropped_events", "long", 56},
          {"read", "long", 64},
          {"write_stamp", "long", 72}}},
        {"buffer_page",
         48,
         {{"list", "list_head", 0}, {"read", "int", 24}, {"entries", "long", 32}, {"page", "ptr", 40}}},
    };
    if (keeps != TraceKernel::Keeps::Nothing) {
        auto& members = all[2].members;
        all[2].size = 112;
        members.push_back({"range_addr_start", "long", 64});
        members.push_back({"text_delta", "long", 72});
        members.push_back({"flags", "int", 80});
    }
    if (keeps == TraceKernel::Keeps::Notes) {
        auto& members = all[2].members;
        members.push_back({"scratch", "ptr", 88});
        members.push_back({"scratch_size", "int", 96});
        all.push_back({"trace_mod_entry", 24, {{"mod_addr", "long", 0}, {"mod_name", "char[16]", 8}}});
        all.push_back({"trace_scratch",
                       24,
                       {{"clock_id", "int", 0},
                        {"text_addr", "long", 8},
                        {"nr_entries", "long", 16},
                        {"entries", "char[0]", 24}}});
    }
    if (!counts_cpus) all[3].members.erase(all[3].members.begin());
    if (larger_pages) all[3].members.push_back({"subbuf_order", "int", 24});
    return all;
}

}  // namespace

TraceKernel::TraceKernel(bool larger_pages, bool counts_cpus, Keeps keeps)
    : TypedKernel(structs(larger_pages, counts_cpus, keeps)) {
    const std::uint64_t list = make("list_head");
    set(list, "list_head", "next", list);
    set(list, "list_head", "prev", list);
    name("ftrace_trace_arrays", list);
    const std::uint64_t clocks = make_bytes(48);
    const std::uint64_t text = make_bytes(16);
    put_text(text, "mono");
    put(clocks + 24 + 8, text);
    put(clocks + 24 + 16, 1, 4);
    name("trace_clocks", clocks);
    add("");
    buffer = make("trace_buffer");
    set(instance, "trace_array", "array_buffer.buffer", buffer);
    if (counts_cpus) set(buffer, "trace_buffer", "cpus", 2);
    const std::uint64_t rings = make_bytes(16);
    set(buffer, "trace_buffer", "buffers", rings);
    ring = make("ring_buffer_per_cpu");
    put(rings + 8, ring);  // CPU 0 never ran
    set(ring, "ring_buffer_per_cpu", "cpu", 1);
    set(ring, "ring_buffer_per_cpu", "nr_pages", 4);
    reader = page(0x100000);
    set(ring, "ring_buffer_per_cpu", "reader_page", reader);
    for (std::uint64_t i = 0; i < 4; ++i) pages[i] = page(0x200000 + i * 0x1000);
    for (std::size_t i = 0; i < 4; ++i) link(i, pages[(i + 1) % 4]);
    set(ring, "ring_buffer_per_cpu", "pages", pages[2]);
    link(0, pages[1] | kHead);
    set(ring, "ring_buffer_per_cpu", "commit_page", pages[3]);
    set(ring, "ring_buffer_per_cpu", "write_stamp", 1);
    if (keeps != Keeps::Nothing) set(instance, "trace_array", "range_addr_start", 0x300000);
    if (keeps != Keeps::Notes) return;
    constexpr std::uint64_t kModules = 2, kSize = 24 + kModules * 24;
    scratch = make_bytes(kSize);
    set(instance, "trace_array", "scratch", scratch);
    set(instance, "trace_array", "scratch_size", kSize);
    set(scratch, "trace_scratch", "nr_entries", kModules);
    put(scratch + 24, 0xc0800000);
    put_text(scratch + 32, "second");
    put(scratch + 48, 0xc0600000);
    put_text(scratch + 56, "first");
}

void TraceKernel::add(const std::string& name) {
    instance = make("trace_array");
    set(instance, "trace_array", "clock_id", 1);
    const std::uint64_t text = make_bytes(32);
    put_text(text, name);
    if (!name.empty()) set(instance, "trace_array", "name", text);
    // Behind the list's head, as the kernel adds them.
    const std::uint64_t list = find()("ftrace_trace_arrays")->value;
    const std::uint64_t next = word(list);
    put(instance, next);
    put(list, instance);
}

std::uint64_t TraceKernel::page(std::uint64_t data) {
    constexpr std::uint64_t kEvents = 5;
    const std::uint64_t at = make("buffer_page");
    set(at, "buffer_page", "entries", kEvents);
    set(at, "buffer_page", "page", data);
    return at;
}

}  // namespace kstrax::test
