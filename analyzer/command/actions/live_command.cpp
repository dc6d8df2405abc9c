// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/command/actions/live_command.hpp"

#include <fmt/core.h>
#include <sys/stat.h>

#include <array>
#include <chrono>
#include <cmath>
#include <ctime>

#include "analyzer/base/parse_number.hpp"
#include "analyzer/command/support/end_signals.hpp"
#include "analyzer/importers/kstrax_files/buffer_files.hpp"
#include "analyzer/importers/kstrax_files/buffer_name.hpp"
#include "analyzer/importers/kstrax_live/recorder.hpp"
#include "analyzer/importers/kstrax_live/snapshot.hpp"
#include "analyzer/recording/call_set.hpp"

namespace po = boost::program_options;

namespace kstrax {

namespace {

using std::chrono::milliseconds;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kBufferEntries = 16384;
constexpr std::uint64_t kMostBufferEntries = 0xffffffff;  // a chunk counts in 32 bits

struct LiveOptions {
    bool copy = false;
    bool snapshot = false;
    bool keep = false;
    bool state = false;
    std::optional<std::uint64_t> buffer_entries;
    std::optional<milliseconds> limit;
    std::optional<std::int32_t> pid;
    std::vector<std::string> types;
};

Error bad_value(const char* option, const std::string& value, const char* expected) {
    return {ErrorCode::Usage, fmt::format("{} {}: expected {}", option, value, expected)};
}

Result<LiveOptions> live_options(const po::variables_map& values) {
    LiveOptions options;
    options.snapshot = values["snapshot"].as<bool>();
    options.copy = values["buffer-files"].as<bool>() || options.snapshot;
    options.keep = values["keep"].as<bool>();
    options.state = values["state"].as<bool>();
    if (values.count("size") > 0) {
        const auto& text = values["size"].as<std::string>();
        options.buffer_entries = parse_number<std::uint64_t>(text);
        if (!options.buffer_entries || *options.buffer_entries == 0 || *options.buffer_entries > kMostBufferEntries)
            return bad_value("-s", text, "a number of entries, 1 to 4294967295");
    }
    if (values.count("for") > 0) {
        const auto& text = values["for"].as<std::string>();
        const auto seconds = parse_number<double>(text);
        if (!seconds || !(*seconds > 0) || *seconds > 1e9) return bad_value("-T", text, "a number of seconds above 0");
        options.limit = milliseconds(std::llround(*seconds * 1000));
    }
    if (values.count("pid") > 0) {
        const auto& texts = values["pid"].as<std::vector<std::string>>();
        const std::string& text = texts.back();
        if (texts.size() > 1) return bad_value("-p", text, "one process; all that is recorded is of one, or of all");
        options.pid = parse_number<std::int32_t>(text);
        if (!options.pid || (*options.pid <= 0 && *options.pid != -1))
            return bad_value("-p", text, "a process, or -1 for all");
    }
    if (values.count("call") > 0) options.types = values["call"].as<std::vector<std::string>>();
    // Beside -R, -k and -T ask for what a snapshot is anyhow: it clears nothing, and ends at once.
    if (!options.copy && (options.keep || options.buffer_entries || options.limit))
        return Error{ErrorCode::Usage, "-s, -k and -T go with -b or -R (-h for help)"};
    return options;
}

Result<void> change_filter(std::string_view tool, LiveDevice& device, const LiveOptions& options) {
    if (auto locked = device.lock_filter(); !locked) return locked;
    const RecordedOnly now = device.recorded();
    std::optional<Tid> process = now.process();
    CallSet calls = now.call_set();
    for (const std::string& type : options.types)
        if (auto toggled = calls.toggle(type); !toggled) return toggled;
    if (options.pid) {
        process = *options.pid > 0 ? std::optional(static_cast<Tid>(*options.pid)) : std::nullopt;
        struct stat info {};
        if (*options.pid > 0 && ::stat(fmt::format("/proc/{}", *options.pid).c_str(), &info) != 0)
            complain(tool, "warning", fmt::format("there is no process {} now", *options.pid));
    }
    return device.record_only({process, calls});
}

void print_state(const LiveDevice& device) {
    const RecordedOnly only = device.recorded();
    fmt::print("kernel buf entry: {}\ntracing pid     : {}\ntracing syscall : {}\n",
               std::uint64_t{device.facts().entries_per_cpu}, only.process() ? std::to_string(*only.process()) : "-1",
               only.call_set().describe());
}

ExitStatus write_snapshot(std::string_view tool, LiveDevice& device, const std::string& name,
                          std::uint64_t buffer_entries) {
    const auto recording = take_snapshot(device, buffer_entries);
    if (!recording) return fail(tool, recording.error());
    const auto paths = write_buffer_files(*recording, name, {});
    if (!paths) return fail(tool, paths.error());
    complain(tool, "note", fmt::format("wrote {} to {}", paths->front(), paths->back()));
    return kDone;
}

ExitStatus tell_account(std::string_view tool, const std::string& name, const CopyAccount& account) {
    CpuAccount sum;
    for (const CpuAccount& cpu : account.cpus) {
        fmt::print("cpu {}: written {} before {} copied {} overwritten {} not-written {}{}{}\n", cpu.cpu, cpu.written,
                   cpu.start, cpu.copied, cpu.overwritten, cpu.not_written,
                   cpu.not_kept > 0 ? fmt::format(" not-kept {}", cpu.not_kept) : "",
                   cpu.names_cut > 0 ? fmt::format(" names-cut {}", cpu.names_cut) : "");
        sum.copied += cpu.copied;
        sum.overwritten += cpu.overwritten;
        sum.not_written += cpu.not_written;
        sum.not_kept += cpu.not_kept;
        if (cpu.not_kept > 0)
            complain(tool, "warning",
                     fmt::format("CPU {}: there was no memory for its ring when it came: its {} records "
                                 "were counted, not kept",
                                 cpu.cpu, cpu.not_kept));
    }
    complain(tool, "note", fmt::format("wrote {} entries to {}_CPU", sum.copied, name));
    if (sum.overwritten > 0)
        complain(tool, "warning",
                 fmt::format("{} entries were overwritten before they were copied: larger rings "
                             "(kstrax-rec start ENTRIES) hold longer",
                             sum.overwritten));
    if (account.trouble) {
        if (sum.not_written > 0)
            complain(tool, "warning",
                     fmt::format("{} entries are not in the files: unless -k was given, the next "
                                 "kstrax -b begins with them",
                                 sum.not_written));
        return fail(tool, *account.trouble);
    }
    return sum.overwritten + sum.not_kept > 0 ? kIncomplete : kDone;
}

ExitStatus copy(std::string_view tool, LiveDevice& device, const LiveOptions& options, const std::string& name) {
    const EndSignals signals;  // a copy ends no sooner than its files are whole
    const std::uint64_t buffer_entries = options.buffer_entries.value_or(kBufferEntries);
    if (options.snapshot) return write_snapshot(tool, device, name, buffer_entries);
    if (!options.keep)
        if (const auto consuming = device.consume(); !consuming) return fail(tool, consuming.error());

    const auto end = options.limit ? std::optional(Clock::now() + *options.limit) : std::nullopt;
    const auto wait = [&](milliseconds time) {
        if (end) {
            const auto left = std::chrono::ceil<milliseconds>(*end - Clock::now());
            if (left <= milliseconds{0}) return true;
            time = std::min(time, left);
        }
        return signals.wait(time);
    };
    const auto account =
        copy_rings(device, {.name = name, .buffer_entries = buffer_entries, .keep = options.keep, .wait = wait});
    if (!account) return fail(tool, account.error());
    return tell_account(tool, name, *account);
}

/// What -e and -p are without a report.
constexpr std::array kOtherMeanings{
    OtherMeaning{
        "call",
        "record this type of calls: FILE, NETWORK, IPC, PROCESS, SIGNAL, ALL, or one call by name; again: stop"},
    OtherMeaning{"pid", "record this process only; -1: all"},
};

}  // namespace

void add_live_options(po::options_description& description) {
    const auto value = [](const char* name) { return po::value<std::string>()->value_name(name); };
    description.add_options()("buffer-files,b", po::bool_switch(),
                              "copy the kernel's rings to files NAME_CPU (-o NAME; default "
                              "DATETIME_HOSTNAME, now in UTC) until Ctrl-C")(
        "size,s", value("SIZE"), "with -b or -R: copy SIZE records at a time (default 16384)")(
        "keep,k", po::bool_switch(), "with -b: do not clear the rings")("for,T", value("SEC"),
                                                                        "with -b: end after SEC seconds")(
        "snapshot,R", po::bool_switch(),
        "write the present content of the rings to files as -b does, and end; nothing is cleared")(
        "own-calls", po::bool_switch(), "with -b or -R: record this command's own calls, too")(
        "state,S", po::bool_switch(), "print the state of the recorder: slots, process, types of calls");
    add_filter_options(description, Program::Files, kOtherMeanings);
}

bool wants_live(const po::variables_map& values, bool report) {
    for (const char* name : {"buffer-files", "keep", "snapshot", "own-calls", "state"})
        if (values[name].as<bool>()) return true;
    for (const char* name : {"size", "for"})
        if (values.count(name) > 0) return true;
    if (report) return false;  // of which -e and -p are filters
    for (const OtherMeaning& other : kOtherMeanings)
        if (values.count(std::string(other.option)) > 0) return true;
    return false;
}

ExitStatus run_live(std::string_view tool, const po::variables_map& values, const CommonOptions& common) {
    const auto options = live_options(values);
    if (!options) return fail(tool, options.error());
    if (!common.reports.empty() || !common.sources.empty())
        return fail(tool,
                    {ErrorCode::Usage, "the running machine and a report from files are two commands (-h for help)"});
    if (common.output && !options->copy)
        return fail(tool, {ErrorCode::Usage, "-o names what -b writes, or a report (-h for help)"});
    if (const auto filter = given_filter(values, kOtherMeanings))
        return fail(
            tool, {ErrorCode::Usage, fmt::format("--{} goes with a report: -t, -r, -c or -i (-h for help)", *filter)});
    auto device = LiveDevice::open();
    if (!device) return fail(tool, device.error());
    if (options->copy && !values["own-calls"].as<bool>())
        if (const auto out = (*device)->leave_us_out(); !out) return fail(tool, out.error());
    if (options->pid || !options->types.empty())
        if (const auto changed = change_filter(tool, **device, *options); !changed) return fail(tool, changed.error());
    if (options->state) print_state(**device);
    if (!options->copy) return kDone;
    const std::string name =
        default_buffer_name((*device)->host_name(), std::int64_t{std::time(nullptr)} * 1'000'000'000);
    return copy(tool, **device, *options, common.output.value_or(name));
}

}  // namespace kstrax
