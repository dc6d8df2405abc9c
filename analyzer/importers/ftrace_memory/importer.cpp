// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/ftrace_memory/importer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "analyzer/importers/ftrace/named_calls.hpp"
#include "analyzer/importers/ftrace/trace_recording.hpp"
#include "analyzer/importers/ftrace_memory/function_names.hpp"
#include "analyzer/importers/ftrace_memory/ring_pages.hpp"
#include "analyzer/importers/kstrax_memory/importer.hpp"
#include "analyzer/importers/kstrax_memory/kernel_text.hpp"
#include "analyzer/kernel/ftrace/event_types.hpp"
#include "analyzer/kernel/open/dumped_kernel.hpp"
#include "analyzer/kernel/open/kernel_time.hpp"
#include "analyzer/memory/recent_pages.hpp"

namespace kstrax {

namespace {

/// "the kernel's own instance", "instance foo"
std::string title_of(const TraceInstance& instance) {
    return instance.name.empty() ? "the global instance" : "instance " + printable(instance.name);
}

/// What a recording depends on.
struct Parts {
    std::unique_ptr<MemorySource> recent;  // over memory whose pages are costly
    std::unique_ptr<DumpedKernel> kernel;
    Layout layout{};
    std::shared_ptr<EventTable> types;
};

class FtraceMemory final : public Import {
  public:
    explicit FtraceMemory(const ImportInput& input) : input_(input), wanted_(input.find->instance) {}

    Result<OpenedRecording> open(const MemorySource* through) override {
        const MemorySource& memory = through != nullptr ? *through : *input_.memory;
        if (memory.live() && !of_boot_before())
            return Error{ErrorCode::Unsupported,
                         input_.name +
                             ": the kernel's trace rings are read of a dump; of a machine that goes on, tracefs "
                             "has them (trace-cmd), but for those of the boot before (--last-boot)"};
        auto opened = open_rings(memory);
        if (!opened) return opened.error().in(input_.name);
        return opened;
    }

  private:
    [[nodiscard]] bool of_boot_before() const { return input_.find->way == Way::LastBoot; }
    [[nodiscard]] Result<OpenedRecording> open_rings(const MemorySource& memory) const;
    [[nodiscard]] bool fits(const TraceInstance& one) const;
    [[nodiscard]] Result<const TraceInstance*> choose(const std::vector<TraceInstance>& instances) const;
    [[nodiscard]] Error none_fits(const std::vector<TraceInstance>& instances) const;

    const ImportInput& input_;
    const std::optional<std::string>& wanted_;
};

/// Of this boot, or of the one before, as is asked. One that is named may be empty, or of either.
bool FtraceMemory::fits(const TraceInstance& one) const {
    if (wanted_ && one.name != *wanted_) return false;
    if (wanted_ && !of_boot_before()) return true;
    return !one.empty() && one.boot_before.has_value() == of_boot_before();
}

/// The one that is named, else the first that holds events.
Result<const TraceInstance*> FtraceMemory::choose(const std::vector<TraceInstance>& instances) const {
    const auto found = std::ranges::find_if(instances, [this](const TraceInstance& one) { return fits(one); });
    if (found == instances.end()) return none_fits(instances);
    return &*found;
}

Error FtraceMemory::none_fits(const std::vector<TraceInstance>& instances) const {
    std::string known;
    for (const TraceInstance& one : instances)
        if (!of_boot_before() || one.persistent) known += " " + (one.name.empty() ? "\"\"" : printable(one.name));
    if (of_boot_before() && known.empty())
        return {ErrorCode::NotFound,
                "no trace instance of this kernel is kept over a reboot: its command line has no "
                "reserve_mem=SIZE:ALIGN:LABEL with trace_instance=NAME@LABEL (Linux 6.12 and newer)"};
    if (wanted_)
        return {ErrorCode::Usage, fmt::format("no trace instance {}{}; there are:{}", printable(*wanted_),
                                              of_boot_before() ? " with events of the boot before" : "", known)};
    if (of_boot_before())
        return {ErrorCode::NotFound,
                "the trace instances that are kept over a reboot hold no events of the boot before "
                "(recording anew empties them, and a boot may lose them):" +
                    known};
    const auto other = std::ranges::find_if(
        instances, [](const TraceInstance& one) { return !one.empty() && one.boot_before.has_value(); });
    return {ErrorCode::NotFound,
            fmt::format("the kernel's own trace rings are empty ({} of them looked at): nobody was tracing{}",
                        instances.size(),
                        other == instances.end()
                            ? std::string()
                            : fmt::format("; {} has events of the boot before: --last-boot", title_of(*other)))};
}

Result<EventCommon> common_of(const Architecture& architecture, const FindMember& member) {
    const auto type = member("trace_entry", "type");
    const auto pid = member("trace_entry", "pid");
    if (!type || !pid || type->size != sizeof(std::uint16_t) || pid->size != sizeof(std::uint32_t))
        return Error{ErrorCode::NotFound, "the kernel's types do not say how its trace events begin"};
    const CallRegisters* calls = architecture.call_registers;
    return EventCommon{.type_offset = static_cast<std::uint32_t>(type->offset),
                       .pid_offset = static_cast<std::uint32_t>(pid->offset),
                       .word_size = architecture.word_size,
                       .other_table = calls != nullptr ? calls->other_table : 0};
}

CpuTrack track_of(const MemorySource& memory, KernelSpace& space, const TraceInstance& instance, const TraceRing& ring,
                  const std::shared_ptr<const EventTable>& types) {
    CpuTrack track;
    track.cpu = ring.cpu;
    track.head = track.first = ring.counts.overwritten;
    auto pages = std::make_shared<RingPages>(RingPages{memory, instance.page_size, {}});
    for (const TracePage& page : ring.pages) {
        pages->pages.push_back({space.translate(page.at).phys, page});
        track.head += page.events;
    }
    TraceRingForm form{.form = {.word_size = space.architecture().word_size},
                       .types = types,
                       .first = track.first,
                       .newest_missing = ring.counts.dropped > 0};
    track.events = std::make_unique<TraceTrack>([pages] { return pages->open(); }, std::move(form));
    return track;
}

/// What every event begins with.
struct CommonField {
    std::string_view name, type;
    bool is_signed;
};
constexpr CommonField kCommonFields[]{{"type", "unsigned short", false},
                                      {"flags", "unsigned char", false},
                                      {"preempt_count", "unsigned char", false},
                                      {"pid", "int", true}};

/// What an instance was told not to record, as far as that concerns calls. `named`: these are events by their names.
void add_limits(const TraceInstance& instance, const std::vector<TraceEventType>& types, bool named,
                Recording& recording) {
    std::string limits;
    if (instance.by_pid) limits = "only some threads";
    std::string off;
    std::size_t all = 0, on = 0;
    for (const TraceEventType& type : types) {
        if (type.system != (named ? kNamedCallSystem : kCallSystem)) continue;
        const auto found = std::ranges::find(instance.switches, type.address, &TraceSwitch::type);
        if (found == instance.switches.end()) continue;
        ++all;
        on += found->on ? 1 : 0;
        if (found->filtered)
            limits += fmt::format("{}a filter of {}", limits.empty() ? "" : ", ", printable(type.name));
        if (!found->on) off += " " + printable(type.name);
    }
    if (named && on > 0 && on < all)
        limits += fmt::format("{}{} of the {} events that calls have", limits.empty() ? "" : ", ", on, all);
    if (!limits.empty())
        recording.findings.add(FindingId::TraceFiltered,
                               "the kernel's own tracing did not record all calls: " + limits);
    if (named) recording.provenance.push_back("calls are events by their names, as there are none of all calls");
    else if (!off.empty()) recording.provenance.push_back("not recorded at the end:" + off);
}

/// What the counters of a ring say is missing from it.
void add_findings(const TraceRing& ring, Findings& findings) {
    const auto add = [&](FindingId id, std::uint64_t count, std::string_view what) {
        if (count > 0) findings.add(id, fmt::format("CPU {}: {} {}", ring.cpu, count, what), count);
    };
    add(FindingId::EventsDropped, ring.counts.dropped,
        "events were dropped after the last one: the ring was full, and tracing was told to overwrite nothing");
    add(FindingId::EventsDropped, ring.counts.interrupted,
        "events of interrupts were dropped: they came in the middle of another, and filled the ring");
    if (!ring.damage.empty())
        findings.add(FindingId::RingPagesMissing, fmt::format("CPU {}: the trace ring: {}", ring.cpu, ring.damage));
}

/// What is known of the boot that has recorded the events, if it is not this one.
void add_boot_before(const TraceInstance& instance, Recording& recording) {
    const BootBefore& before = *instance.boot_before;
    recording.findings.add(
        FindingId::BootBefore,
        fmt::format("the events are of the boot before, in memory that {} keeps over a reboot; they are "
                    "read by the event formats of the kernel that runs now: had another build "
                    "recorded them, names and fields would be wrong{}",
                    title_of(instance), before.has_notes ? "" : "; by which clock they were recorded is not noted"));
    if (!before.damage.empty()) recording.findings.add(FindingId::RingPagesMissing, before.damage);
    for (const TraceRing& ring : instance.rings)
        if (ring.empty())
            recording.findings.add(
                FindingId::RingMissing,
                fmt::format("CPU {}: nothing of the boot before is left in its ring: the CPU recorded nothing, or the "
                            "kernel emptied it when it booted, as it does with CPU 0's where trace_clock was changed",
                            ring.cpu));
    const bool higher = before.text_moved < 0;
    const auto distance = static_cast<std::uint64_t>(before.text_moved);
    recording.provenance.push_back(fmt::format("the kernel's code lay {:#x} bytes {} in the boot before; {}",
                                               higher ? 0 - distance : distance, higher ? "higher" : "lower",
                                               before.has_notes
                                                   ? fmt::format("where {} modules lay is noted", before.modules.size())
                                                   : "where modules lay is not noted"));
}

/// As tracefs has the events' formats.
std::shared_ptr<const TraceDescription> describe_events(const Parts& parts, const FindMember& member,
                                                        const TraceInstance& instance,
                                                        const std::vector<TraceEventType>& types) {
    const Architecture& architecture = parts.kernel->architecture();
    TraceDescription trace{.word_size = architecture.word_size,
                           .page_size = static_cast<std::uint32_t>(instance.page_size),
                           .common = {},
                           .types = types,
                           .instance = instance.name,
                           .clock = instance.clock,
                           .print_format = {},
                           .function = {}};
    for (const auto& [name, type, is_signed] : kCommonFields)
        if (const auto place = member("trace_entry", name))
            trace.common.push_back({fmt::format("common_{}", name), std::string(type),
                                    static_cast<std::uint32_t>(place->offset), static_cast<std::uint32_t>(place->size),
                                    is_signed});
    if (instance.boot_before) trace.text_moved = instance.boot_before->text_moved;
    auto names = std::make_shared<FunctionNames>(*parts.kernel, member, instance.boot_before);
    trace.function = [names](VirtAddr code) { return names->at(code); };
    trace.print_format = [kernel = parts.kernel.get(), member](const TraceEventType& type) {
        return read_print_format(kernel->reader(), member, type.address);
    };
    return std::make_shared<const TraceDescription>(std::move(trace));
}

Result<OpenedRecording> FtraceMemory::open_rings(const MemorySource& memory) const {
    auto parts = std::make_shared<Parts>();
    if (memory.costly_to_scan()) parts->recent = std::make_unique<RecentPages>(memory);
    const MemorySource& of_kernel = parts->recent ? *parts->recent : memory;
    auto space = find_kernel_space(of_kernel, nullptr);
    if (!space) return space.error();
    parts->kernel = std::make_unique<DumpedKernel>(of_kernel, std::move(*space));
    DumpedKernel& kernel = *parts->kernel;
    const auto member = kernel.member();
    if (!member) return member.error();
    const auto instances = read_trace_instances(kernel.reader(), *member, kernel.find(),
                                                std::uint64_t{1} << kernel.space().page_shift(), kernel.memory_size());
    if (!instances) return instances.error();
    const auto chosen = choose(*instances);
    if (!chosen) return chosen.error();
    const TraceInstance& instance = **chosen;
    const auto common = common_of(kernel.architecture(), *member);
    if (!common) return common.error();
    const bool before = instance.boot_before.has_value();
    const bool knows_clock = !before || instance.boot_before->has_notes;
    if (!instance.nanoseconds && knows_clock)
        return Error{ErrorCode::Unsupported,
                     fmt::format("{} is by the clock {}, which counts no nanoseconds: its times cannot be told",
                                 title_of(instance), printable(instance.clock))};
    const auto types = read_event_types(kernel.reader(), *member, kernel.find());
    if (!types) return types.error();
    parts->types = std::make_shared<EventTable>(*types, *common);
    const Architecture& architecture = kernel.architecture();

    OpenedRecording opened{
        .of_kernel = !instance.off && !before, .boot_before = before, .space = &kernel.space(), .parts = parts};
    Recording& recording = opened.recording;
    recording.facts.page_shift = kernel.space().page_shift();
    recording.facts.kernel_release = kernel.vmcoreinfo().value("OSRELEASE").value_or("");
    recording.facts.host_name = read_host_name(kernel);
    recording.layout = &parts->layout;
    recording.trace = describe_events(*parts, *member, instance, *types);
    recording.findings = memory.findings();
    recording.findings.append(kernel.damage());
    for (const TraceRing& ring : instance.rings) {
        add_findings(ring, recording.findings);
        recording.facts.possible_cpus = std::max(recording.facts.possible_cpus, ring.cpu + 1);
        recording.cpus.push_back(track_of(memory, kernel.space(), instance, ring, parts->types));
    }
    choose_calls(*parts->types, recording.cpus);
    parts->layout = layout_of_trace(&architecture, architecture.word_size, parts->types->tells());
    // What is told to be left out now says nothing of then.
    if (before) add_boot_before(instance, recording);
    else add_limits(instance, *types, parts->types->takes_named_calls(), recording);
    describe_trace(recording, &architecture, architecture.word_size, parts->types->tells());
    if (!instance.damage.empty()) recording.findings.add(FindingId::RingMissing, instance.damage);
    std::uint64_t taken = 0;
    for (const TraceRing& ring : instance.rings) taken += ring.counts.read;
    if (taken > 0)
        recording.provenance.push_back(fmt::format("not in them: {} events that a reader has taken out", taken));
    const std::string clock = knows_clock ? printable(instance.clock) : "not noted";
    recording.provenance.push_back(fmt::format("{} of the kernel's own tracing, {} of its {}: {} rings, clock {}{}",
                                               title_of(instance), chosen.value() - instances->data() + 1,
                                               instances->size(), instance.rings.size(), clock,
                                               instance.off && !before ? "; switched off before the end" : ""));
    return opened;
}

Result<std::unique_ptr<Import>> find(const ImportInput& input) {
    return std::unique_ptr<Import>(std::make_unique<FtraceMemory>(input));
}

}  // namespace

constinit const Importer kFtraceMemoryImporter{
    .name = "ftrace_memory",
    .format = {},
    .sniff =
        [](const ImportInput& input) {
            return input.memory != nullptr && input.find != nullptr &&
                   (input.find->way == Way::Ftrace || input.find->way == Way::LastBoot);
        },
    .find = find};

}  // namespace kstrax
