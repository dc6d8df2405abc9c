// SPDX-License-Identifier: GPL-2.0-or-later
// How a session opens files. Apart from the rest: a debugger has its memory open, and loads none of this.
#include <fmt/core.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <utility>

#include "analyzer/importers/kstrax_live/live_device.hpp"
#include "analyzer/memory/kdumpfile/kdumpfile.hpp"
#include "analyzer/memory/open/open_memory.hpp"
#include "analyzer/memory/qmp/open_guest.hpp"
#include "analyzer/memory/read_ahead.hpp"
#include "analyzer/memory/running_memory.hpp"
#include "analyzer/session/importers.hpp"
#include "analyzer/session/session.hpp"

namespace kstrax {

namespace {

/// For what a machine writes to; a dump stays as it is.
Result<void> take_as_running(OpenedMemory& opened) {
    if (opened.memory->live()) return {};
    if (opened.memory->kind() != MemoryKind::RawImage)
        return Error{ErrorCode::Usage,
                     fmt::format("--live: {} is {}, which does not change; name a raw image that a machine "
                                 "has as its memory, /proc/kcore or /dev/mem",
                                 opened.name, opened.memory->format())};
    opened.memory = std::make_unique<RunningMemory>(std::move(opened.memory));
    return {};
}

/// The guest at a QMP socket; the file behind that name ends what goes on.
Result<OpenedMemory> open_guest(const SessionRequest& request, std::unique_ptr<RunningGuest>& keeper) {
    const std::string& socket = request.names.front();
    if (request.names.size() > 1)
        return Error{ErrorCode::Usage, request.names[1] + ": is one too many: --qmp names the only source"};
    struct stat info {};
    if (::stat(socket.c_str(), &info) != 0)
        return Error{ErrorCode::Io, fmt::format("{}: cannot open: {}", socket, std::strerror(errno))};
    auto guest = Guest::open(socket, {.reading = request.guest, .tell = request.tell});
    if (!guest) return guest.error();
    OpenedMemory opened{socket, (*guest)->take_memory(), (*guest)->files()};
    opened.files.push_back({info.st_dev, info.st_ino});
    keeper = std::move(*guest);
    return opened;
}

/// Each call that reads the kernel's memory would be recorded, over an older record. A file that is
/// another machine's memory is read without a trace.
std::string leave_us_out() {
    auto device = LiveDevice::open();
    if (!device) return "recorded: " + device.error().message;
    const auto out = (*device)->leave_us_out();
    return out ? "not recorded" : "recorded: " + out.error().message;
}

/// How an option of FindOptions was given; empty: none was.
std::string_view first_option(const FindOptions& find) {
    if (find.rings.any()) return "--ring";
    if (find.way) return "--find";
    return find.instance ? "--instance" : "";
}

/// Adds how long it lives.
class Stopwatch {
  public:
    explicit Stopwatch(double& milliseconds) : milliseconds_(milliseconds) {}
    Stopwatch(const Stopwatch&) = delete;
    Stopwatch& operator=(const Stopwatch&) = delete;
    ~Stopwatch() {
        const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - started_;
        milliseconds_ += taken.count();
    }

  private:
    double& milliseconds_;
    std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
};

}  // namespace

Result<std::unique_ptr<Session>> Session::open(SessionRequest request) {
    auto session = open_files(std::move(request));
    if (!session) return session;
    if (const auto read = (*session)->read(); !read) return read.error();
    return session;
}

Result<std::unique_ptr<Session>> Session::open_files(SessionRequest request) {
    std::unique_ptr<Session> session(new Session);
    session->tell_ = request.tell;
    session->verbose_ = request.verbose;
    const std::string& first = request.names.front();
    session->input_.names = request.names;
    session->input_.files_first = request.buffer_files_first;
    const bool guest = request.guest != GuestReading::None;
    if (const Importer* importer = guest ? nullptr : importer_of_files(session->input_)) {
        session->importer_ = importer;
        std::string_view option = first_option(request.find);
        if (option == "--instance" && importer->has_instances) option = "";
        if (request.running) option = "--live";
        if (!option.empty())
            return Error{ErrorCode::Usage,
                         fmt::format("{}: is for a memory image; {} names {}", option, first, importer->format)};
        session->find_ = std::move(request.find);
        session->input_.find = &session->find_;
        if (const auto found = session->find_in_files(); !found) return found.error();
        return session;
    }
    if (request.find.way == Way::Symbol)
        return Error{ErrorCode::Usage,
                     "--find=symbol: only crash knows the symbols of modules; --find=module does without"};
    session->request_ = std::move(request);
    session->name_ = fmt::format("{}", fmt::join(session->request_.names, " "));
    if (const auto opened = session->open_memory_files(); !opened) return opened.error();
    return session;
}

Result<void> Session::open_memory_files() {
    const Stopwatch watch(open_milliseconds_);
    if (request_.guest != GuestReading::None) return take_memory(open_guest(request_, guest_));
    auto files = examine_all(request_.names);
    if (!files && files.error().code == ErrorCode::NotFound && request_.names.size() == 1)
        return Error{ErrorCode::NotFound,
                     fmt::format("{0}; and there are no buffer files {1}_0, {1}_1, …, as kstrax -b "
                                 "makes them",
                                 files.error().message, request_.names.front())};
    if (!files) return files.error();
    inputs_ = std::move(*files);
    for (const InputFile& file : inputs_)
        if (file.mapping && is_for_kdumpfile(**file.mapping)) starts_readers_ = true;
    if (starts_readers_) prepare_kdumpfile();
    // What the kernel makes up as it is read is told by other files of its own.
    if (std::ranges::none_of(inputs_, [](const InputFile& file) { return file.mapping.ok(); }))
        return open_memory_of_files();
    return {};
}

Result<void> Session::open_memory_of_files() {
    auto opened = take_memory(open_memory(std::span<const InputFile>(std::exchange(inputs_, {}))));
    if (!opened) return opened;
    if (memory_->kind() != MemoryKind::RunningSelf) return {};
    own_calls_ = leave_us_out();
    ahead_ = std::make_unique<ReadAhead>(*memory_);
    return {};
}

Result<void> Session::take_memory(Result<OpenedMemory> opened) {
    if (!opened) return opened.error();
    if (request_.running)
        if (const auto running = take_as_running(*opened); !running) return running.error();
    name_ = opened->name;
    files_ = std::move(opened->files);
    owned_ = std::move(opened->memory);
    memory_ = owned_.get();
    return {};
}

Result<void> Session::read() {
    if (importer_ != nullptr) return {};
    if (memory_ == nullptr) {
        const Stopwatch watch(open_milliseconds_);
        if (const auto opened = open_memory_of_files(); !opened) return opened;
    }
    find_ = std::move(request_.find);
    return find_in_memory();
}

Result<void> Session::find_in_files() {
    auto found = importer_->find(input_);
    if (!found) return found.error();
    import_ = std::move(*found);
    name_ = input_.names.front();
    if (const std::string all = import_->name(); !all.empty() && all != name_) {
        tell(fmt::format("{} is the file of one CPU: read with the others of {}", name_, all));
        name_ = all;
    }
    files_.assign(import_->files().begin(), import_->files().end());
    return {};
}

}  // namespace kstrax
