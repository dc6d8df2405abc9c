// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/perf_data/sample_form.hpp"

#include <algorithm>

namespace kstrax {

namespace {

constexpr std::uint32_t kPart = sizeof(std::uint64_t);  // of each part of one size

// Bits PERF_SAMPLE_….
constexpr std::uint64_t kIp = 1 << 0, kThread = 1 << 1, kTime = 1 << 2, kAddress = 1 << 3, kRead = 1 << 4,
                        kCallChain = 1 << 5, kId = 1 << 6, kCpu = 1 << 7, kPeriod = 1 << 8, kStreamId = 1 << 9,
                        kRaw = 1 << 10, kIdentifier = 1 << 16;

struct Part {
    std::uint64_t bit;
    std::optional<std::uint32_t> PerfSampleForm::*place;  ///< null: of no use here
};
/// In their order in a sample.
constexpr Part kParts[]{{kIdentifier, &PerfSampleForm::id},
                        {kIp, &PerfSampleForm::ip},
                        {kThread, &PerfSampleForm::thread},
                        {kTime, &PerfSampleForm::time},
                        {kAddress, nullptr},
                        {kId, &PerfSampleForm::id},
                        {kStreamId, nullptr},
                        {kCpu, &PerfSampleForm::cpu},
                        {kPeriod, &PerfSampleForm::period}};
/// Of other records, from their end.
constexpr std::uint64_t kPartsFromEnd[]{kIdentifier, kCpu, kStreamId, kId, kTime, kThread};

PerfSampleForm form_of_counter(const PerfCounter& counter) {
    PerfSampleForm form;
    form.sample_type = counter.sample_type;
    form.read_format = counter.read_format;
    form.tracepoint = counter.type == kPerfTracepoint;
    for (const auto& [bit, place] : kParts) {
        if ((counter.sample_type & bit) == 0) continue;
        if (place != nullptr && !(form.*place)) form.*place = form.fixed;
        form.fixed += kPart;
    }
    if (!counter.all_identified) return form;
    std::uint32_t from_end = 0;
    for (const std::uint64_t bit : kPartsFromEnd) {
        if ((counter.sample_type & bit) == 0) continue;
        from_end += kPart;
        if (bit == kCpu) form.cpu_from_end = from_end;
        if (bit == kThread) form.thread_from_end = from_end;
    }
    return form;
}

/// Bytes of a counter's values at `at`, or of all of its group.
std::uint64_t size_of_values(Bytes sample, std::uint64_t at, std::uint64_t format, std::endian order) {
    constexpr std::uint64_t kEnabled = 1, kRunning = 2, kWithId = 4, kGroup = 8, kWithLost = 16;  // bits PERF_FORMAT_…
    const std::uint64_t times = ((format & kEnabled) != 0 ? kPart : 0) + ((format & kRunning) != 0 ? kPart : 0);
    const std::uint64_t value = kPart + ((format & kWithId) != 0 ? kPart : 0) + ((format & kWithLost) != 0 ? kPart : 0);
    if ((format & kGroup) == 0) return value + times;
    FieldReader fields(sample, order);
    const std::uint64_t members = fields.u64(at);
    return members > sample.size() ? sample.size() : kPart + times + members * value;
}

}  // namespace

std::optional<PerfRecord> take_record(Bytes& bytes, std::endian order) {
    FieldReader header(bytes, order);
    const std::uint32_t type = header.u32(0);
    const std::uint16_t size = header.u16(6);
    if (!header.ok() || size < kPerfHeaderSize || size > bytes.size()) return std::nullopt;
    const PerfRecord record{static_cast<PerfRecordType>(type), bytes.first(size)};
    bytes = bytes.subspan(size);
    if (record.type == PerfRecordType::Auxtrace) {
        FieldReader fields(record.bytes, order);
        const std::uint64_t behind = fields.u64(kPerfHeaderSize);
        if (!fields.ok() || behind > bytes.size()) return std::nullopt;
        bytes = bytes.subspan(static_cast<std::size_t>(behind));
    }
    return record;
}

PerfSampleForms::PerfSampleForms(const PerfFile& file) : order_(file.order) {
    for (const PerfCounter& counter : file.counters) forms_.push_back(form_of_counter(counter));
    const bool alike = std::ranges::all_of(forms_, [&](const PerfSampleForm& one) {
        const PerfSampleForm& first = forms_.front();
        return one.sample_type == first.sample_type && one.read_format == first.read_format &&
               one.tracepoint == first.tracepoint;
    });
    if (alike) return;
    for (std::size_t i = 0; i < forms_.size(); ++i)
        for (const std::uint64_t id : file.counters[i].ids) by_id_.try_emplace(id, i);
}

/// The kernel's rule: where counters have different samples, all have the id at one place.
const PerfSampleForm& PerfSampleForms::form_of(Bytes sample) const {
    const PerfSampleForm& first = forms_.front();
    if (by_id_.empty() || !first.id) return first;
    FieldReader fields(sample, order_);
    const auto found = by_id_.find(fields.u64(*first.id));
    return found == by_id_.end() ? first : forms_[found->second];
}

std::optional<std::uint32_t> PerfSampleForms::cpu_of(const PerfRecord& record) const {
    std::optional<std::uint32_t> place;
    if (record.type == PerfRecordType::Sample) place = form_of(record.bytes).cpu;
    else if (const std::uint32_t from_end = forms_.front().cpu_from_end;
             from_end > 0 && record.bytes.size() >= kPerfHeaderSize + from_end)
        place = static_cast<std::uint32_t>(record.bytes.size()) - from_end;
    if (!place) return std::nullopt;
    FieldReader fields(record.bytes, order_);
    const std::uint32_t cpu = fields.u32(*place);
    return fields.ok() ? std::optional(cpu) : std::nullopt;
}

std::optional<PerfSample> PerfSampleForms::read(Bytes sample) const {
    const PerfSampleForm& form = form_of(sample);
    FieldReader fields(sample, order_);
    PerfSample read;
    if (form.thread) {
        read.process = fields.u32(*form.thread);
        read.thread = fields.u32(*form.thread + sizeof(std::uint32_t));
    }
    if (form.time) read.time = fields.u64(*form.time);
    if (form.ip) read.ip = fields.u64(*form.ip);
    if (form.period) read.period = fields.u64(*form.period);
    if (!fields.ok() || form.fixed > sample.size()) return std::nullopt;
    if (!form.tracepoint || (form.sample_type & kRaw) == 0) return read;
    std::uint64_t at = form.fixed;
    if ((form.sample_type & kRead) != 0) at += size_of_values(sample, at, form.read_format, order_);
    if ((form.sample_type & kCallChain) != 0) {
        const std::uint64_t callers = fields.u64(at);
        if (callers > sample.size()) return std::nullopt;
        at += kPart + callers * kPart;
    }
    const std::uint32_t size = fields.u32(at);
    const auto event = slice(sample, at + sizeof(std::uint32_t), size);
    if (!fields.ok() || !event) return std::nullopt;
    read.event = *event;
    return read;
}

}  // namespace kstrax
