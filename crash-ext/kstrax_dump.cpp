// SPDX-License-Identifier: GPL-2.0-or-later
// kstrax-dump as a command of crash(8), and its registration.
#include <fmt/core.h>
#include <sys/stat.h>

#include <cstring>
#include <optional>

#include "analyzer/base/parse_number.hpp"
#include "analyzer/command/actions/dump_command.hpp"
#include "crash-ext/crash_api.hpp"
#include "crash-ext/crash_source.hpp"
#include "crash-ext/crash_tasks.hpp"
#include "crash-ext/help.hpp"
#include "crash-ext/interrupt.hpp"

namespace po = boost::program_options;
using namespace kstrax;

namespace {

constexpr const char* kTool = "kstrax-dump";

/// Where crash wants a command's output. A reader that goes away (a pager that is
/// left) ends the command, and that is no error.
class CrashOutput final : public Output {
  public:
    explicit CrashOutput(CancelFlag& cancel) : file_(crash_api::output()), cancel_(cancel) {}

    Result<void> write(std::string_view bytes) override {
        if (status_ && std::fwrite(bytes.data(), 1, bytes.size(), file_) != bytes.size()) fail();
        return status_;
    }
    /// A pipe where crash pages or redirects.
    [[nodiscard]] int descriptor() const { return ::fileno(file_); }
    /// Until here a failure may be hidden in stdio's buffer.
    void flush() {
        if (status_ && std::fflush(file_) != 0) fail();
    }

  private:
    void fail() {
        if (errno == EPIPE) status_ = Error{ErrorCode::Cancelled, ""};
        else status_ = Error{ErrorCode::Io, std::string("cannot write: ") + std::strerror(errno)};
        cancel_ = true;
    }

    std::FILE* file_;
    CancelFlag& cancel_;
    Result<void> status_;
};

po::options_description all_options() {
    po::options_description options("Options");
    add_dump_options(options);
    return options;
}

/// -p alone means crash's current context.
Result<std::vector<std::string>> with_current_task(std::vector<std::string> arguments) {
    for (std::size_t i = 1; i < arguments.size(); ++i) {
        if (arguments[i] != "-p" && arguments[i] != "--pid") continue;
        if (i + 1 < arguments.size() && !arguments[i + 1].starts_with('-')) continue;
        const auto pid = crash_api::current_pid();
        if (!pid) return Error{ErrorCode::Usage, "-p: crash has no current context here; name a PID"};
        arguments.insert(arguments.begin() + static_cast<std::ptrdiff_t>(i) + 1, std::to_string(*pid));
    }
    return arguments;
}

/// A pid, or the address of a task_struct.
std::optional<Tid> parse_task(const std::string& text, const CrashTasks& tasks) {
    if (const auto pid = parse_pid(text)) return pid;
    const auto address = parse_hexadecimal(text);
    return address ? tasks.at(*address) : std::nullopt;
}

/// crash, for those who look for rings.
class CrashDebugger final : public Debugger {
  public:
    [[nodiscard]] std::optional<VirtAddr> symbol(const std::string& name) const override {
        const auto address = crash_api::symbol(name.c_str());
        return address ? std::optional(VirtAddr{*address}) : std::nullopt;
    }
    [[nodiscard]] std::optional<std::uint64_t> word_at(const std::string& symbol) const override {
        return crash_api::word_at_symbol(symbol.c_str());
    }
    [[nodiscard]] std::optional<Range> module_memory(const std::string& name) const override {
        const auto memory = crash_api::module_memory(name.c_str());
        return memory ? std::optional(Range{{memory->start}, memory->size}) : std::nullopt;
    }
    [[nodiscard]] std::optional<PhysAddr> physical(VirtAddr at) const override {
        const auto address = crash_api::physical_address(at.value);
        return address ? std::optional(PhysAddr{*address}) : std::nullopt;
    }
    [[nodiscard]] bool read(VirtAddr at, MutableBytes out) const override {
        return crash_api::read_virtual(at.value, out.data(), out.size());
    }
    [[nodiscard]] std::size_t word_size() const override { return crash_api::kWordSize; }
};

std::optional<FileIdentity> identity_of_dump(const std::string& path) {
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0) return std::nullopt;
    return FileIdentity{info.st_dev, info.st_ino};
}

ExitStatus run(const Interrupt& interrupt, CrashOutput& output) {
    const po::options_description description = all_options();
    const auto arguments = with_current_task(crash_api::arguments());
    if (!arguments) return fail(kTool, arguments.error());
    std::vector<char*> words;
    for (const std::string& word : *arguments) words.push_back(const_cast<char*>(word.c_str()));
    const auto values = parse_options(static_cast<int>(words.size()), words.data(), description);
    if (!values) return fail(kTool, values.error());
    const CrashSource source(interrupt.flag());
    const CrashTasks tasks(source.memory_size());
    const auto options = dump_options(*values, [&](const std::string& text) { return parse_task(text, tasks); });
    if (!options) return fail(kTool, options.error());
    if (options->common.help) return kUsage;
    // Beside a report, it asks for more of that.
    if (options->common.version && options->common.reports.empty() && options->kernel == nullptr) {
        (void)output.write(fmt::format("{} {}\n", kTool, KSTRAX_VERSION));
        return kDone;
    }
    if (!options->common.sources.empty())
        return fail(kTool, {ErrorCode::Usage,
                            "crash has the dump open; '" + options->common.sources[0] + "' is one word too many"});

    const CrashDebugger crash;
    const std::string name = crash_api::source_name();
    const auto session = Session::attach({.debugger = crash,
                                          .memory = source,
                                          .name = name,
                                          .file = identity_of_dump(name),
                                          .tasks = crash_api::has_tasks() ? &tasks : nullptr,
                                          .cancel = &interrupt.flag(),
                                          .find = options->find,
                                          .tell = [](const std::string& note) { complain(kTool, "note", note); }});
    if (!session) return fail(kTool, session.error());
    return dump(kTool, **session, *options, output, output.descriptor());
}

/// Everything that has a destructor lives and ends in here.
ExitStatus run_to_end() {
    return static_cast<ExitStatus>(run_command(kTool, [] {
        const Interrupt interrupt;
        CrashOutput output(interrupt.flag());
        const ExitStatus status = run(interrupt, output);
        output.flush();
        return status;
    }));
}

void command() {
    if (run_to_end() == kUsage) crash_api::end_with_usage();
}

__attribute__((constructor)) void load() {
    (void)run_command(kTool, [] {
        const auto [built_for, running] = crash_api::versions();
        if (built_for != running)
            return fail(kTool,
                        {ErrorCode::Unsupported,
                         fmt::format("this extension was built for crash {}, and this is crash {}: build it anew where "
                                     "crash {} is installed (make crash-ext), or run kstrax-dump itself on the dump",
                                     built_for, running, running)});
        crash_api::register_command(kTool, command, help_page(all_options()));
        return kDone;
    });
}

}  // namespace
