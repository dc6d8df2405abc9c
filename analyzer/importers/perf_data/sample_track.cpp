// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/perf_data/sample_track.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <optional>

namespace kstrax {

namespace {

constexpr std::array<std::string_view, 2> kSampleFields{"ip", "period"};
/// Of a counter that is none of the kernel's trace events.
constexpr EventType kSample{.name = "sample", .role = EventRole::Instant, .family = "perf", .fields = kSampleFields};

constexpr std::uint32_t kGone = ~std::uint32_t{0};

/// How many are lost before what follows; none: the record says nothing of that.
std::optional<std::uint64_t> lost_before(const PerfRecord& record, std::endian order) {
    if (record.type != PerfRecordType::Lost) return std::nullopt;
    FieldReader fields(record.bytes, order);
    const std::uint64_t lost = fields.u64(kPerfHeaderSize + sizeof(std::uint64_t));  // behind the counter's id
    return fields.ok() ? std::optional(lost) : std::nullopt;
}

/// Process and thread, then the name.
void note_command(const PerfRecord& record, std::endian order, PerfRings& rings) {
    constexpr std::size_t kThread = kPerfHeaderSize + sizeof(std::uint32_t), kName = kThread + sizeof(std::uint32_t);
    constexpr std::size_t kLongest = 16;  // as the kernel keeps them
    FieldReader fields(record.bytes, order);
    const std::uint32_t thread = fields.u32(kThread);
    if (!fields.ok()) return;
    const auto name = record.bytes.subspan(kName, std::min<std::size_t>(kLongest, record.bytes.size() - kName));
    rings.commands[static_cast<Tid>(thread)] = bounded_text(as_text(name));
}

}  // namespace

void add_records(Bytes records, const PerfSampleForms& forms, std::string_view from, PerfRings& rings) {
    const std::byte* const begin = records.data();
    PerfRing* ring = nullptr;  // whose piece goes on
    CpuId of = 0;
    while (!records.empty()) {
        const auto record = take_record(records, forms.order());
        if (!record) {
            rings.damage.add(FindingId::TraceFileDamaged,
                             fmt::format("what stands at byte {} of {} is no record: what follows is not read",
                                         records.data() - begin, from));
            return;
        }
        const auto lost = lost_before(*record, forms.order());
        const bool sample = record->type == PerfRecordType::Sample;
        if (record->type == PerfRecordType::Comm) note_command(*record, forms.order(), rings);
        if (record->type == PerfRecordType::LostSamples) {
            FieldReader fields(record->bytes, forms.order());
            rings.lost_in_all += fields.u64(kPerfHeaderSize);
        }
        if (!sample && !lost) {
            // A piece goes on behind it; what lies behind an Auxtrace record is no record, though.
            if (record->type == PerfRecordType::Auxtrace) ring = nullptr;
            continue;
        }
        const auto cpu = forms.cpu_of(*record);
        if (!cpu || *cpu >= kMostCpus) {
            ring = nullptr;
            rings.without_cpu += sample ? 1 : 0;
            rings.lost_without_cpu += lost.value_or(0);
            continue;
        }
        if (ring == nullptr || *cpu != of) {
            ring = &rings.of_cpu[of = *cpu];
            ring->pieces.push_back(record->bytes);
        } else {
            Bytes& piece = ring->pieces.back();
            piece = Bytes(piece.data(), record->bytes.data() + record->bytes.size());
        }
        rings.samples += sample ? 1 : 0;
        rings.lost += lost.value_or(0);
        ring->positions += lost.value_or(1);
    }
}

class PerfTrack::Cursor final : public EventCursor {
  public:
    explicit Cursor(const PerfTrack& track) : parts_(*track.parts_), pieces_(track.pieces_) {}

    bool next(Record& record) override {
        while (const auto raw = next_raw()) {
            if (const auto lost = lost_before(*raw, parts_.forms.order())) {
                lose(*lost);
            } else if (raw->type == PerfRecordType::Sample) {
                if (decode(raw->bytes, record)) {
                    record.loss_before = std::exchange(loss_, {});
                    record.position = position_++;
                    record.next_position = position_;
                    return true;
                }
                lose(1);
            }
        }
        record.data = {};
        record.position = position_;
        record.loss_before = std::exchange(loss_, {});
        return false;
    }

  private:
    std::optional<PerfRecord> next_raw() {
        while (rest_.empty()) {
            if (next_piece_ == pieces_.size()) return std::nullopt;
            rest_ = pieces_[next_piece_++];
        }
        return take_record(rest_, parts_.forms.order());
    }

    void lose(std::uint64_t count) {
        position_ += count;
        loss_.damaged = loss_.missing = true;
    }

    bool decode(Bytes bytes, Record& record) {
        const auto sample = parts_.forms.read(bytes);
        if (!sample) return false;
        if (!sample->event.empty()) {
            if (!parts_.types->decode(sample->event, sample->time, record)) return false;
        } else {
            record.entry = {};
            record.has_path = record.path_cut = false;
            record.entry.time = sample->time;
            record.mark_other(kSample);
            record.entry.args[0] = sample->ip;
            record.entry.args[1] = sample->period;
        }
        record.data = sample->event;
        // Of a task that is about to be gone, perf has no number any more. Its event has the thread's.
        if (sample->thread != kGone) record.entry.pid = static_cast<Tid>(sample->thread);
        record.entry.tgid = sample->process != kGone ? static_cast<Tid>(sample->process) : 0;
        return true;
    }

    const PerfParts& parts_;
    const std::vector<Bytes>& pieces_;
    std::size_t next_piece_ = 0;
    Bytes rest_;  // of the piece before it
    std::uint64_t position_ = 0;
    Loss loss_;
};

std::unique_ptr<EventCursor> PerfTrack::open() const { return std::make_unique<Cursor>(*this); }

}  // namespace kstrax
