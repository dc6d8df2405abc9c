// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/trace_dat/data_pages.hpp"

#include <algorithm>
#include <vector>

#include "analyzer/importers/trace_dat/file_cursor.hpp"
#include "analyzer/memory/codecs.hpp"

namespace kstrax {

namespace {

constexpr std::uint32_t kLargestChunk = 64 << 20;  // bytes, when it is expanded

/// Pages one behind the other: all of a CPU's, or those of a chunk.
class PlainPages {
  public:
    PlainPages(Bytes bytes, std::uint32_t page_size) : bytes_(bytes), page_size_(page_size) {}

    [[nodiscard]] bool done() const { return at_ == bytes_.size(); }
    /// A part of one is given as it is.
    [[nodiscard]] Bytes next() {
        const Bytes page = bytes_.subspan(at_, std::min<std::size_t>(page_size_, bytes_.size() - at_));
        at_ += page.size();
        return page;
    }

  private:
    Bytes bytes_;
    std::uint32_t page_size_;
    std::size_t at_ = 0;
};

class DataPages final : public TracePages {
  public:
    explicit DataPages(const TraceDataPlace& place)
        : place_(place),
          compressed_(place.compression != TraceCompression::None),
          pages_({}, place.page_size),
          cursor_(place.file->bytes(), place.form.order, place.cpu.offset) {
        if (place.cpu.size == 0) return;
        if (compressed_) {
            chunks_ = cursor_.u32();
            cut_off_ = !cursor_.ok();
            return;
        }
        const Bytes file = place.file->bytes();
        const std::uint64_t from = std::min<std::uint64_t>(place.cpu.offset, file.size());
        const std::uint64_t size = std::min<std::uint64_t>(place.cpu.size, file.size() - from);
        pages_ =
            PlainPages(file.subspan(static_cast<std::size_t>(from), static_cast<std::size_t>(size)), place.page_size);
        cut_off_ = size < place.cpu.size;
    }

    bool next(TracePageView& view) override {
        view = {};
        while (pages_.done() && chunks_ > 0 && !cut_off_) open_chunk();
        if (!pages_.done()) {
            view.bytes = pages_.next();
            if (!compressed_) place_.file->passed(view.bytes.size());
            return true;
        }
        if (!cut_off_) return false;
        chunks_ = 0;
        cut_off_ = false;
        return true;
    }

  private:
    void open_chunk() {
        --chunks_;
        const std::uint32_t stored = cursor_.u32();
        const std::uint32_t size = cursor_.u32();
        const Bytes bytes = cursor_.take(stored);
        cut_off_ = !cursor_.ok() || size > kLargestChunk;
        if (cut_off_) return;
        chunk_.resize(size);
        cut_off_ = !expand_page(static_cast<std::uint32_t>(place_.compression), bytes, chunk_).ok();
        place_.file->passed(stored);
        if (!cut_off_) pages_ = PlainPages(chunk_, place_.page_size);
    }

    const TraceDataPlace& place_;
    bool compressed_;
    PlainPages pages_;
    FileCursor cursor_;         // of chunks
    std::uint32_t chunks_ = 0;  // that are left
    bool cut_off_ = false;
    std::vector<std::byte> chunk_;
};

}  // namespace

std::unique_ptr<TracePages> TraceDataPlace::open() const { return std::make_unique<DataPages>(*this); }

}  // namespace kstrax
