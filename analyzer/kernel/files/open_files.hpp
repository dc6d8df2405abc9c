// SPDX-License-Identifier: GPL-2.0-or-later
// The descriptors of the dumped kernel's tasks, and the files behind them.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "analyzer/kernel/files/kernel_paths.hpp"
#include "analyzer/kernel/files/sockets.hpp"
#include "analyzer/kernel/files/troubles.hpp"

namespace kstrax {

enum class FileKind : std::uint8_t {
    Unknown,
    Regular,
    Directory,
    Link,
    Character,
    Block,
    Fifo,
    Pipe,
    Socket,
    Nameless,   ///< of anon_inode: eventfd, epoll, io_uring, …, which its text names
    Namespace,  ///< of /proc/PID/ns
    Memory,     ///< memfd, and files that never had a name
    Queue,      ///< of POSIX messages
};
/// "file", "folder", …
[[nodiscard]] std::string_view file_kind_name(FileKind kind);

struct PipeState {
    std::uint64_t readers = 0;  ///< descriptions of it that can be read
    std::uint64_t writers = 0;
    std::uint64_t filled = 0;  ///< of its buffers
    std::uint64_t buffers = 0;
};

/// An open file description, which several descriptors may share.
struct KernelFile {
    std::uint64_t address = 0;  ///< of its struct file
    std::uint64_t inode = 0;    ///< address
    std::uint64_t flags = 0;    ///< O_…, without O_CLOEXEC, which a descriptor has
    std::uint64_t position = 0;
    std::uint64_t inode_number = 0;
    std::uint64_t device = 0;  ///< of a device's node, as the kernel has it: major << 20 | minor
    FileKind kind = FileKind::Unknown;
    PathPlace place;
    PathText path;  ///< as the machine's first process finds it in /proc/PID/fd
    std::optional<SocketEnds> socket;
    std::optional<PipeState> pipe;
};

struct Descriptor {
    std::uint32_t number = 0;
    bool closed_by_exec = false;
    std::shared_ptr<const KernelFile> file;

    /// As /proc/PID/fdinfo has them.
    [[nodiscard]] std::uint64_t flags() const;
};

/// Not for several threads at once. Remembers files that it has read.
class OpenFiles {
  public:
    /// `first_process`: the task_struct of pid 1, whose root is the machine's; 0: none. Fails where the
    /// kernel's types lack what a descriptor leads to.
    [[nodiscard]] static Result<OpenFiles> open(const KernelReader& memory, const FindMember& member,
                                                std::uint64_t first_process);

    /// In the order of their numbers; of a task_struct. Empty for one that has none (kernel threads have,
    /// zombies have not). What cannot be read is left out, and counted in troubles().
    [[nodiscard]] std::vector<Descriptor> of(std::uint64_t task);

    /// What one of them leads to; null where the task does not have it.
    [[nodiscard]] std::shared_ptr<const KernelFile> behind(std::uint64_t task, std::uint32_t number);

    /// What holds them, which threads of a process share as a rule; 0: none.
    [[nodiscard]] std::uint64_t holder(std::uint64_t task);

    /// A struct file; null where it is not there.
    [[nodiscard]] std::shared_ptr<const KernelFile> file(std::uint64_t address);

    [[nodiscard]] const FileTroubles& troubles() const { return troubles_; }
    [[nodiscard]] KernelPaths& paths() { return paths_; }
    /// The machine's.
    [[nodiscard]] PathPlace root() const { return root_; }

  private:
    OpenFiles(const KernelReader& memory, const FindMember& member, KernelPaths paths);

    [[nodiscard]] bool find_table(std::uint64_t task);
    [[nodiscard]] std::shared_ptr<const KernelFile> look(std::uint64_t address);
    void fill_kind(KernelFile& file, std::uint64_t mode);
    void add_group(std::vector<Descriptor>& found, std::uint64_t first, std::uint64_t used, std::uint64_t closing,
                   std::uint64_t table);

    KernelReader memory_;
    KernelPaths paths_;
    KernelSockets sockets_;
    KernelStruct task_, files_, table_, file_, inode_, pipe_;
    PathPlace root_;
    FileTroubles troubles_;
    std::uint64_t looked_at_ = 0;  // descriptors, of all tasks
    std::unordered_map<std::uint64_t, std::shared_ptr<const KernelFile>> known_;
};

}  // namespace kstrax
