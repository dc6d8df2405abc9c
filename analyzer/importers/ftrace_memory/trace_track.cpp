// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/ftrace_memory/trace_track.hpp"

#include <algorithm>
#include <utility>

namespace kstrax {

class TraceTrack::Cursor final : public EventCursor {
  public:
    Cursor(const MemorySource& source, const TraceRingPlace& place)
        : source_(source),
          place_(place),
          bytes_(static_cast<std::size_t>(place.page_size)),
          page_({}, place.form),
          position_(place.first),
          page_end_(place.first) {
        loss_.overwritten = place.first > 0;
        newest_missing_ = place.newest_missing;
    }

    bool next(Record& record) override {
        RingEvent event;
        for (;;) {
            while (open_ && page_.next(event)) {
                if (event.offset < read_bytes_) {  // a reader has had it
                    --page_end_;
                    continue;
                }
                if (!place_.types->decode(event.data, event.time, record)) {
                    lose(true);
                    ++position_;
                    continue;
                }
                record.loss_before = std::exchange(loss_, {});
                record.position = position_++;
                record.next_position = position_;
                return true;
            }
            if (open_) close_page();
            if (next_ == place_.pages.size()) break;
            open_page();
        }
        if (std::exchange(newest_missing_, false)) lose(true);
        record.position = position_;
        record.loss_before = std::exchange(loss_, {});
        return false;
    }

  private:
    void lose(bool missing) {
        loss_.damaged = true;
        loss_.missing |= missing;
    }

    void open_page() {
        const PhysicalPage& page = place_.pages[next_++];
        newest_ = page.page.newest;
        read_bytes_ = page.page.read_bytes;
        page_end_ = position_ + page.page.events;
        open_ = page.at && source_.read(*page.at, bytes_).ok();
        if (open_) {
            page_ = RingPage(bytes_, place_.form);
            return;
        }
        if (page.page.events > 0) lose(true);
        position_ = page_end_;
    }

    /// The page says how many events were begun in it. Of the newest, the last ones may not be finished.
    void close_page() {
        open_ = false;
        if (!page_.damage().empty() || (position_ != page_end_ && !newest_)) lose(true);
        else if (position_ != page_end_) lose(false);
        position_ = std::max(position_, page_end_);
    }

    const MemorySource& source_;
    const TraceRingPlace& place_;
    std::vector<std::byte> bytes_;
    RingPage page_;
    bool open_ = false;  // page_ may have more events
    bool newest_ = false;
    std::size_t next_ = 0;  // page
    std::uint64_t read_bytes_ = 0;
    std::uint64_t position_;  // of the next event
    std::uint64_t page_end_;  // of what follows the page
    bool newest_missing_ = false;
    Loss loss_;
};

std::unique_ptr<EventCursor> TraceTrack::open() const { return std::make_unique<Cursor>(source_, place_); }

}  // namespace kstrax
