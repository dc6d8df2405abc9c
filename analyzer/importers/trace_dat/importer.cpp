// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/trace_dat/importer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "analyzer/base/parse_number.hpp"
#include "analyzer/importers/ftrace/event_format.hpp"
#include "analyzer/importers/ftrace/named_calls.hpp"
#include "analyzer/importers/ftrace/trace_recording.hpp"
#include "analyzer/importers/kstrax_memory/importer.hpp"
#include "analyzer/importers/trace_dat/data_pages.hpp"
#include "analyzer/importers/trace_dat/symbol_table.hpp"

namespace kstrax {

namespace {

/// Clocks that count something else than nanoseconds.
constexpr std::array<std::string_view, 4> kOtherClocks{"counter", "uptime", "x86-tsc", "ppc-tb"};

std::string title_of(const TraceFileBuffer& buffer) {
    return buffer.name.empty() ? "the instance that every kernel has"
                               : fmt::format("the instance {}", printable(buffer.name));
}

/// "Linux HOST RELEASE MACHINE"
struct Uname {
    std::string host, release, machine;

    explicit Uname(std::string_view text) {
        for (std::string* word : std::array<std::string*, 4>{nullptr, &host, &release, &machine}) {
            const std::size_t end = std::min(text.find(' '), text.size());
            if (word != nullptr) *word = text.substr(0, end);
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    }
};

/// What the recording depends on.
struct Parts {
    std::shared_ptr<const MappedFile> file;
    Layout layout{};
};

class TraceDat final : public Import {
  public:
    TraceDat(std::shared_ptr<const MappedFile> file, const FindOptions* find)
        : file_(std::move(file)), identity_{file_->identity()}, find_(find) {}

    Result<OpenedRecording> open(const MemorySource* /*through*/) override {
        if (trace_.version == 0) {
            auto trace = read_trace_file(file_->bytes());
            if (!trace) return trace.error().in(file_->path());
            trace_ = std::move(*trace);
        }
        auto opened = open_rings();
        if (!opened) return opened.error().in(file_->path());
        return opened;
    }
    [[nodiscard]] std::span<const FileIdentity> files() const override { return identity_; }

  private:
    [[nodiscard]] Result<OpenedRecording> open_rings() const;
    [[nodiscard]] Result<const TraceFileBuffer*> choose() const;
    [[nodiscard]] CpuTrack track_of(const TraceFileBuffer& buffer, const TraceFileCpu& cpu,
                                    const std::shared_ptr<const EventTable>& types) const;
    void add_dropped(const TraceFileBuffer& buffer, Findings& findings) const;
    [[nodiscard]] bool counts_nanoseconds(const TraceFileBuffer& buffer) const;

    std::shared_ptr<const MappedFile> file_;
    std::array<FileIdentity, 1> identity_;
    TraceFile trace_;  // of no version: it has not been read yet
    const FindOptions* find_;
};

/// The one that is named, else the first that holds anything.
Result<const TraceFileBuffer*> TraceDat::choose() const {
    std::string known;
    const auto* wanted = find_ != nullptr && find_->instance ? &*find_->instance : nullptr;
    for (const TraceFileBuffer& one : trace_.buffers) {
        const bool empty = std::ranges::all_of(one.cpus, [](const TraceFileCpu& cpu) { return cpu.size == 0; });
        if (wanted != nullptr ? one.name == *wanted : !empty) return &one;
        known += " " + (one.name.empty() ? "\"\"" : printable(one.name));
    }
    if (wanted != nullptr)
        return Error{ErrorCode::Usage, fmt::format("no trace instance {}; there are:{}", *wanted, known)};
    return Error{ErrorCode::NotFound, "its trace rings are empty"};
}

CpuTrack TraceDat::track_of(const TraceFileBuffer& buffer, const TraceFileCpu& cpu,
                            const std::shared_ptr<const EventTable>& types) const {
    auto place = std::make_shared<TraceDataPlace>(TraceDataPlace{
        file_, cpu, trace_.form, buffer.page_size, buffer.compressed ? trace_.compression : TraceCompression::None});
    TraceRingForm ring{.form = trace_.form, .types = types, .time = trace_.tsc.value_or(TraceTime{})};
    ring.time.offset += static_cast<std::uint64_t>(trace_.offset);
    TracePageView first;
    if (place->open()->next(first)) ring.first = RingPage(first.bytes, trace_.form).missed().value_or(0);
    CpuTrack track;
    track.cpu = cpu.cpu;
    track.head = track.first = ring.first;
    track.events = std::make_unique<TraceTrack>([place] { return place->open(); }, std::move(ring));
    return track;
}

/// Of the recorded machine's code. The first question reads its symbols.
std::function<std::string(VirtAddr)> functions_of(const std::shared_ptr<const MappedFile>& file) {
    return [file, symbols = std::shared_ptr<const SymbolTable>()](VirtAddr at) mutable {
        if (symbols == nullptr) symbols = std::make_shared<const SymbolTable>(read_trace_symbols(file->bytes()));
        return symbols->function_at(at);
    };
}

/// The number behind a word of tracefs's counters, with a point in it or not; empty: there is none.
std::string_view counter(std::string_view text, std::string_view word) {
    const std::size_t at = text.find(word);
    if (at == text.npos) return {};
    const std::string_view rest = text.substr(at + word.size());
    return rest.substr(0, rest.find('\n'));
}

/// How many events came when there was no room.
void TraceDat::add_dropped(const TraceFileBuffer& buffer, Findings& findings) const {
    for (const auto& [instance, text] : trace_.statistics) {
        if (instance != buffer.name) continue;
        const auto count = parse_number<std::uint64_t>(counter(text, "\ndropped events: "));
        if (!count || *count == 0) continue;
        findings.add(
            FindingId::EventsDropped,
            fmt::format("{}: {} events were dropped: the ring was full, and tracing was told to overwrite nothing",
                        printable(std::string_view(text).substr(0, text.find('\n'))), *count),
            *count);
    }
}

/// trace-cmd may name the clock of another instance. Tracefs shows seconds with a point only where a clock counts nanoseconds.
bool TraceDat::counts_nanoseconds(const TraceFileBuffer& buffer) const {
    if (trace_.tsc) return true;
    return std::ranges::none_of(trace_.statistics, [&](const TraceStatistics& one) {
        const std::string_view now = counter(one.text, "\nnow ts: ");
        return one.instance == buffer.name && !now.empty() && now.find('.') == now.npos;
    });
}

Result<OpenedRecording> TraceDat::open_rings() const {
    const auto chosen = choose();
    if (!chosen) return chosen.error();
    const TraceFileBuffer& buffer = **chosen;
    const Uname uname(trace_.uname);
    const Architecture* architecture =
        trace_.uname.empty() ? trace_.architecture : architecture_of_machine(machine_of_uname(uname.machine));
    auto common = event_common(trace_.common, trace_.form.order, trace_.form.word_size);
    if (!common) return Error{ErrorCode::Corrupt, "its formats do not say how events begin"};
    if (architecture != nullptr && architecture->call_registers != nullptr)
        common->other_table = architecture->call_registers->other_table;
    const std::string clock = printable(buffer.clock.empty() ? trace_.clock : buffer.clock);
    if (!trace_.tsc && std::ranges::find(kOtherClocks, clock) != kOtherClocks.end())
        return Error{ErrorCode::Unsupported,
                     fmt::format("{} is by the clock {}, which counts no nanoseconds: its times cannot be told",
                                 title_of(buffer), clock)};
    if (!counts_nanoseconds(buffer))
        return Error{ErrorCode::Unsupported,
                     fmt::format("{}: the file says that its clock is {}, but by its counters it is one that counts no "
                                 "nanoseconds: its times cannot be told",
                                 title_of(buffer), clock)};
    const auto types = std::make_shared<EventTable>(trace_.types, *common);
    auto parts = std::make_shared<Parts>(Parts{.file = file_});

    OpenedRecording opened{.parts = parts};
    Recording& recording = opened.recording;
    recording.facts.host_name = uname.host;
    recording.facts.kernel_release = uname.release;
    recording.layout = &parts->layout;
    recording.commands = trace_.commands;
    recording.findings = trace_.damage;
    recording.trace = std::make_shared<const TraceDescription>(
        TraceDescription{.order = trace_.form.order,
                         .word_size = trace_.form.word_size,
                         .page_size = buffer.page_size,
                         .common = trace_.common,
                         .types = trace_.types,
                         .instance = buffer.name,
                         .clock = trace_.tsc ? "perf" : clock,  // whose nanoseconds are made of that counter, too
                         .print_format = {},
                         .function = functions_of(file_)});
    for (const TraceFileCpu& cpu : buffer.cpus) {
        recording.facts.possible_cpus = std::max(recording.facts.possible_cpus, cpu.cpu + 1);
        recording.cpus.push_back(track_of(buffer, cpu, types));
    }
    choose_calls(*types, recording.cpus);
    parts->layout = layout_of_trace(architecture, trace_.form.word_size, types->tells());
    describe_trace(recording, architecture, trace_.form.word_size, types->tells());
    add_dropped(buffer, recording.findings);
    recording.provenance.push_back(fmt::format(
        "{} of the kernel's own tracing, {} of {} in the file: {} rings, clock {}", title_of(buffer),
        *chosen - trace_.buffers.data() + 1, trace_.buffers.size(), buffer.cpus.size(), clock.empty() ? "?" : clock));
    return opened;
}

/// The file, if it is one.
std::shared_ptr<const MappedFile> trace_file_of(const ImportInput& input) {
    if (input.memory != nullptr || input.names.size() != 1) return nullptr;
    auto file = MappedFile::open(input.names.front());
    return file && is_trace_file((*file)->bytes()) ? *file : nullptr;
}

Result<std::unique_ptr<Import>> find(const ImportInput& input) {
    auto file = trace_file_of(input);
    if (file == nullptr) return Error{ErrorCode::Io, input.names.front() + ": was replaced while it was opened"};
    return std::unique_ptr<Import>(std::make_unique<TraceDat>(std::move(file), input.find));
}

}  // namespace

constinit const Importer kTraceDatImporter{
    .name = "trace_dat",
    .format = "trace.dat files",
    .has_instances = true,
    .sniff = [](const ImportInput& input) { return trace_file_of(input) != nullptr; },
    .find = find};

}  // namespace kstrax
