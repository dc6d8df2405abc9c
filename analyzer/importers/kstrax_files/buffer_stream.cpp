// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_files/buffer_stream.hpp"

#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "analyzer/importers/kstrax_files/records.hpp"

namespace kstrax {

namespace {

Error system_error(const std::string& path, const char* what) {
    return {ErrorCode::Io, path + ": " + what + ": " + std::strerror(errno)};
}

iovec part(Bytes bytes) { return {const_cast<std::byte*>(bytes.data()), bytes.size()}; }

}  // namespace

Result<std::unique_ptr<BufferStream>> BufferStream::create(const std::string& path, Bytes head) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST)
        return Error{ErrorCode::Usage, path + ": exists; choose another name with -o, or remove it"};
    if (fd < 0) return system_error(path, "cannot write");
    std::unique_ptr<BufferStream> stream(new BufferStream(path, fd));
    if (auto written = stream->write(head, {}); !written) {
        ::unlink(path.c_str());
        return written.error();
    }
    return stream;
}

BufferStream::~BufferStream() { ::close(fd_); }

Result<void> BufferStream::write(Bytes head, Bytes body) {
    const std::size_t wanted = head.size() + body.size();
    for (std::size_t done = 0; done < wanted;) {
        // Not by what the file holds: nothing of an incomplete record may count.
        const std::size_t of_head = std::min(done, head.size());
        const iovec parts[] = {part(head.subspan(of_head)), part(body.subspan(done - of_head))};
        const ssize_t written = ::pwritev(fd_, parts, 2, static_cast<off_t>(size_ + done));
        if (written > 0) {
            done += static_cast<std::size_t>(written);
        } else if (written == 0 || errno != EINTR) {
            if (written == 0) errno = ENOSPC;
            Error error = system_error(path_, "cannot write");
            failed_ = true;
            (void)!::ftruncate(fd_, static_cast<off_t>(size_));  // what is left is skipped by a reader anyway
            return error;
        }
    }
    size_ += wanted;
    return {};
}

Result<void> BufferStream::append(const SlotRun& run) {
    const std::uint64_t at = size_;
    const kstrax_chunk chunk = chunk_record(run);
    if (auto written = write(bytes_of(chunk), run.slots); !written) return written;
    last_chunk_at_ = at;
    last_count_ = run.count;
    return {};
}

Result<void> BufferStream::rewrite(Bytes head) {
    // Within what the file holds already: a full disk does not matter.
    if (::pwrite(fd_, head.data(), head.size(), 0) == static_cast<ssize_t>(head.size())) return {};
    return system_error(path_, "cannot write its header");
}

Result<BufferStream::Finished> BufferStream::finish(kstrax_file_end end) {
    Finished finished;
    end.magic = KSTRAX_CHUNK_END;
    if (failed_) end.flags |= KSTRAX_END_DISK_FULL;
    seal(end);
    auto written = write(bytes_of(end), {});
    if (!written && last_chunk_at_ != 0) {
        size_ = last_chunk_at_;
        last_chunk_at_ = 0;
        finished.dropped = last_count_;
        end.flags |= KSTRAX_END_DISK_FULL;
        seal(end);
        // Its bytes are overwritten in place before the rest is given back.
        written = write(bytes_of(end), {});
        if (written && ::ftruncate(fd_, static_cast<off_t>(size_)) != 0) return system_error(path_, "cannot truncate");
    }
    if (!written) return written.error();
    return finished;
}

}  // namespace kstrax
