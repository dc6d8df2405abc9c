// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/qmp/guest_dump.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace kstrax {

namespace {

constexpr const char* kName = "kstrax";  // of the file, between QEMU and us
constexpr std::uint64_t kMegabyte = std::uint64_t{1} << 20;
// Headers, notes of processors, and memory of devices.
constexpr std::uint64_t kBeside = 64 * kMegabyte;

Error system_error(const std::string& what) {
    return {ErrorCode::Io, fmt::format("{}: {}", what, std::strerror(errno))};
}

/// Of a size that nobody can change: a peer neither fills memory nor cuts the file off while it is read.
Result<OwnedDescriptor> file_in_memory(std::uint64_t size) {
    OwnedDescriptor file(::memfd_create("kstrax-notes", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!file || ::ftruncate(file.get(), static_cast<off_t>(size)) != 0 ||
        ::fcntl(file.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) != 0)
        return system_error("cannot make a file in memory");
    return file;
}

/// Mode 0600, without a name where the file system has such files; else its name is gone at once.
Result<OwnedDescriptor> file_in(const std::string& folder) {
    OwnedDescriptor file(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, S_IRUSR | S_IWUSR));
    if (file) return file;
    std::string name = folder + "/kstrax-dump.XXXXXX";
    OwnedDescriptor named(::mkostemp(name.data(), O_CLOEXEC));
    if (!named) return system_error(folder + ": cannot write");
    ::unlink(name.c_str());
    return named;
}

Result<MappedFilePtr> mapped(const OwnedDescriptor& file) {
    return MappedFile::open(fmt::format("/proc/self/fd/{}", file.get()));
}

/// Fails while the guest stands as before.
Result<void> dump_into(QmpConnection& connection, const OwnedDescriptor& file, const std::string& part,
                       const QmpConnection::Watch& watch) {
    if (const auto passed = connection.pass(file, kName); !passed) return passed.error();
    const auto dumped = connection.command(
        "dump-guest-memory", fmt::format(R"({{"paging":false,"protocol":"fd:{}"{}}})", kName, part), watch);
    if (dumped) return {};
    if (dumped.error().code == ErrorCode::Unsupported)  // QEMU keeps it then
        (void)connection.command("closefd", fmt::format(R"({{"fdname":"{}"}})", kName));
    return dumped.error();
}

/// How much memory the guest has.
Result<std::uint64_t> memory_of(QmpConnection& connection) {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 52;  // physical addresses end there
    const auto sizes = connection.command("query-memory-size-summary");
    if (!sizes) return sizes.error();
    const auto base = sizes->get<std::uint64_t>("base-memory", 0);
    const auto plugged = sizes->get<std::uint64_t>("plugged-memory", 0);
    if (base == 0 || base > kMost || plugged > kMost)
        return Error{ErrorCode::Corrupt, "QEMU does not say how much memory the guest has"};
    return base + plugged;
}

}  // namespace

Result<MappedFilePtr> dump_part(QmpConnection& connection, PhysAddr start, std::uint64_t size) {
    const auto file = file_in_memory(size + kBeside);
    if (!file) return file.error();
    const std::string part = fmt::format(R"(,"begin":{},"length":{})", start.value, size);
    if (const auto dumped = dump_into(connection, *file, part, {}); !dumped) return dumped.error();
    return mapped(*file);
}

Result<MappedFilePtr> dump_whole(QmpConnection& connection, const std::function<void(const std::string&)>& told) {
    std::error_code none;
    const std::string folder = std::filesystem::temp_directory_path(none).string();
    if (none) return Error{ErrorCode::Io, "TMPDIR names no folder"};
    const auto memory = memory_of(connection);
    if (!memory) return memory.error();
    const std::uint64_t needed = *memory + kBeside;
    struct statvfs system {};
    const bool known = ::statvfs(folder.c_str(), &system) == 0;
    const std::uint64_t room = known ? std::uint64_t{system.f_bavail} * system.f_frsize : needed;
    if (room < needed)
        return Error{ErrorCode::Io, fmt::format("a dump of this guest takes {} MiB, and {} has room for {}; set TMPDIR",
                                                needed / kMegabyte, folder, room / kMegabyte)};
    const auto file = file_in(folder);
    if (!file) return file.error();
    told(fmt::format("{} MiB are dumped into {} first", *memory / kMegabyte, folder));
    // QEMU is silent while it writes.
    std::uint64_t before = 0;
    const auto watch = [&]() -> Result<bool> {
        struct stat now {};
        if (::fstat(file->get(), &now) != 0) return system_error("cannot examine the dump");
        const auto size = static_cast<std::uint64_t>(now.st_size);
        if (size > needed + needed / 8) return Error{ErrorCode::Corrupt, "QEMU writes more than the guest's memory"};
        return std::exchange(before, size) != size;
    };
    if (const auto dumped = dump_into(connection, *file, "", watch); !dumped) return dumped.error();
    return mapped(*file);
}

}  // namespace kstrax
