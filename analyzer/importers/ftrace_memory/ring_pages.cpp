// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/ftrace_memory/ring_pages.hpp"

namespace kstrax {

namespace {

class PagesInMemory final : public TracePages {
  public:
    explicit PagesInMemory(const RingPages& ring) : ring_(ring), bytes_(static_cast<std::size_t>(ring.page_size)) {}

    bool next(TracePageView& view) override {
        if (next_ == ring_.pages.size()) return false;
        const PhysicalPage& page = ring_.pages[next_++];
        const bool there = page.at && ring_.source.read(*page.at, bytes_).ok();
        view = {.bytes = there ? Bytes(bytes_) : Bytes{},
                .events = page.page.events,
                .read_bytes = page.page.read_bytes,
                .newest = page.page.newest};
        return true;
    }

  private:
    const RingPages& ring_;
    std::vector<std::byte> bytes_;
    std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<TracePages> RingPages::open() const { return std::make_unique<PagesInMemory>(*this); }

}  // namespace kstrax
