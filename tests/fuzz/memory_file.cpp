// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fuzz/memory_file.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/target.hpp"

// Without the address sanitizer its macros do nothing.
#include <sanitizer/asan_interface.h>

namespace kstrax::fuzz {

MemoryFile::MemoryFile() : descriptor_(::memfd_create("kstrax-fuzz", MFD_CLOEXEC)) {
    require(descriptor_ >= 0, "the system gives a file in memory");
}

MemoryFile::~MemoryFile() { ::close(descriptor_); }

void MemoryFile::fill(Bytes bytes) const {
    require(::ftruncate(descriptor_, 0) == 0, "a file in memory can be emptied");
    const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), 0);
    require(written == static_cast<ssize_t>(bytes.size()), "a file in memory can be written");
    require(::lseek(descriptor_, 0, SEEK_SET) == 0, "a file in memory has a start");
}

std::shared_ptr<const MappedFile> MemoryFile::map() const {
    auto opened = MappedFile::open(path());
    if (!opened) return nullptr;
    const std::shared_ptr<const MappedFile> file = *opened;
    const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
    const std::byte* end = file->bytes().data() + file->bytes().size();
    const std::size_t behind = (page - file->bytes().size() % page) % page;
    ASAN_POISON_MEMORY_REGION(end, behind);
    // Other memory may lie there once it is unmapped.
    return {file.get(), [file, end, behind](const MappedFile*) { ASAN_UNPOISON_MEMORY_REGION(end, behind); }};
}

std::shared_ptr<const LogicalFile> MemoryFile::logical() const {
    const auto file = map();
    if (file == nullptr) return nullptr;
    auto logical = LogicalFile::open(file);
    return logical ? std::make_shared<const LogicalFile>(std::move(*logical)) : nullptr;
}

}  // namespace kstrax::fuzz
