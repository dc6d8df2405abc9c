// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/memory/ranges/file_ranges.hpp"

#include <algorithm>
#include <atomic>
#include <mutex>

#include "analyzer/base/parallel.hpp"
#include "analyzer/memory/ranges/range_list.hpp"

namespace kstrax {

// Where the templates find them, by the namespace of the range.
static std::uint64_t size_of(const FileRange& range) { return range.size; }

static FileRange part_of(const FileRange& range, std::uint64_t at, std::uint64_t size) {
    return {range.start + at, size, range.offset + at};
}

/// The file, opened once more for each processor, so that threads need not wait for one another. Later it could not be: what
/// looks at memory opens nothing any more.
class FileRanges::Openings {
  public:
    explicit Openings(const std::string& path) {
        constexpr unsigned kMost = 64;
        const unsigned wanted = std::min(processors(), kMost);
        while (free_.size() < wanted) {
            auto file = PreadFile::open(path);
            if (!file) break;
            free_.push_back(std::move(*file));
        }
    }
    /// Null: all are in use.
    std::shared_ptr<const PreadFile> take() {
        const std::lock_guard lock(mutex_);
        if (free_.empty()) return nullptr;
        auto file = std::move(free_.back());
        free_.pop_back();
        return file;
    }
    void give_back(std::shared_ptr<const PreadFile> file) {
        const std::lock_guard lock(mutex_);
        if (file) free_.push_back(std::move(file));
    }

  private:
    std::mutex mutex_;
    std::vector<std::shared_ptr<const PreadFile>> free_;
};

FileRanges::FileRanges(std::shared_ptr<const PreadFile> file, std::vector<FileRange> ranges)
    : file_(std::move(file)),
      openings_(std::make_shared<Openings>(file_->path())),
      ranges_(disjoint(std::move(ranges))) {}

std::uint64_t FileRanges::size() const { return total_size(ranges_); }

Result<void> FileRanges::read(PhysAddr at, MutableBytes out) const {
    return read_ranges(ranges_, at, out, [this](const FileRange& range, std::uint64_t offset, MutableBytes part) {
        return file_->read(range.offset + offset, part);
    });
}

std::uint64_t FileRanges::scan_piece(const FileRange& piece, std::uint64_t page_size, const PageVisitor& visit) const {
    constexpr std::uint64_t kBuffer = std::uint64_t{2} << 20;  // few calls: a running machine records them
    std::uint64_t unreadable = 0;
    auto own = openings_->take();
    const PreadFile& file = own ? *own : *file_;
    std::vector<std::byte> buffer(static_cast<std::size_t>(std::max(kBuffer, page_size)));
    const auto show = [&](std::uint64_t done, std::uint64_t part) {
        const auto bytes = MutableBytes(buffer).first(static_cast<std::size_t>(part));
        if (!file.read(piece.offset + done, bytes)) return false;
        const std::uint64_t pages = (part + page_size - 1) / page_size * page_size;
        std::fill(buffer.begin() + static_cast<std::ptrdiff_t>(part),
                  buffer.begin() + static_cast<std::ptrdiff_t>(pages), std::byte{});
        visit(piece.start + done, Bytes(buffer).first(static_cast<std::size_t>(pages)));
        return true;
    };
    for (std::uint64_t done = 0; done < piece.size;) {
        const std::uint64_t part = std::min<std::uint64_t>(buffer.size() / page_size * page_size, piece.size - done);
        // One page that cannot be read must not hide those around it.
        if (!show(done, part))
            for (std::uint64_t page = 0; page < part; page += page_size)
                if (!show(done + page, std::min(page_size, part - page))) ++unreadable;
        done += part;
    }
    openings_->give_back(std::move(own));
    return unreadable;
}

std::uint64_t FileRanges::scan(std::uint64_t page_size, const PageVisitor& visit) const {
    const std::vector<FileRange> pieces = pieces_of(ranges_, page_size, 1);
    std::atomic<std::uint64_t> unreadable{0};
    parallel_for(pieces.size(), [&](std::size_t i) { unreadable += scan_piece(pieces[i], page_size, visit); });
    return unreadable;
}

}  // namespace kstrax
