// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/actions/watch.hpp"

#include <fmt/core.h>
#include <sys/stat.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "analyzer/base/parse_number.hpp"
#include "analyzer/command/actions/session_report.hpp"
#include "analyzer/command/support/end_signals.hpp"
#include "analyzer/importers/kstrax_memory/rings/live_rings.hpp"

namespace po = boost::program_options;

namespace kstrax {

namespace {

ReportKind kind_of(const DumpOptions& options) { return options.common.kind.value_or(ReportKind::Summary); }

bool goes_on(ReportKind kind) { return kind == ReportKind::Paired || kind == ReportKind::Raw; }

/// Whether there is still something to look at.
class Watched {
  public:
    Watched(const Session& session, const Anchor& anchor) : session_(session), anchor_(anchor) {}

    [[nodiscard]] bool there() const { return file_there() && recording_there(); }
    /// Which may have been set meanwhile.
    void look_at_clock(Recording& recording) const { recording.clock = read_clock(*session_.memory(), anchor_); }
    /// A report that goes on is of the CPUs that it began with: says which have come since.
    void tell_of_new_cpus(Recording& recording) {
        for (CpuId cpu = 0; cpu < recording.facts.possible_cpus; ++cpu) {
            if (std::ranges::find(recording.cpus, cpu, &CpuTrack::cpu) != recording.cpus.end() ||
                !told_.insert(cpu).second)
                continue;
            const auto now = read_cpu(*session_.memory(), anchor_, cpu);
            if (!now || now->ring_virt == 0) told_.erase(cpu);
            else
                recording.findings.add(
                    FindingId::CpuNotFollowed,
                    fmt::format("CPU {} came after the report had begun, and is not in it; a new one has it", cpu));
        }
    }

  private:
    [[nodiscard]] bool file_there() const {
        struct stat info {};
        return ::stat(session_.name().c_str(), &info) == 0 &&
               std::ranges::find(session_.files(), FileIdentity{info.st_dev, info.st_ino}) != session_.files().end();
    }
    [[nodiscard]] bool recording_there() const {
        const auto now = read_anchor(*session_.memory(), anchor_.at);
        return now && now->crc_ok == anchor_.crc_ok &&
               std::uint64_t{now->block.facts.instance_id} == std::uint64_t{anchor_.block.facts.instance_id};
    }

    const Session& session_;
    const Anchor& anchor_;
    std::set<CpuId> told_;
};

/// One report, to which is added what is new.
ExitStatus follow(std::string_view tool, Session& session, const DumpOptions& options, const WatchOptions& how,
                  const Anchor& anchor, const EndSignals& signals, Output& standard) {
    Watched watched(session, anchor);
    auto opened = session.open_recording();
    if (!opened) return fail(tool, opened.error());
    LiveRings rings(*session.memory(), opened->recording);
    if (how.only_new) rings.begin_now();
    bool ended = false;
    const auto more = [&] {
        while (!ended) {
            ended = signals.wait(*how.every);
            if (!standard.write("")) return false;  // nobody reads it any more
            if (!watched.there()) return false;     // what stands there now is not the recording's
            watched.tell_of_new_cpus(opened->recording);
            watched.look_at_clock(opened->recording);
            if (ended ? rings.look_last() : rings.look()) return true;
        }
        return false;
    };
    return report_session(
        tool, session, *opened,
        {kind_of(options), options.common, options.filter, options.common.output, more, options.with_log}, standard);
}

/// A report each time, of all that is there then.
ExitStatus repeat(std::string_view tool, Session& session, const DumpOptions& options, const WatchOptions& how,
                  const Anchor& anchor, const EndSignals& signals, Output& standard) {
    const Watched watched(session, anchor);
    ExitStatus status = kDone;
    do {
        const auto opened = session.open_recording();
        if (!watched.there()) break;
        if (!opened) return fail(tool, opened.error());
        status =
            std::max(status, report_session(tool, session, *opened,
                                            {kind_of(options), options.common, options.filter, options.common.output},
                                            standard));
        if (status == kFailed || status == kUsage) return status;
        if (options.common.sink->takes_lines && !standard.write("\n")) break;
    } while (!signals.wait(*how.every));
    return status;
}

}  // namespace

void add_watch_options(po::options_description& description) {
    description.add_options()("live", po::bool_switch(),
                              "SOURCE is the memory of a running machine, for example QEMU's memory-backend-file; "
                              "/proc/kcore and /dev/mem do not need this")(
        "every", po::value<std::string>()->value_name("SEC"),
        "look again every SEC seconds, until Ctrl-C: -t and -r print new records, other reports are made anew")(
        "new", po::bool_switch(), "with --every and -t or -r: only records from now on")(
        "qmp", po::bool_switch(),
        "SOURCE is a QMP socket of QEMU: read the memory of its guest, which is stopped meanwhile")(
        "qmp-running", po::bool_switch(), "as --qmp, but read the guest as it runs, where its memory is in a file");
}

Result<WatchOptions> watch_options(const po::variables_map& values, const DumpOptions& options) {
    WatchOptions how;
    how.live = values["live"].as<bool>();
    how.only_new = values["new"].as<bool>();
    if (values["qmp"].as<bool>()) how.guest = GuestReading::Standing;
    if (values["qmp-running"].as<bool>()) how.guest = GuestReading::Running;
    if (how.live && how.guest != GuestReading::None)
        return Error{ErrorCode::Usage, "--live: is for a file; --qmp-running reads a guest as it runs"};
    if (how.guest == GuestReading::Standing && values.count("every") > 0)
        return Error{ErrorCode::Usage, "--every: a guest that is stopped does not change; --qmp-running"};
    const ReportKind kind = kind_of(options);
    if (values.count("every") > 0) {
        const auto& text = values["every"].as<std::string>();
        const auto seconds = parse_number<double>(text);
        if (!seconds || !(*seconds >= 0.01 && *seconds <= 1e6))
            return Error{ErrorCode::Usage, fmt::format("--every {}: expected seconds, 0.01 or more, as 0.5", text)};
        how.every = std::chrono::milliseconds(std::llround(*seconds * 1000));
    }
    const auto refuse = [](const char* why) { return Error{ErrorCode::Usage, why}; };
    if (how.every && options.kernel != nullptr) return refuse("--every goes with reports of a recording");
    if (how.only_new && (!how.every || !goes_on(kind))) return refuse("--new goes with --every and -t or -r");
    if (!how.every) return how;
    if (options.common.reports.size() > 1) return refuse("--every goes with one report");
    if (options.files() > 0)
        return refuse(
            "--every goes with reports; -b, --excerpt and --trace-dat are made once (kstrax -b copies as long as it "
            "runs)");
    if (options.find.way == Way::Given || options.find.way == Way::Carve)
        return refuse("--every needs the recorder's own description of its rings: not with --ring or --carve");
    if (goes_on(kind) && (options.filter.last || options.filter.window))
        return refuse(
            "-l and -s count from the end, which a report that goes on does not have; --new leaves out what is there");
    if (goes_on(kind) && !options.common.sort.empty())
        return refuse("--sort: a report that goes on has no last row; --every goes with -i and -c");
    return how;
}

ExitStatus watch(std::string_view tool, Session& session, const DumpOptions& options, const WatchOptions& how,
                 Output& standard) {
    if (!session.live())
        return fail(tool, {ErrorCode::Usage, fmt::format("--every: {} does not change; is it a running machine's "
                                                         "memory (--live)?",
                                                         session.name())});
    const auto anchor = session.choose_anchor();
    if (!anchor) return fail(tool, anchor.error());
    const EndSignals signals;
    const auto report = goes_on(kind_of(options)) ? follow : repeat;
    return report(tool, session, options, how, **anchor, signals, standard);
}

}  // namespace kstrax
