// SPDX-License-Identifier: GPL-2.0-or-later
// Source: fs/file.c, fs/proc/fd.c of Linux 5.10 to 7.0.
#include "analyzer/kernel/files/open_files.hpp"

#include <sys/stat.h>

#include <array>
#include <bit>

#include "analyzer/kernel/files/task_places.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kMostOfTask = 1U << 20;  // NR_OPEN's default; a process that has more loses the rest
constexpr std::uint64_t kMostOfAll = 1U << 23;   // hostile tables of all tasks, each of the largest size
constexpr std::size_t kMostKnown = 1U << 17;     // that are remembered
constexpr std::size_t kGroup = 64;               // descriptors in a word of their bitmap
constexpr std::size_t kWordsAtOnce = 64;
constexpr std::uint64_t kCloseOnExec = 02000000;  // O_CLOEXEC

enum TaskMember : std::size_t { kFiles };
enum FilesMember : std::size_t { kTable };
enum TableMember : std::size_t { kMost, kFilePointers, kOpen, kClosing };
enum FileMember : std::size_t { kMount, kDentry, kInode, kFlags, kPosition, kPrivate };
enum InodeMember : std::size_t { kMode, kNumber, kDevice, kSuper, kPipe };
enum PipeMember : std::size_t { kReaders, kWriters, kHead, kTail, kBuffers };

constexpr std::array<std::string_view, 13> kKindNames{
    "?", "file", "folder", "link", "char", "block", "fifo", "pipe", "socket", "anon", "namespace", "memory", "mqueue"};

struct ModeRow {
    std::uint64_t mode;
    FileKind kind;
};
constexpr std::array kModes{
    ModeRow{S_IFREG, FileKind::Regular},   ModeRow{S_IFDIR, FileKind::Directory}, ModeRow{S_IFLNK, FileKind::Link},
    ModeRow{S_IFCHR, FileKind::Character}, ModeRow{S_IFBLK, FileKind::Block},     ModeRow{S_IFIFO, FileKind::Fifo},
    ModeRow{S_IFSOCK, FileKind::Socket},
};

struct SystemRow {
    std::string_view file_system;
    FileKind kind;
};
constexpr std::array kSystems{
    SystemRow{"pipefs", FileKind::Pipe},    SystemRow{"anon_inodefs", FileKind::Nameless},
    SystemRow{"pidfs", FileKind::Nameless}, SystemRow{"nsfs", FileKind::Namespace},
    SystemRow{"mqueue", FileKind::Queue},
};

}  // namespace

std::string_view file_kind_name(FileKind kind) { return kKindNames.at(static_cast<std::size_t>(kind)); }

std::uint64_t Descriptor::flags() const { return file->flags | (closed_by_exec ? kCloseOnExec : 0); }

OpenFiles::OpenFiles(const KernelReader& memory, const FindMember& member, KernelPaths paths)
    : memory_(memory),
      paths_(std::move(paths)),
      sockets_(memory, member),
      task_(member, "task_struct", {"files"}, memory.word_size()),
      files_(member, "files_struct", {"fdt"}, memory.word_size()),
      table_(member, "fdtable", {"max_fds", "fd", "open_fds", "close_on_exec"}, memory.word_size()),
      file_(member, "file",
            {"f_path.mnt|__f_path.mnt", "f_path.dentry|__f_path.dentry", "f_inode", "f_flags", "f_pos", "private_data"},
            memory.word_size()),
      inode_(member, "inode", {"i_mode", "i_ino", "i_rdev", "i_sb", "i_pipe"}, memory.word_size()),
      pipe_(member, "pipe_inode_info", {"readers", "writers", "head", "tail", "ring_size"}, memory.word_size()) {}

Result<OpenFiles> OpenFiles::open(const KernelReader& memory, const FindMember& member, std::uint64_t first_process) {
    auto paths = KernelPaths::open(memory, member);
    if (!paths) return paths.error();
    OpenFiles files(memory, member, std::move(*paths));
    if (!files.task_.knows_all() || !files.files_.knows_all() || !files.table_.knows_all() || !files.file_.knows_all())
        return Error{ErrorCode::NotFound, "the kernel's types do not tell how a task's descriptors lead to files"};
    TaskPlaces places(memory, member);
    files.root_ = places.root(first_process);
    return files;
}

void OpenFiles::fill_kind(KernelFile& file, std::uint64_t mode) {
    for (const ModeRow& row : kModes)
        if ((mode & S_IFMT) == row.mode) file.kind = row.kind;
    const std::string& system = paths_.file_system(inode_[kSuper]);
    for (const SystemRow& row : kSystems)
        if (system == row.file_system) file.kind = row.kind;
    // What only the file system, or the end of the path, tells apart is not known where that is not in memory.
    const bool unknown = system.empty() && inode_[kSuper] != 0, broken = file.path.end == PathEnd::Broken;
    if (file.kind == FileKind::Fifo && unknown) file.kind = FileKind::Unknown;
    if (file.kind == FileKind::Regular && (unknown || (broken && (system == "tmpfs" || system == "hugetlbfs"))))
        file.kind = FileKind::Unknown;
    if (file.kind == FileKind::Regular && file.path.end == PathEnd::Named) file.kind = FileKind::Memory;
    if (file.kind == FileKind::Queue && (mode & S_IFMT) == S_IFDIR) file.kind = FileKind::Directory;
}

std::shared_ptr<const KernelFile> OpenFiles::look(std::uint64_t address) {
    if (!file_.read(memory_, address)) {
        ++troubles_.descriptors;
        return nullptr;
    }
    auto file = std::make_shared<KernelFile>();
    file->address = address;
    file->inode = file_[kInode];
    file->flags = file_[kFlags] & ~kCloseOnExec;
    file->position = file_[kPosition];
    file->place = {file_[kMount], file_[kDentry]};
    file->path = paths_.text(file->place, root_);
    if (file->path.end == PathEnd::Broken) ++troubles_.paths;
    if (!inode_.read(memory_, file->inode)) return file;
    file->inode_number = inode_[kNumber];
    const std::uint64_t mode = inode_[kMode];
    const std::uint64_t pipe = inode_[kPipe];
    fill_kind(*file, mode);
    if (file->kind == FileKind::Character || file->kind == FileKind::Block) file->device = inode_[kDevice];
    if (file->kind == FileKind::Socket) {
        file->socket = sockets_.of(file_[kPrivate]);
        if (!file->socket && (file->flags & 010000000) == 0) ++troubles_.sockets;  // O_PATH: it is not opened
    }
    if ((file->kind == FileKind::Pipe || file->kind == FileKind::Fifo) && pipe_.read(memory_, pipe))
        file->pipe = PipeState{.readers = pipe_[kReaders],
                               .writers = pipe_[kWriters],
                               .filled = (pipe_[kHead] - pipe_[kTail]) & 0xffffffff,
                               .buffers = pipe_[kBuffers]};
    return file;
}

std::shared_ptr<const KernelFile> OpenFiles::file(std::uint64_t address) {
    const auto known = known_.find(address);
    if (known != known_.end()) return known->second;
    if (known_.size() > kMostKnown) known_.clear();
    return known_.emplace(address, look(address)).first->second;
}

/// Of one word of the bitmap.
void OpenFiles::add_group(std::vector<Descriptor>& found, std::uint64_t first, std::uint64_t used,
                          std::uint64_t closing, std::uint64_t table) {
    const std::size_t word_size = memory_.word_size();
    std::array<std::byte, kGroup * sizeof(std::uint64_t)> pointers{};
    const auto groups = static_cast<std::size_t>(std::bit_width(used));
    if (!memory_.read(table + first * word_size, std::span(pointers).first(groups * word_size))) {
        troubles_.descriptors += static_cast<std::uint64_t>(std::popcount(used));
        return;
    }
    for (; used != 0; used &= used - 1) {
        const auto bit = static_cast<std::size_t>(std::countr_zero(used));
        std::uint64_t address = 0;
        std::memcpy(&address, pointers.data() + bit * word_size, word_size);
        if (address == 0) continue;  // a call has taken the number, and has no file for it yet
        if (auto one = file(address))
            found.push_back({static_cast<std::uint32_t>(first + bit), ((closing >> bit) & 1) != 0, std::move(one)});
    }
}

std::uint64_t OpenFiles::holder(std::uint64_t task) { return task_.read(memory_, task) ? task_[kFiles] : 0; }

/// Reads it into table_. False where the task has none, or it is not there.
bool OpenFiles::find_table(std::uint64_t task) {
    if (!task_.read(memory_, task) || task_[kFiles] == 0) return false;
    if (files_.read(memory_, task_[kFiles]) && table_.read(memory_, files_[kTable])) return true;
    ++troubles_.descriptors;
    return false;
}

std::shared_ptr<const KernelFile> OpenFiles::behind(std::uint64_t task, std::uint32_t number) {
    if (!find_table(task) || number >= (table_[kMost] & 0xffffffff)) return nullptr;
    const auto address = memory_.pointer(table_[kFilePointers] + std::uint64_t{number} * memory_.word_size());
    return address && *address != 0 ? file(*address) : nullptr;
}

std::vector<Descriptor> OpenFiles::of(std::uint64_t task) {
    std::vector<Descriptor> found;
    if (!find_table(task)) return found;
    std::uint64_t most = table_[kMost] & 0xffffffff;
    if (most > kMostOfTask) {
        ++troubles_.descriptors;
        most = kMostOfTask;
    }
    const std::uint64_t table = table_[kFilePointers];
    std::array<std::uint64_t, kWordsAtOnce> used{};
    std::array<std::uint64_t, kWordsAtOnce> closing{};
    for (std::uint64_t first = 0; first < most; first += kWordsAtOnce * kGroup) {
        const std::uint64_t words = std::min<std::uint64_t>(kWordsAtOnce, (most - first + kGroup - 1) / kGroup);
        const auto size = static_cast<std::size_t>(words * sizeof(std::uint64_t));
        if (!memory_.read(table_[kOpen] + first / 8, std::as_writable_bytes(std::span(used)).first(size)) ||
            !memory_.read(table_[kClosing] + first / 8, std::as_writable_bytes(std::span(closing)).first(size))) {
            ++troubles_.descriptors;
            break;
        }
        for (std::size_t word = 0; word < words; ++word) {
            if (used[word] == 0) continue;
            looked_at_ += static_cast<std::uint64_t>(std::popcount(used[word]));
            if (looked_at_ > kMostOfAll) {
                ++troubles_.descriptors;
                return found;
            }
            add_group(found, first + word * kGroup, used[word], closing[word], table);
        }
    }
    return found;
}

}  // namespace kstrax
