// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/strace_text/importer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>

#include "analyzer/arch/architecture.hpp"
#include "analyzer/base/parse_number.hpp"
#include "analyzer/importers/strace_text/strace_track.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kLinesToKnow = 32;       // a file by
constexpr std::size_t kMostToKnow = 64 << 10;  // bytes of it
constexpr std::size_t kMostNames = 4096;       // of calls
constexpr std::size_t kMostThreads = 1 << 20;
constexpr std::string_view kMend = "strace -f -ttt -T -o FILE records what is needed";

/// What all lines of a file are together.
struct Survey {
    std::uint64_t lines = 0, events = 0, strange = 0, first_strange = 0;
    std::uint64_t calls = 0, without_duration = 0, without_time = 0, relative = 0;
    std::set<std::string_view> names;
    std::set<Tid> attached;
    std::optional<Tid> first_thread;  ///< that lines name, and that nobody has attached to before
    std::map<Tid, std::string> commands;

    void take(const StraceLine& line);
};

void Survey::take(const StraceLine& line) {
    ++lines;
    if (line.kind == StraceKind::Attached && attached.size() < kMostThreads) attached.insert(*line.thread);
    if (line.kind == StraceKind::Other && strange++ == 0) first_strange = lines;
    if (line.kind >= StraceKind::Attached) return;
    if (!first_thread && line.thread && !attached.contains(*line.thread)) first_thread = line.thread;
    if (line.thread && !line.command.empty() && commands.size() < kMostThreads)
        commands[*line.thread] = std::string(line.command);
    without_time += line.clock == StraceClock::None ? 1 : 0;
    relative += line.clock == StraceClock::Relative ? 1 : 0;
    ++events;
    if (line.kind != StraceKind::Call && line.kind != StraceKind::Unfinished) {
        if (line.kind == StraceKind::Resumed && !line.result) --events;
        return;
    }
    ++calls;
    if (names.size() < kMostNames) names.insert(line.name);
    if (line.kind != StraceKind::Call || !line.result) return;
    if (line.duration) ++events;
    else ++without_duration;
}

Survey survey(const MappedFile& file) {
    Survey found;
    for (std::string_view rest = as_text(file.bytes()); !rest.empty();) {
        const std::string_view line = take_line(rest);
        file.passed(line.size() + 1);
        found.take(parse_strace_line(line));
    }
    return found;
}

/// Most of its first lines are.
bool is_strace_text(Bytes bytes) {
    std::string_view rest = as_text(bytes.first(std::min(bytes.size(), kMostToKnow)));
    std::size_t calls = 0, others = 0;
    for (std::size_t i = 0; i < kLinesToKnow && !rest.empty(); ++i) {
        const StraceKind kind = parse_strace_line(take_line(rest)).kind;
        if (kind < StraceKind::Attached) ++calls;
        else if (kind == StraceKind::Other) ++others;
    }
    return calls > others;
}

/// That whose table knows most of the names, and how many it does not.
std::pair<const Architecture*, std::size_t> architecture_of(const std::set<std::string_view>& names) {
    std::pair<const Architecture*, std::size_t> best{nullptr, names.size()};
    for (const Architecture* one : architectures()) {
        const StraceNames known(one->audit_arch);
        const auto strange = static_cast<std::size_t>(std::ranges::count_if(
            names, [&](std::string_view name) { return known.find(name, false).nr == kNrTooBig; }));
        const bool better = strange < best.second || (strange == best.second && one->built_for);
        if (best.first == nullptr || better) best = {one, strange};
    }
    return best;
}

/// Of a file of strace -ff, which is called NAME.TID.
std::optional<Tid> thread_of_name(std::string_view path) { return parse_number<Tid>(path.substr(path.rfind('.') + 1)); }

struct Parts {
    std::shared_ptr<const MappedFile> file;
    Layout layout{};
};

class StraceText final : public Import {
  public:
    explicit StraceText(std::shared_ptr<const MappedFile> file)
        : file_(std::move(file)), identity_{file_->identity()} {}

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

Result<void> check(const Survey& found) {
    const auto lacks = [](std::string_view what) {
        return Error{ErrorCode::Unsupported, fmt::format("strace's text without {}: {}", what, kMend)};
    };
    if (found.without_time > 0) return lacks("times");
    if (found.relative > 0) return lacks("times of a clock (-r tells differences)");
    if (found.without_duration == found.calls && found.calls > 0) return lacks("durations of calls");
    return {};
}

void add_findings(const Survey& found, const Architecture& architecture, std::size_t strange_names,
                  Findings& findings) {
    findings.add(FindingId::StraceText,
                 "strace's text tells no CPUs, no processes of threads, and no numbers of "
                 "arguments; what strace was told to leave out, and who it did not follow, is not known");
    if (found.strange > 0)
        findings.add(FindingId::TraceFileDamaged,
                     fmt::format("{} lines are none of strace's, the first is line {}: what they say is left out",
                                 found.strange, found.first_strange),
                     found.strange);
    if (found.without_duration > 0)
        findings.add(FindingId::TraceFileDamaged,
                     fmt::format("{} calls have no duration: when they returned is not known", found.without_duration),
                     found.without_duration);
    if (strange_names > 0)
        findings.add(FindingId::TraceFileDamaged,
                     fmt::format("{} names are of no call that {} is known to have: such calls are shown without one",
                                 strange_names, architecture.title),
                     strange_names);
}

Result<OpenedRecording> StraceText::open_file() const {
    const Survey found = survey(*file_);
    if (const auto checked = check(found); !checked) return checked.error();
    const auto [architecture, strange_names] = architecture_of(found.names);
    auto parts = std::make_shared<Parts>(Parts{.file = file_});
    parts->layout.name = architecture->layout.empty() ? architecture->name : architecture->layout;
    parts->layout.abi.size = sizeof(std::uint16_t);

    OpenedRecording opened{.parts = parts};
    Recording& recording = opened.recording;
    recording.facts.recorder = "strace";
    recording.facts.audit_arch = architecture->audit_arch;
    recording.facts.word_size = architecture->word_size;
    recording.facts.possible_cpus = 1;
    recording.layout = &parts->layout;
    recording.cpus_untold = true;
    recording.commands = found.commands;
    const Tid first = found.first_thread.value_or(thread_of_name(file_->path()).value_or(0));
    CpuTrack track;
    track.head = found.events;
    track.events =
        std::make_unique<StraceTrack>(std::make_shared<const StraceForm>(file_, architecture->audit_arch, first));
    recording.cpus.push_back(std::move(track));
    add_findings(found, *architecture, strange_names, recording.findings);
    recording.provenance.push_back(fmt::format("{} lines of strace's text, {} calls by {} names, which are {}'s",
                                               found.lines, found.calls, found.names.size(), architecture->title));
    return opened;
}

/// The file, if it is one.
std::shared_ptr<const MappedFile> strace_file_of(const ImportInput& input) {
    if (input.memory != nullptr || input.names.size() != 1) return nullptr;
    auto file = MappedFile::open(input.names.front());
    return file && is_strace_text((*file)->bytes()) ? *file : nullptr;
}

Result<std::unique_ptr<Import>> find(const ImportInput& input) {
    auto file = strace_file_of(input);
    if (file == nullptr) return Error{ErrorCode::Io, input.names.front() + ": was replaced while it was opened"};
    return std::unique_ptr<Import>(std::make_unique<StraceText>(std::move(file)));
}

}  // namespace

constinit const Importer kStraceTextImporter{
    .name = "strace_text",
    .format = "strace's text",
    .sniff = [](const ImportInput& input) { return strace_file_of(input) != nullptr; },
    .find = find};

}  // namespace kstrax
