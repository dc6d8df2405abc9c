// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/ftrace/trace_track.hpp"

#include <algorithm>
#include <utility>

namespace kstrax {

class TraceTrack::Cursor final : public EventCursor {
  public:
    Cursor(std::unique_ptr<TracePages> pages, const TraceRingForm& ring)
        : pages_(std::move(pages)), ring_(ring), page_({}, ring.form), position_(ring.first), page_end_(ring.first) {
        loss_.overwritten = ring.first > 0;
        newest_missing_ = ring.newest_missing;
    }

    bool next(Record& record) override {
        RingEvent event;
        for (;;) {
            while (open_ && page_.next(event)) {
                if (event.offset < view_.read_bytes) {  // a reader has had it
                    if (page_end_) --*page_end_;
                    continue;
                }
                if (!ring_.types->decode(event.data, ring_.time.nanoseconds(event.time), record)) {
                    lose(true);
                    ++position_;
                    continue;
                }
                record.data = event.data;
                record.loss_before = std::exchange(loss_, {});
                record.position = position_++;
                record.next_position = position_;
                return true;
            }
            if (open_) close_page();
            if (!pages_->next(view_)) break;
            open_page();
        }
        if (std::exchange(newest_missing_, false)) lose(true);
        record.data = {};
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
        page_end_.reset();
        if (view_.events) page_end_ = position_ + *view_.events;
        open_ = !view_.bytes.empty();
        if (!open_) {
            if (view_.events != 0U) lose(true);
            position_ = std::max(position_, page_end_.value_or(0));
            return;
        }
        page_ = RingPage(view_.bytes, ring_.form);
        const auto missed = page_.missed();
        if (!missed) return;
        if (position_ == ring_.first) {  // before all of them
            loss_.overwritten = true;
        } else {
            lose(true);
            position_ += *missed;
        }
    }

    /// A ring says how many events were begun in a page. Of the newest, the last ones may not be finished.
    void close_page() {
        open_ = false;
        const bool fewer = page_end_ && position_ != *page_end_;
        if (!page_.damage().empty() || (fewer && !view_.newest)) lose(true);
        else if (fewer) lose(false);
        position_ = std::max(position_, page_end_.value_or(0));
    }

    std::unique_ptr<TracePages> pages_;
    const TraceRingForm& ring_;
    TracePageView view_;
    RingPage page_;
    bool open_ = false;                      // page_ may have more events
    std::uint64_t position_;                 // of the next event
    std::optional<std::uint64_t> page_end_;  // of what follows the page; none: nobody says
    bool newest_missing_ = false;
    Loss loss_;
};

std::unique_ptr<EventCursor> TraceTrack::open() const { return std::make_unique<Cursor>(pages_(), form_); }

}  // namespace kstrax
