// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/base/mapped_file.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

namespace kstrax {

// Without it a 32-bit build would take a large file for a smaller one: see LARGE_FILES in the Makefile.
static_assert(sizeof(off_t) == sizeof(std::uint64_t), "sizes of files need 64 bits: -D_FILE_OFFSET_BITS=64");

namespace {

Error system_error(const std::string& what) { return {ErrorCode::Io, what + ": " + std::strerror(errno)}; }

class Descriptor {
  public:
    explicit Descriptor(int fd) : fd_(fd) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (fd_ >= 0) ::close(fd_);
    }
    [[nodiscard]] int get() const { return fd_; }
    /// The caller's to close from here on.
    [[nodiscard]] int release() { return std::exchange(fd_, -1); }

  private:
    int fd_;
};

}  // namespace

Result<std::shared_ptr<const MappedFile>> MappedFile::open(const std::string& path) {
    // O_NONBLOCK: opening a FIFO must not wait for a writer.
    Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd.get() < 0) {
        Error error = system_error("cannot open");
        if (errno == ENOENT) error.code = ErrorCode::NotFound;
        return error;
    }
    struct stat info {};
    if (::fstat(fd.get(), &info) != 0) return system_error("cannot examine");
    if (S_ISDIR(info.st_mode)) return Error{ErrorCode::Io, "is a directory; name a file"};
    if (!S_ISREG(info.st_mode)) return Error{ErrorCode::Unsupported, "is not a regular file; copy it into one"};
    if (info.st_size == 0) return Error{ErrorCode::Truncated, "is empty; was the copy or the dump interrupted?"};

    if (!std::in_range<std::size_t>(info.st_size))
        return Error{ErrorCode::Unsupported,
                     fmt::format("is too large for a {}-bit program ({} bytes); read it with a 64-bit one",
                                 8 * sizeof(void*), info.st_size)};
    const auto size = static_cast<std::size_t>(info.st_size);
    void* memory = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd.get(), 0);
    if (memory == MAP_FAILED) return system_error("cannot map into memory");
    const Bytes bytes(static_cast<const std::byte*>(memory), size);
    return std::shared_ptr<const MappedFile>(new MappedFile(path, bytes, {info.st_dev, info.st_ino}, fd.release()));
}

DataExtent MappedFile::data_from(std::uint64_t offset) const {
    const std::uint64_t size = bytes_.size();
    if (offset >= size) return {size, size};
    const off_t start = ::lseek(descriptor_, static_cast<off_t>(offset), SEEK_DATA);
    if (start < 0) return errno == ENXIO ? DataExtent{size, size} : DataExtent{offset, size};
    const off_t end = ::lseek(descriptor_, start, SEEK_HOLE);
    return {static_cast<std::uint64_t>(start), end <= start ? size : static_cast<std::uint64_t>(end)};
}

std::vector<DataExtent> MappedFile::data_extents(std::size_t most) const {
    std::vector<DataExtent> extents;
    DataExtent data = data_from(0);
    for (; data.start < data.end && extents.size() < most; data = data_from(data.end)) extents.push_back(data);
    if (data.start < data.end) extents.back().end = bytes_.size();
    return extents;
}

void MappedFile::passed(std::size_t size) const {
    constexpr std::size_t kMost = std::size_t{32} << 20;
    if (passed_.fetch_add(size, std::memory_order_relaxed) + size < kMost) return;
    passed_.store(0, std::memory_order_relaxed);
    ::madvise(const_cast<std::byte*>(bytes_.data()), bytes_.size(), MADV_DONTNEED);
}

void MappedFile::give_back(Bytes part) const {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    const auto begin = static_cast<std::uint64_t>(part.data() - bytes_.data()) / page * page;
    const std::uint64_t end = static_cast<std::uint64_t>(part.data() + part.size() - bytes_.data()) / page * page;
    if (end <= begin) return;
    const Bytes pages = bytes_.subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(end - begin));
    ::madvise(const_cast<std::byte*>(pages.data()), pages.size(), MADV_DONTNEED);
}

MappedFile::~MappedFile() {
    ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
    ::close(descriptor_);
}

}  // namespace kstrax
