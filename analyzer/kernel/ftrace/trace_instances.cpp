// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/ftrace/trace_instances.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <optional>

#include "analyzer/kernel/files/kernel_struct.hpp"
#include "analyzer/recording/trace_events.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kMostInstances = 4096;
constexpr std::size_t kLongestName = 256;
constexpr std::uint64_t kOn = 1;                     // of an event's flags
constexpr std::uint64_t kMostOrder = 16;             // of the pages that are one
constexpr std::uint64_t kCountMask = (1 << 20) - 1;  // of a page's events: above it, the writer counts something else
constexpr std::uint64_t kLinkFlags = 3;              // of a link to a page: it is the oldest, or is just becoming so

/// Where things lie in the structs that lead to rings. All members that are not optional are known.
struct Forms {
    KernelStruct instance, buffer, ring, page, event;
    std::uint64_t instance_list = 0;
};

enum Instance : std::size_t { kList, kName, kBuffer, kClock, kEvents, kPids, kNoPids, kSnapshot };
enum Event : std::size_t { kEventList, kCall, kFilter, kFlags };
enum Buffer : std::size_t { kCpus, kRings, kBufferDisabled, kOrder };
enum Ring : std::size_t {
    kCpu,
    kPages,
    kCommitPage,
    kReaderPage,
    kPageCount,
    kOverrun,
    kCommitOverrun,
    kDropped,
    kRead,
    kRingDisabled,
    kWriteStamp,
};
enum Page : std::size_t { kLink, kPageRead, kEntries, kData };

Result<Forms> forms_of(const FindMember& member, std::uint8_t word_size) {
    Forms forms{
        {member,
         "trace_array",
         {"list", "name", "array_buffer.buffer", "clock_id", "events", "filtered_pids", "filtered_no_pids",
          "max_buffer.buffer|snapshot_buffer.buffer"},
         word_size},
        {member, "trace_buffer", {"cpus", "buffers", "record_disabled", "subbuf_order"}, word_size},
        {member,
         "ring_buffer_per_cpu",
         {"cpu", "pages", "commit_page", "reader_page", "nr_pages", "overrun", "commit_overrun", "dropped_events",
          "read", "record_disabled", "write_stamp"},
         word_size},
        {member, "buffer_page", {"list", "read", "entries", "page"}, word_size},
        {member, "trace_event_file", {"list", "event_call", "filter", "flags"}, word_size},
    };
    const bool buffers = forms.buffer.knows(kRings) && forms.buffer.knows(kBufferDisabled);
    const bool instances = forms.instance.knows(kList) && forms.instance.knows(kName) &&
                           forms.instance.knows(kBuffer) && forms.instance.knows(kClock);
    bool knows_ring = true;
    for (std::size_t place = 0; place < kWriteStamp; ++place) knows_ring = knows_ring && forms.ring.knows(place);
    if (!instances || !buffers || !knows_ring || !forms.page.knows_all())
        return Error{ErrorCode::NotFound, "the kernel's types do not say how its trace rings are made"};
    forms.instance_list = *forms.instance.offset(kList);
    return forms;
}

class Reader {
  public:
    Reader(const KernelReader& memory, Forms forms, const FindMember& member, const FindSymbol& find,
           std::uint64_t page_size, std::uint64_t memory_size)
        : memory_(memory),
          forms_(std::move(forms)),
          page_size_(page_size),
          most_pages_(memory_size / kSmallestPage + 1),
          boot_before_(member, memory.word_size()),
          clocks_(find("trace_clocks")),
          cpu_ids_(find("nr_cpu_ids")) {}

    [[nodiscard]] Result<std::vector<TraceInstance>> read(VirtAddr list);

  private:
    [[nodiscard]] std::optional<TraceInstance> instance(std::uint64_t at);
    [[nodiscard]] std::optional<TraceInstance> snapshot_of(const TraceInstance& of);
    void read_clock(TraceInstance& to, std::uint64_t number);
    void read_switches(TraceInstance& to, std::uint64_t list);
    void read_rings(TraceInstance& to, std::uint64_t buffer);
    [[nodiscard]] std::optional<TraceRing> ring(std::uint64_t at);
    void read_pages(TraceRing& ring);
    [[nodiscard]] std::string add_page(TraceRing& ring, std::uint64_t at, std::uint64_t newest);

    KernelReader memory_;
    Forms forms_;
    std::uint64_t page_size_;
    std::uint64_t most_pages_;
    BootBeforeReader boot_before_;
    std::uint64_t snapshot_ = 0;  // buffer of the instance that was read last
    std::optional<VirtAddr> clocks_;
    std::optional<VirtAddr> cpu_ids_;  // how many there are; no symbol: it is a constant
};

Result<std::vector<TraceInstance>> Reader::read(VirtAddr list) {
    std::vector<TraceInstance> found, snapshots;
    auto node = memory_.pointer(list.value);
    // New ones come first; the kernel's own is the oldest.
    for (; node && *node != list.value && found.size() < kMostInstances; node = memory_.pointer(*node)) {
        auto one = instance(*node - forms_.instance_list);
        if (!one) break;
        if (auto kept = snapshot_of(*one)) snapshots.insert(snapshots.begin(), std::move(*kept));
        found.insert(found.begin(), std::move(*one));
    }
    if (found.empty()) return Error{ErrorCode::NotFound, "the kernel's list of its trace instances cannot be read"};
    if (!node || *node != list.value)
        found.front().damage = fmt::format("the list of instances breaks off after {}", found.size());
    std::ranges::move(snapshots, std::back_inserter(found));
    return found;
}

/// What somebody, or a tracer of latencies, has put aside of the instance that was read last.
std::optional<TraceInstance> Reader::snapshot_of(const TraceInstance& of) {
    TraceInstance kept;
    kept.name = of.name + "/snapshot";
    kept.clock = of.clock;
    kept.nanoseconds = of.nanoseconds;
    read_rings(kept, snapshot_);
    kept.off = true;
    if (kept.empty()) return std::nullopt;
    return kept;
}

std::optional<TraceInstance> Reader::instance(std::uint64_t at) {
    if (!forms_.instance.read(memory_, at)) return std::nullopt;
    TraceInstance one;
    const std::uint64_t name = forms_.instance[kName];
    const std::uint64_t buffer = forms_.instance[kBuffer];
    const std::uint64_t clock = forms_.instance[kClock];
    snapshot_ = forms_.instance[kSnapshot];
    one.by_pid = forms_.instance[kPids] != 0 || forms_.instance[kNoPids] != 0;
    if (const auto events = forms_.instance.offset(kEvents)) read_switches(one, at + *events);
    if (name != 0) one.name = kernel_text(memory_, name, kLongestName).value_or("?");
    read_clock(one, clock);
    read_rings(one, buffer);
    one.persistent = boot_before_.is_persistent(memory_, at);
    const bool untouched = !one.empty() && std::ranges::all_of(one.rings, &TraceRing::untouched);
    one.boot_before = boot_before_.read(memory_, at, untouched);
    return one;
}

/// Of an array without a name of its type: function, name, and whether it counts nanoseconds.
void Reader::read_clock(TraceInstance& to, std::uint64_t number) {
    constexpr std::uint64_t kMostClocks = 32;
    to.clock = "?";
    if (!clocks_ || number >= kMostClocks) return;
    const std::uint64_t word = memory_.word_size();
    const std::uint64_t row = clocks_->value + number * 3 * word;
    const auto name = memory_.pointer(row + word);
    const auto nanoseconds = memory_.number(row + 2 * word, sizeof(std::int32_t));
    if (!name || !nanoseconds) return;
    to.clock = kernel_text(memory_, *name, kLongestName).value_or("?");
    to.nanoseconds = *nanoseconds != 0;
}

void Reader::read_switches(TraceInstance& to, std::uint64_t list) {
    KernelStruct& form = forms_.event;
    if (!form.knows_all()) return;
    auto node = memory_.pointer(list);
    for (; node && *node != list && to.switches.size() < kMostTraceTypes; node = memory_.pointer(*node)) {
        if (!form.read(memory_, *node - *form.offset(kEventList))) return;
        to.switches.push_back({{form[kCall]}, (form[kFlags] & kOn) != 0, form[kFilter] != 0});
    }
}

void Reader::read_rings(TraceInstance& to, std::uint64_t buffer) {
    KernelStruct& form = forms_.buffer;
    if (buffer == 0) return;
    if (!form.read(memory_, buffer)) {
        to.damage = fmt::format("its buffer at {:#x} is not in memory", buffer);
        return;
    }
    to.off = (form[kBufferDisabled] & 0xffffffff) != 0;
    // Older kernels count the rings of each buffer.
    const auto ids = form.knows(kCpus) ? std::optional(form[kCpus] & 0xffffffff)
                     : cpu_ids_        ? memory_.number(cpu_ids_->value, sizeof(std::uint32_t))
                                       : std::nullopt;
    const std::uint64_t cpus = ids.value_or(kMostCpus);
    const std::uint64_t order = form.knows(kOrder) ? form[kOrder] & 0xffffffff : 0;
    if (cpus > kMostCpus || order > kMostOrder) {
        to.damage = fmt::format("its buffer at {:#x} is damaged: it names {} CPUs", buffer, cpus);
        return;
    }
    to.page_size = page_size_ << order;
    const std::uint64_t rings = form[kRings];
    for (std::uint64_t cpu = 0; cpu < cpus; ++cpu) {
        const auto at = memory_.pointer(rings + cpu * memory_.word_size());
        if (at && *at == 0) continue;  // it never ran
        auto one = at ? ring(*at) : std::nullopt;
        if (!ids && (!one || one->cpu != cpu)) return;  // behind the last one
        if (!one || one->cpu != cpu) {
            to.damage = fmt::format("the ring of CPU {} is not in memory", cpu);
            continue;
        }
        to.rings.push_back(std::move(*one));
    }
}

std::optional<TraceRing> Reader::ring(std::uint64_t at) {
    if (!forms_.ring.read(memory_, at)) return std::nullopt;
    const KernelStruct& form = forms_.ring;
    TraceRing ring;
    ring.cpu = static_cast<CpuId>(form[kCpu] & 0xffffffff);
    ring.counts = {.overwritten = form[kOverrun],
                   .read = form[kRead],
                   .dropped = form[kDropped],
                   .interrupted = form[kCommitOverrun]};
    ring.off = (form[kRingDisabled] & 0xffffffff) != 0;
    ring.untouched = form.knows(kWriteStamp) && form[kWriteStamp] == 0;
    read_pages(ring);
    return ring;
}

/// The page that a reader has, and behind it those of the ring from the oldest to the one that is written to.
void Reader::read_pages(TraceRing& ring) {
    const KernelStruct& form = forms_.ring;
    const std::uint64_t first = form[kPages] & ~kLinkFlags;
    const std::uint64_t newest = form[kCommitPage];
    const std::uint64_t reader = form[kReaderPage];
    const std::uint64_t most = std::min(form[kPageCount], most_pages_);
    if (reader != 0) ring.damage = add_page(ring, reader, newest);
    if (reader == newest || !ring.damage.empty()) return;  // all the others are empty

    const std::uint64_t link = *forms_.page.offset(kLink);
    std::vector<std::uint64_t> circle;
    std::optional<std::size_t> oldest;
    for (std::uint64_t node = first; circle.size() < most;) {
        circle.push_back(node - link);
        const auto next = memory_.pointer(node);
        if (!next) {
            ring.damage = fmt::format("its list of pages breaks off after {}", circle.size());
            return;
        }
        if ((*next & kLinkFlags) != 0) oldest = circle.size();
        node = *next & ~kLinkFlags;
        if (node == first) break;
    }
    if (!oldest) {
        ring.damage = fmt::format("none of its {} pages is the oldest", circle.size());
        return;
    }
    std::rotate(circle.begin(), circle.begin() + static_cast<std::ptrdiff_t>(*oldest % circle.size()), circle.end());
    for (const std::uint64_t page : circle) {
        if (std::string damage = add_page(ring, page, newest); !damage.empty()) ring.damage = std::move(damage);
        if (page == newest) return;
    }
    ring.damage = "the page that is written to is not among its pages";
}

/// A sentence, where it cannot be read.
std::string Reader::add_page(TraceRing& ring, std::uint64_t at, std::uint64_t newest) {
    if (!forms_.page.read(memory_, at)) return fmt::format("its page at {:#x} is not in memory", at);
    const std::uint64_t events = forms_.page[kEntries] & kCountMask;
    const bool last = at == newest;
    if (events > 0 || last)
        ring.pages.push_back({.at = {forms_.page[kData]},
                              .events = events,
                              .read_bytes = forms_.page[kPageRead] & 0xffffffff,
                              .newest = last});
    return {};
}

}  // namespace

bool TraceRing::empty() const {
    return std::ranges::none_of(pages, [](const TracePage& page) { return page.events > 0; });
}

bool TraceInstance::empty() const { return std::ranges::all_of(rings, &TraceRing::empty); }

Result<std::vector<TraceInstance>> read_trace_instances(const KernelReader& memory, const FindMember& member,
                                                        const FindSymbol& find, std::uint64_t page_size,
                                                        std::uint64_t memory_size) {
    auto forms = forms_of(member, memory.word_size());
    if (!forms) return forms.error();
    const auto list = find("ftrace_trace_arrays");
    if (!list) return Error{ErrorCode::NotFound, "the kernel's symbols have no trace instances (ftrace_trace_arrays)"};
    return Reader(memory, std::move(*forms), member, find, page_size, memory_size).read(*list);
}

}  // namespace kstrax
