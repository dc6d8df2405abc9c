// SPDX-License-Identifier: GPL-2.0-or-later
// What chosen tasks hold: their folders, their program, and a row for each descriptor.
#include <fcntl.h>
#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "analyzer/kernel/files/open_files.hpp"
#include "analyzer/kernel/files/task_places.hpp"
#include "analyzer/kernel/files/user_memory.hpp"
#include "analyzer/query/asked_table.hpp"
#include "analyzer/sinks/escape.hpp"
#include "analyzer/sinks/row_writer.hpp"
#include "analyzer/views/kernel/files_of_tasks.hpp"
#include "analyzer/views/kernel/task_values.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kLongestCommand = 4096;  // bytes of a command line

struct Row {
    const KernelTask& task;
    std::string_view what;                  // "cwd", "root", "exe" or "fd"
    const Descriptor* descriptor;           // null: none
    const PathText& path;                   // as the machine's first process has it
    const std::optional<PathText>& inside;  // as the task itself has it, where that is another

    [[nodiscard]] const KernelFile* file() const { return descriptor != nullptr ? descriptor->file.get() : nullptr; }
    [[nodiscard]] const SocketEnds* socket() const {
        return file() != nullptr && file()->socket ? &*file()->socket : nullptr;
    }
    [[nodiscard]] const PipeState* pipe() const { return file() != nullptr && file()->pipe ? &*file()->pipe : nullptr; }
};

Value text_or_absent(std::string_view text) { return text.empty() ? Value(Absent{}) : Value(Untrusted{text}); }
Value name_or_absent(std::string_view text) { return text.empty() ? Value(Absent{}) : Value(Name{text}); }

constexpr std::array kColumns{
    Column<Row>{"pid", [](const Row& r) -> Value { return std::uint64_t{r.task.pid}; }},
    Column<Row>{"command", [](const Row& r) { return command_value(r.task); }},
    Column<Row>{"holds", [](const Row& r) -> Value { return Name{r.what}; }, FieldKind::Word,
                "what leads to the file: fd, or cwd, root or exe"},
    Column<Row>{"fd",
                [](const Row& r) -> Value {
                    return r.descriptor != nullptr ? Value(std::uint64_t{r.descriptor->number}) : Absent{};
                },
                FieldKind::Number, "the descriptor"},
    Column<Row>{"kind",
                [](const Row& r) -> Value {
                    return r.file() != nullptr ? Value(Name{file_kind_name(r.file()->kind)}) : Absent{};
                },
                FieldKind::Word,
                "file, folder, link, char, block, fifo, pipe, socket, anon, namespace, memory or mqueue"},
    Column<Row>{"open_flags",
                [](const Row& r) -> Value { return r.descriptor != nullptr ? Value(r.descriptor->flags()) : Absent{}; },
                FieldKind::Number, "O_ flags as /proc/PID/fdinfo has them, O_CLOEXEC included"},
    Column<Row>{"position",
                [](const Row& r) -> Value { return r.file() != nullptr ? Value(r.file()->position) : Absent{}; },
                FieldKind::Number, "bytes from the file's begin"},
    Column<Row>{"path_end",
                [](const Row& r) -> Value {
                    return r.path.end == PathEnd::Broken ? Value(Name{"broken"}) : Value(Name{"whole"});
                },
                FieldKind::Word, "broken: a part of the path is not in the dump, or makes no sense"},
    Column<Row>{"file_path", [](const Row& r) { return text_or_absent(r.path.text); }, FieldKind::Text,
                "the file as /proc/PID/fd shows it to the machine's first process"},
    Column<Row>{"own_path", [](const Row& r) { return r.inside ? text_or_absent(r.inside->text) : Value(Absent{}); },
                FieldKind::Text, "its path within the task's own root, where that is another"},
    Column<Row>{"inode",
                [](const Row& r) -> Value {
                    const bool known =
                        r.file() != nullptr && (r.file()->inode_number != 0 || r.file()->kind != FileKind::Unknown);
                    return known ? Value(r.file()->inode_number) : Absent{};
                },
                FieldKind::Number, "the number of the file's inode"},
    Column<Row>{"protocol",
                [](const Row& r) { return r.socket() != nullptr ? name_or_absent(r.socket()->protocol) : Absent{}; },
                FieldKind::Word, "of a socket: tcp, tcp6, udp, unix, netlink and so on"},
    Column<Row>{
        "socket_state",
        [](const Row& r) { return r.socket() != nullptr ? name_or_absent(r.socket()->state) : Value(Absent{}); },
        FieldKind::Word, "of a socket: LISTEN, ESTABLISHED and so on"},
    Column<Row>{"local",
                [](const Row& r) { return r.socket() != nullptr ? text_or_absent(r.socket()->local) : Absent{}; },
                FieldKind::Text, "of a socket: its own end"},
    Column<Row>{"peer",
                [](const Row& r) { return r.socket() != nullptr ? text_or_absent(r.socket()->peer) : Absent{}; },
                FieldKind::Text, "of a socket: its other end"},
    Column<Row>{"peer_inode",
                [](const Row& r) -> Value {
                    return r.socket() != nullptr && r.socket()->peer_inode != 0 ? Value(r.socket()->peer_inode)
                                                                                : Absent{};
                },
                FieldKind::Number, "of a unix socket: the inode of its other end"},
    Column<Row>{"readers",
                [](const Row& r) -> Value { return r.pipe() != nullptr ? Value(r.pipe()->readers) : Absent{}; },
                FieldKind::Number, "of a pipe: how many open descriptions read it"},
    Column<Row>{"writers",
                [](const Row& r) -> Value { return r.pipe() != nullptr ? Value(r.pipe()->writers) : Absent{}; },
                FieldKind::Number, "of a pipe: how many open descriptions write it"},
};

std::string_view access_of(std::uint64_t flags) {
    constexpr std::array<std::string_view, 4> kAccess{"r", "w", "rw", "-"};
    constexpr std::uint64_t kPathOnly = 010000000;  // O_PATH
    return kAccess[(flags & kPathOnly) != 0 ? kAccess.size() - 1 : flags & O_ACCMODE];
}

void append_socket(TextBuffer& out, const SocketEnds& ends) {
    fmt::format_to(std::back_inserter(out), "  {}", ends.protocol.empty() ? "?" : ends.protocol);
    if (!ends.local.empty()) {
        out.push_back(' ');
        append_c_escaped(out, ends.local);
    }
    if (!ends.peer.empty() || ends.peer_inode != 0) {
        append(out, " -> ");
        append_c_escaped(out, ends.peer);
        if (ends.peer_inode != 0)
            fmt::format_to(std::back_inserter(out), "{}socket:[{}]", ends.peer.empty() ? "" : " ", ends.peer_inode);
    }
    if (!ends.state.empty()) fmt::format_to(std::back_inserter(out), " {}", ends.state);
}

/// By the names that people use.
constexpr std::array kMore{
    Column<Row>{"comm", [](const Row& r) { return command_value(r.task); }, FieldKind::Text, "as command"},
    Column<Row>{"tgid", [](const Row& r) { return tgid_value(r.task); }},
    Column<Row>{"state", [](const Row& r) { return state_value(r.task); }, FieldKind::Text,
                "the task's state, as ps and crash name it"},
    Column<Row>{
        "cpu",
        [](const Row& r) -> Value { return r.task.running_on ? Value(std::uint64_t{*r.task.running_on}) : Absent{}; },
        FieldKind::Number, "the CPU that ran it at the end"},
    Column<Row>{"path", [](const Row& r) { return text_or_absent(r.path.text); }, FieldKind::Text, "as file_path"},
};
const auto kFields = asked_table<Row, kColumns, kMore>();

void append_row(TextBuffer& out, const Row& row) {
    const auto to = std::back_inserter(out);
    if (row.descriptor == nullptr) fmt::format_to(to, "  {:>5} {:<2}  {:<9}  ", row.what, "", "");
    else
        fmt::format_to(to, "  {:>5} {:<2}  {:<9}  ", row.descriptor->number, access_of(row.descriptor->flags()),
                       file_kind_name(row.file()->kind));
    append_c_escaped(out, row.path.text);
    if (row.path.end == PathEnd::Broken) append(out, " (the rest is not known)");
    if (row.socket() != nullptr) append_socket(out, *row.socket());
    if (const PipeState* pipe = row.pipe())
        fmt::format_to(to, "  readers {}, writers {}, {} of {} buffers filled", pipe->readers, pipe->writers,
                       pipe->filled, pipe->buffers);
    if (row.file() != nullptr && row.file()->position != 0) fmt::format_to(to, "  at {}", row.file()->position);
    if (!row.inside) return;
    if (row.inside->end == PathEnd::Root) {
        append(out, "  in its root: ");
        append_c_escaped(out, row.inside->text);
    } else {
        append(out, "  outside its root");
    }
}

constexpr RowForm<Row> kForm{kColumns, "", append_row};

}  // namespace

class FilesOfTasks::Reader {
  public:
    Reader(const KernelContext& context, const FindMember& member, OpenFiles files, std::uint64_t first,
           SinkOutput& output, std::string_view heading)
        : files_(std::move(files)),
          places_(context.kernel.reader(), member),
          groups_(context.kernel.reader(), member),
          filter_(kFields, context.conditions),
          writer_(kForm, output),
          output_(output),
          heading_(heading) {
        auto user = UserMemory::open(context.kernel.source(), context.kernel.space(), member, first);
        if (user) user_.emplace(std::move(*user));
        else no_user_ = user.error().message;
    }

    std::optional<Tid> put(const KernelTask& task) {
        const std::uint64_t at = task.address.value;
        // Threads share what their process holds, as a rule.
        const auto [shown, added] = shown_.try_emplace(std::pair(task.tgid, files_.holder(at)), task.pid);
        if (!added) return shown->second;
        headed_ = false;
        const PathPlace root = places_.root(at);
        put_place(task, "cwd", places_.working_folder(at), root);
        put_place(task, "root", root, root);
        put_place(task, "exe", places_.program(at), root);
        for (const Descriptor& one : files_.of(at)) {
            descriptors_ +=
                put({task, "fd", &one, one.file->path, inside(one.file->place, one.file->path, root)}) ? 1 : 0;
        }
        if (!headed_ && filter_.left_out() == 0) begin(task);
        return std::nullopt;
    }

    [[nodiscard]] KernelBody body() const {
        KernelBody body;
        body.rows = rows_;
        body.left_out = filter_.left_out();
        body.summary = fmt::format("{} descriptors of {} tasks", descriptors_, tasks_);
        if (!no_user_.empty()) body.findings.add(FindingId::TaskListDamaged, "no command lines of tasks: " + no_user_);
        const FileTroubles& troubles = files_.troubles();
        if (troubles.any())
            body.findings.add(FindingId::TaskListDamaged,
                              fmt::format("of the tasks' files, {} descriptors or whole tables of them, {} paths and "
                                          "{} sockets cannot be read: "
                                          "they are left out, or said to be broken",
                                          troubles.descriptors, troubles.paths, troubles.sockets),
                              troubles.descriptors + troubles.paths + troubles.sockets);
        return body;
    }

  private:
    bool put(const Row& row) {
        if (!filter_.wants(row)) return false;
        if (!headed_) begin(row.task);
        writer_.put(row);
        ++rows_;
        return true;
    }

    void begin(const KernelTask& task) {
        headed_ = true;
        ++tasks_;
        if (output_.takes_lines()) append_task(task);
    }

    /// As the task sees it, where it has a root of its own.
    [[nodiscard]] std::optional<PathText> inside(PathPlace place, const PathText& path, PathPlace root) {
        if (root == files_.root() || root.dentry == 0 || path.end == PathEnd::Named) return std::nullopt;
        PathText own = files_.paths().text(place, root);
        if (own.end == PathEnd::Root && own.text == path.text) return std::nullopt;
        return own;
    }

    void put_place(const KernelTask& task, std::string_view what, PathPlace place, PathPlace root) {
        if (place.dentry == 0) return;
        const PathText path = files_.paths().text(place, files_.root());
        const auto own = what == "root" ? std::nullopt : inside(place, path, root);
        (void)put({task, what, nullptr, path, own});
    }

    void append_task(const KernelTask& task) {
        TextBuffer& out = output_.lines();
        fmt::format_to(std::back_inserter(out), "{}{} ", heading_, task.pid);
        append_c_escaped(out, task.command);
        if (const auto group = groups_.of(task.address.value)) {
            append(out, "  group ");
            append_c_escaped(out, *group);
        }
        out.push_back('\n');
        auto line = user_ ? user_->command_line(task.address.value, kLongestCommand) : std::nullopt;
        if (!line) return;
        append(out, "  command line: ");
        while (!line->text.empty() && line->text.back() == '\0') line->text.pop_back();
        std::ranges::replace(line->text, '\0', ' ');
        append_c_escaped(out, line->text);
        if (!line->whole) append(out, line->missing ? " (the rest is not in the dump)" : " ...");
        out.push_back('\n');
    }

    OpenFiles files_;
    TaskPlaces places_;
    ControlGroups groups_;
    std::optional<UserMemory> user_;
    std::string no_user_;  // why; empty: it is there
    RowFilter<Row> filter_;
    RowWriter<Row> writer_;
    SinkOutput& output_;
    std::string_view heading_;
    bool headed_ = false;                                 // the present task has its line
    std::map<std::pair<Tid, std::uint64_t>, Tid> shown_;  // for which task
    std::uint64_t rows_ = 0, tasks_ = 0, descriptors_ = 0;
};

FilesOfTasks::FilesOfTasks(std::unique_ptr<Reader> reader) : reader_(std::move(reader)) {}
FilesOfTasks::FilesOfTasks(FilesOfTasks&&) noexcept = default;
FilesOfTasks::~FilesOfTasks() = default;

Result<FilesOfTasks> FilesOfTasks::open(const KernelContext& context, const FindMember& member,
                                        std::span<const KernelTask> tasks, SinkOutput& output,
                                        std::string_view heading) {
    const auto init = std::ranges::find(tasks, 1U, &KernelTask::pid);
    const std::uint64_t first = init == tasks.end() ? 0 : init->address.value;
    auto files = OpenFiles::open(context.kernel.reader(), member, first);
    if (!files) return files.error();
    return FilesOfTasks(std::make_unique<Reader>(context, member, std::move(*files), first, output, heading));
}

std::optional<Tid> FilesOfTasks::put(const KernelTask& task) { return reader_->put(task); }
KernelBody FilesOfTasks::body() const { return reader_->body(); }

std::vector<ColumnInfo> files_columns() { return infos_of(kColumns); }

std::span<const FieldInfo> files_fields() { return kFields.infos; }

Result<KernelBody> files_report(const KernelContext& context, SinkOutput& output) {
    DumpedKernel& kernel = context.kernel;
    if (kernel.symbols() == nullptr) return kernel.symbols_error();
    if (kernel.types() == nullptr) return kernel.types_error().in("files of tasks need the kernel's types");
    const auto member = kernel.member();
    if (!member) return member.error();
    const auto list = read_tasks(kernel.reader(), *member, kernel.find(), kernel.memory_size());
    if (!list) return list.error();
    if (const auto there = context.choice.check(list->tasks); !there) return there.error();
    auto report = FilesOfTasks::open(context, *member, list->tasks, output);
    if (!report) return report.error();
    for (const KernelTask& task : list->tasks) {
        if (cancelled(context.cancel)) break;
        if (context.choice.holds(task)) (void)report->put(task);
    }
    KernelBody body = report->body();
    body.findings.append(list->findings);
    return body;
}

}  // namespace kstrax
