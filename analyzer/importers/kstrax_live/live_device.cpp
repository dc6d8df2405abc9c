// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_live/live_device.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>

#include "analyzer/importers/kstrax/crc32.hpp"
#include "analyzer/importers/kstrax/from_abi.hpp"

namespace kstrax {

namespace {

constexpr const char* kPath = "/dev/" KSTRAX_DEVICE_NAME;

Error system_error(const char* what) {
    return {ErrorCode::Io, fmt::format("{}: {}: {}", kPath, what, std::strerror(errno))};
}

Error open_error() {
    switch (errno) {
        case ENOENT:
        case ENODEV:
        case ENXIO:
            return {ErrorCode::NotFound,
                    fmt::format("{}: nothing is being recorded; start it with: kstrax-rec start", kPath)};
        case EACCES:
        case EPERM:
            return {ErrorCode::Io, fmt::format("{}: only root may read and control the recording", kPath)};
        default:
            return system_error("cannot open");
    }
}

Result<Bytes> map_part(int fd, std::uint64_t offset, std::uint64_t size) {
    void* memory =
        ::mmap(nullptr, static_cast<std::size_t>(size), PROT_READ, MAP_SHARED, fd, static_cast<off_t>(offset));
    if (memory == MAP_FAILED) return system_error("cannot map into memory");
    return Bytes(static_cast<const std::byte*>(memory), static_cast<std::size_t>(size));
}

/// What does not change of an anchor, checked as one in a dump is.
Result<kstrax_anchor> sound_anchor(Bytes page) {
    const auto anchor = copy_record<kstrax_anchor>(page);
    const auto refuse = [](const std::string& why) {
        return Error{ErrorCode::Unsupported,
                     fmt::format("{}: the loaded module is not of this kstrax: {}", kPath, why)};
    };
    if (!anchor) return refuse("its first page is too small");
    if (const auto wrong = implausible(anchor->facts)) return refuse(*wrong);
    if (crc32(page.first(offsetof(kstrax_anchor, crc))) != anchor->crc) return refuse("the anchor fails its CRC");
    const std::uint64_t descriptors = std::uint64_t{anchor->cpu_size} * anchor->facts.possible_cpus;
    if (anchor->cpu_size < sizeof(kstrax_cpu) || anchor->cpu_offset + descriptors > anchor->block_size)
        return refuse("its descriptors are not within their block");
    return *anchor;
}

}  // namespace

Result<std::unique_ptr<LiveDevice>> LiveDevice::open() {
    const int fd = ::open(kPath, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return open_error();
    const auto page = map_part(fd, 0, static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)));
    if (!page) return page.error();
    const auto anchor = sound_anchor(*page);
    if (!anchor) return anchor.error();
    const auto block = map_part(fd, 0, anchor->block_size);
    if (!block) return block.error();
    return std::unique_ptr<LiveDevice>(new LiveDevice(fd, *block, anchor->facts));
}

kstrax_filter LiveDevice::filter() const {
    return *copy_record<kstrax_filter>(block_, offsetof(kstrax_anchor, filter));
}

kstrax_end LiveDevice::end() const { return *copy_record<kstrax_end>(block_, offsetof(kstrax_anchor, end)); }

kstrax_clock LiveDevice::clock() const {
    if (copy_record<kstrax_anchor>(block_)->anchor_size < sizeof(kstrax_anchor) + sizeof(kstrax_clock)) return {};
    return *copy_record<kstrax_clock>(block_, sizeof(kstrax_anchor));
}

const volatile kstrax_cpu& LiveDevice::descriptor(CpuId cpu) const {
    const auto anchor = *copy_record<kstrax_anchor>(block_);
    const auto at = static_cast<std::size_t>(anchor.cpu_offset + std::uint64_t{cpu} * anchor.cpu_size);
    return *static_cast<const kstrax_cpu*>(static_cast<const void*>(&block_[at]));
}

bool LiveDevice::has_ring(CpuId cpu) const {
    const bool there = descriptor(cpu).ring_virt != 0;
    std::atomic_thread_fence(std::memory_order_acquire);
    return there;
}

Result<LiveRing> LiveDevice::map_ring(CpuId cpu) {
    const std::uint64_t size = facts_.entries_per_cpu * facts_.entry_size;  // bounded by implausible()
    const std::uint64_t stride = KSTRAX_WHOLE_PAGES(size, facts_.page_shift);
    const std::uint64_t first = KSTRAX_WHOLE_PAGES(copy_record<kstrax_anchor>(block_)->block_size, facts_.page_shift);
    const auto slots = map_part(fd_, first + cpu * stride, size);
    if (!slots) return slots.error().in(fmt::format("the ring of CPU {}", cpu));
    return LiveRing{.cpu = cpu,
                    .descriptor = &descriptor(cpu),
                    .layout = find_layout(facts_.layout),
                    .entry_size = facts_.entry_size,
                    .entries = facts_.entries_per_cpu,
                    .slots = *slots};
}

Result<void> LiveDevice::lock_filter() {
    while (::flock(fd_, LOCK_EX) != 0)
        if (errno != EINTR) return system_error("cannot lock");
    return {};
}

RecordedOnly LiveDevice::recorded() const { return recorded_only(filter(), facts_.audit_arch); }

Result<void> LiveDevice::record_only(const RecordedOnly& only) {
    const kstrax_filter filter = abi_filter(only);
    if (::ioctl(fd_, KSTRAX_IOC_SET_FILTER, &filter) != 0) return system_error("cannot say what to record");
    return {};
}

Result<void> LiveDevice::consume() {
    if (::ioctl(fd_, KSTRAX_IOC_CONSUME) == 0) return {};
    if (errno != EBUSY) return system_error("cannot take records");
    return Error{ErrorCode::Io, fmt::format("{}: another kstrax -b is copying the rings; -k copies beside it, "
                                            "-R takes a snapshot",
                                            kPath)};
}

Result<void> LiveDevice::take(CpuId cpu, std::uint64_t position) {
    const kstrax_taken taken{.cpu = cpu, .reserved = 0, .position = position};
    if (::ioctl(fd_, KSTRAX_IOC_TAKE, &taken) != 0) return system_error("cannot clear what was copied");
    return {};
}

Result<void> LiveDevice::leave_us_out() {
    if (::ioctl(fd_, KSTRAX_IOC_LEAVE_ME_OUT) != 0) return system_error("cannot leave out our own calls");
    return {};
}

}  // namespace kstrax
