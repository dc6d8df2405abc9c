// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/files/file_holders.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

namespace kstrax {

namespace {

constexpr std::uint64_t kMostOfTask = 1U << 20;  // descriptors, as OpenFiles
constexpr std::uint64_t kMostOfAll = 1U << 22;
constexpr std::size_t kAtOnce = 512;  // pointers

enum : std::size_t { kFiles };                        // of a task
enum : std::size_t { kTable };                        // of its files
enum : std::size_t { kMost, kPointers };              // of the table
enum : std::size_t { kInode, kMode };                 // of a file
constexpr std::array<std::uint64_t, 2> kModes{1, 2};  // FMODE_READ, FMODE_WRITE; by PipeEnd

}  // namespace

FileHolders::FileHolders(const KernelReader& memory, const FindMember& member, std::span<const KernelTask> tasks)
    : memory_(memory),
      tasks_(tasks),
      task_(member, "task_struct", {"files"}, memory.word_size()),
      files_(member, "files_struct", {"fdt"}, memory.word_size()),
      table_(member, "fdtable", {"max_fds", "fd"}, memory.word_size()),
      file_(member, "file", {"f_inode", "f_mode"}, memory.word_size()) {}

void FileHolders::read_all() {
    if (std::exchange(read_, true)) return;
    whole_ = task_.knows_all() && files_.knows_all() && table_.knows_all() && file_.knows_all() &&
             memory_.word_size() == sizeof(std::uint64_t);  // kernels of 32 bits carry no types
    if (!whole_) return;
    std::unordered_set<std::uint64_t> seen;
    for (std::size_t place = 0; place < tasks_.size(); ++place) {
        if (!task_.read(memory_, tasks_[place].address.value)) whole_ = false;
        else if (task_[kFiles] != 0 && seen.insert(task_[kFiles]).second) whole_ = read_table(place) && whole_;
    }
}

bool FileHolders::read_table(std::size_t place) {
    if (!files_.read(memory_, task_[kFiles]) || !table_.read(memory_, files_[kTable])) return false;
    const std::uint64_t size = table_[kMost] & 0xffffffff, most = std::min(size, kMostOfTask);
    std::vector<std::uint64_t> pointers(kAtOnce);
    for (std::uint64_t first = 0; first < most && descriptors_ < kMostOfAll; first += kAtOnce) {
        pointers.assign(static_cast<std::size_t>(std::min<std::uint64_t>(kAtOnce, most - first)), 0);
        const std::uint64_t at = table_[kPointers] + first * sizeof(std::uint64_t);
        if (!memory_.read(at, std::as_writable_bytes(std::span(pointers)))) return false;
        for (const std::uint64_t file : pointers) {
            if (file == 0) continue;
            ++descriptors_;
            std::vector<std::size_t>& places = holders_[file];
            if (places.empty() || places.back() != place) places.push_back(place);
        }
    }
    return size == most && descriptors_ < kMostOfAll;
}

bool FileHolders::whole() {
    read_all();
    return whole_;
}

std::span<const std::size_t> FileHolders::of(std::uint64_t file) {
    read_all();
    const auto found = holders_.find(file);
    if (found == holders_.end()) return {};
    return found->second;
}

void FileHolders::read_inodes() {
    read_all();
    if (!by_inode_.empty()) return;
    for (const auto& [file, places] : holders_) {
        if (file_.read(memory_, file)) by_inode_[file_[kInode]].push_back({file, file_[kMode]});
        else whole_ = false;
    }
}

std::vector<std::size_t> FileHolders::of_pipe(std::uint64_t inode, PipeEnd end) {
    std::vector<std::size_t> found;
    read_inodes();
    const auto opened = by_inode_.find(inode);
    if (opened == by_inode_.end()) return found;
    for (const Opened& one : opened->second)
        if ((one.mode & kModes.at(static_cast<std::size_t>(end))) != 0)
            found.insert(found.end(), holders_[one.file].begin(), holders_[one.file].end());
    std::ranges::sort(found);
    found.erase(std::unique(found.begin(), found.end()), found.end());
    return found;
}

}  // namespace kstrax
