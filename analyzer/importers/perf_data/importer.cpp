// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/perf_data/importer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>

#include "analyzer/importers/ftrace/event_format.hpp"
#include "analyzer/importers/ftrace/named_calls.hpp"
#include "analyzer/importers/ftrace/trace_recording.hpp"
#include "analyzer/importers/perf_data/compressed_records.hpp"
#include "analyzer/importers/perf_data/perf_file.hpp"
#include "analyzer/importers/perf_data/sample_track.hpp"

namespace kstrax {

namespace {

/// What the recording depends on.
struct Parts {
    std::shared_ptr<const MappedFile> file;
    Layout layout{};
};

/// The bytes that pieces of rings are of.
struct Records {
    std::shared_ptr<const MappedFile> file;
    std::shared_ptr<const std::vector<std::byte>> expanded;
};

class PerfData final : public Import {
  public:
    explicit PerfData(std::shared_ptr<const MappedFile> file) : file_(std::move(file)), identity_{file_->identity()} {}

    Result<OpenedRecording> open(const MemorySource* /*through*/) override {
        auto opened = open_file();
        if (!opened) return opened.error().in(file_->path());
        return opened;
    }
    [[nodiscard]] std::span<const FileIdentity> files() const override { return identity_; }

  private:
    [[nodiscard]] Result<OpenedRecording> open_file() const;

    std::shared_ptr<const MappedFile> file_;
    std::array<FileIdentity, 1> identity_;
};

/// Without these, a sample tells too little.
Result<void> check_samples(const std::vector<PerfSampleForm>& forms) {
    for (const PerfSampleForm& form : forms) {
        const std::string_view missing = !form.time ? "times" : !form.cpu ? "CPUs" : !form.thread ? "threads" : "";
        if (!missing.empty())
            return Error{
                ErrorCode::Unsupported,
                fmt::format("a perf.data file without its samples' {}: perf record -T --sample-cpu records them",
                            missing)};
    }
    return {};
}

void add_findings(const PerfRings& rings, Findings& findings) {
    findings.append(rings.damage);
    if (rings.without_cpu > 0)
        findings.add(FindingId::TraceFileDamaged,
                     fmt::format("{} samples are too short to tell their CPU: left out", rings.without_cpu),
                     rings.without_cpu);
    // What is counted at the end has mostly been told before, in its place.
    const std::uint64_t elsewhere =
        std::max(rings.lost_without_cpu, rings.lost_in_all - std::min(rings.lost, rings.lost_in_all));
    if (elsewhere > 0)
        findings.add(FindingId::EventsDropped,
                     fmt::format("{} samples were lost at unknown places: perf was too slow for its rings (perf record "
                                 "-m)",
                                 elsewhere),
                     elsewhere);
}

Result<OpenedRecording> PerfData::open_file() const {
    auto read = read_perf_file(file_->bytes());
    if (!read) return read.error();
    PerfFile& perf = *read;
    const TraceFile& formats = perf.formats;
    PerfSampleForms forms(perf);
    if (const auto checked = check_samples(forms.all()); !checked) return checked.error();
    auto common = event_common(formats.common, formats.form.order, formats.form.word_size);
    if (!common) return Error{ErrorCode::Corrupt, "its formats do not say how events begin"};
    const Architecture* architecture = architecture_of_machine(machine_of_uname(perf.machine));
    if (architecture != nullptr && architecture->call_registers != nullptr)
        common->other_table = architecture->call_registers->other_table;

    PerfRings rings{.of_cpu = {}, .commands = {}, .damage = formats.damage};
    const auto expanded = expand_records(perf.records, perf.order, rings.damage);
    if (!expanded) return expanded.error();
    add_records(perf.records, forms, "the records", rings);
    if (*expanded != nullptr) add_records(**expanded, forms, "the expanded records", rings);
    if (rings.of_cpu.empty()) return Error{ErrorCode::NotFound, "it holds no samples"};

    const auto tracks = std::make_shared<const PerfParts>(
        PerfParts{std::move(forms), std::make_unique<EventTable>(formats.types, *common),
                  std::make_shared<const Records>(Records{file_, *expanded})});
    auto parts = std::make_shared<Parts>(Parts{.file = file_});
    OpenedRecording opened{.parts = parts};
    Recording& recording = opened.recording;
    recording.facts.host_name = perf.host;
    recording.facts.kernel_release = perf.release;
    recording.layout = &parts->layout;
    recording.trace = std::make_shared<const TraceDescription>(TraceDescription{.order = formats.form.order,
                                                                                .word_size = formats.form.word_size,
                                                                                .page_size = formats.page_size,
                                                                                .common = formats.common,
                                                                                .types = formats.types,
                                                                                .instance = {},
                                                                                .clock = perf.clock,
                                                                                .print_format = {},
                                                                                .function = {}});
    recording.commands = std::move(rings.commands);
    for (auto& [cpu, ring] : rings.of_cpu) {
        recording.facts.possible_cpus = cpu + 1;
        CpuTrack track;
        track.cpu = cpu;
        track.head = ring.positions;
        track.events = std::make_unique<PerfTrack>(tracks, std::move(ring.pieces));
        recording.cpus.push_back(std::move(track));
    }
    choose_calls(*tracks->types, recording.cpus);
    const TraceTells tells{.abi = tracks->types->tells().abi, .process = true};
    parts->layout = layout_of_trace(architecture, formats.form.word_size, tells);
    describe_trace(recording, architecture, formats.form.word_size, tells);
    recording.facts.recorder = "perf";
    add_findings(rings, recording.findings);
    recording.provenance.push_back(fmt::format("{} samples of {} counters, taken by perf {} on {} CPUs, clock {}",
                                               rings.samples, perf.counters.size(), printable(perf.version),
                                               rings.of_cpu.size(), perf.clock));
    return opened;
}

/// The file, if it is one.
std::shared_ptr<const MappedFile> perf_file_of(const ImportInput& input) {
    if (input.memory != nullptr || input.names.size() != 1) return nullptr;
    auto file = MappedFile::open(input.names.front());
    return file && is_perf_file((*file)->bytes()) ? *file : nullptr;
}

Result<std::unique_ptr<Import>> find(const ImportInput& input) {
    auto file = perf_file_of(input);
    if (file == nullptr) return Error{ErrorCode::Io, input.names.front() + ": was replaced while it was opened"};
    return std::unique_ptr<Import>(std::make_unique<PerfData>(std::move(file)));
}

}  // namespace

constinit const Importer kPerfDataImporter{
    .name = "perf_data",
    .format = "perf.data files",
    .sniff = [](const ImportInput& input) { return perf_file_of(input) != nullptr; },
    .find = find};

}  // namespace kstrax
