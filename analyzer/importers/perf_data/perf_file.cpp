// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/perf_data/perf_file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <bitset>

#include "analyzer/importers/trace_dat/file_cursor.hpp"
#include "analyzer/importers/trace_dat/sections.hpp"

namespace kstrax {

namespace {

constexpr std::string_view kMagic{"PERFILE2"};
constexpr std::string_view kMagicOfOtherOrder{"2ELIFREP"};
constexpr std::string_view kTraceMagic{"\x17\x08\x44tracing", 10};
constexpr std::uint64_t kHeaderSize = 104;
constexpr std::uint64_t kPipeHeaderSize = 16;
constexpr std::uint64_t kSectionSize = 16;  // where a part lies, and its size
constexpr std::uint64_t kSmallestCounter = 64;
constexpr std::size_t kMostCounters = 4096;
constexpr std::size_t kMostIds = 1 << 20;  // of all counters

// Numbers of features: bits of the header, in the order of their sections.
constexpr std::size_t kTracingData = 1;
struct TextFeature {
    std::size_t number;
    std::string PerfFile::*text;
};
constexpr std::array kTexts{TextFeature{3, &PerfFile::host}, TextFeature{4, &PerfFile::release},
                            TextFeature{5, &PerfFile::version}, TextFeature{6, &PerfFile::machine}};

struct Section {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

struct Clock {
    std::uint32_t id;  ///< CLOCK_…
    std::string_view name;
};
constexpr std::array kClocks{Clock{0, "realtime"}, Clock{1, "mono"}, Clock{4, "mono_raw"}, Clock{7, "boot"},
                             Clock{11, "tai"}};

Error corrupt(const std::string& what) {
    return {ErrorCode::Corrupt, what + "; copy the file anew, or record again with perf record"};
}

class Reader {
  public:
    explicit Reader(Bytes bytes) : bytes_(bytes) {}
    Result<PerfFile> read();

  private:
    [[nodiscard]] FileCursor at(std::uint64_t offset) const { return FileCursor(bytes_, file_.order, offset); }
    static Section section(FileCursor& cursor) {
        const std::uint64_t offset = cursor.u64();
        return {offset, cursor.u64()};
    }
    Result<void> read_counters(Section table, std::uint64_t row_size);
    void read_ids(Section ids, PerfCounter& counter);
    Result<void> read_feature(std::size_t feature, Section where);
    [[nodiscard]] std::string text_of(Section where) const;
    Result<void> read_formats(Section where);

    Bytes bytes_;
    PerfFile file_;
    std::size_t ids_ = 0;  // of all counters
};

Result<PerfFile> Reader::read() {
    file_.order = as_text(bytes_).starts_with(kMagic) ? std::endian::little : std::endian::big;
    FileCursor header = at(kMagic.size());
    const std::uint64_t size = header.u64();
    const std::uint64_t row_size = header.u64();
    const Section counters = section(header);
    const Section records = section(header);
    (void)section(header);  // of no use since 2010
    if (size == kPipeHeaderSize)
        return Error{ErrorCode::Unsupported,
                     "a perf.data stream, as perf writes it into a pipe: record into a file (perf record -o FILE)"};
    std::bitset<256> features;
    for (std::size_t i = 0; i < features.size(); i += 64) {
        const std::uint64_t word = header.u64();
        for (std::size_t bit = 0; bit < 64; ++bit) features[i + bit] = ((word >> bit) & 1) != 0;
    }
    if (!header.ok() || size < kHeaderSize) return corrupt("a perf.data file that is cut off in its header");
    if (const auto read = read_counters(counters, row_size); !read) return read.error();
    if (records.size == 0)
        return corrupt(
            "a perf.data file whose header was not completed: perf record was killed before its end, and what "
            "its events are was not written");
    const auto data = slice(bytes_, records.offset, records.size);
    if (!data)
        return corrupt(fmt::format("a perf.data file whose records lie in bytes {} to {}, but it has {}",
                                   records.offset, records.offset + records.size, bytes_.size()));
    file_.records = *data;
    FileCursor sections = at(records.offset + records.size);
    for (std::size_t i = 0; i < features.size() && sections.ok(); ++i)
        if (features[i])
            if (const auto read = read_feature(i, section(sections)); !read) return read.error();
    if (file_.formats.types.empty() || file_.formats.common.empty())
        return Error{ErrorCode::Unsupported,
                     "a perf.data file without events of the kernel's tracing: perf record -e 'raw_syscalls:*' records "
                     "calls"};
    return std::move(file_);
}

Result<void> Reader::read_counters(Section table, std::uint64_t row_size) {
    if (row_size < kSmallestCounter + kSectionSize || !slice(bytes_, table.offset, table.size))
        return corrupt("a perf.data file that does not say what its records hold");
    const std::uint64_t count = table.size / row_size;
    if (count == 0 || count > kMostCounters)
        return corrupt(fmt::format("a perf.data file of {} counters, not 1 to {}", count, kMostCounters));
    constexpr unsigned kAllIdentified = 18, kClockChosen = 25;  // numbers of its flags
    constexpr std::uint64_t kClockOffset = 92;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto row = slice(bytes_, table.offset + i * row_size, row_size);
        if (!row) break;
        FieldReader fields(*row, file_.order);
        const std::uint64_t flags = fields.u64(40);
        const auto flag = [&](unsigned number) {  // the first is a word's lowest bit, or its highest
            return ((flags >> (file_.order == std::endian::little ? number : 63 - number)) & 1) != 0;
        };
        PerfCounter counter{.type = fields.u32(0),
                            .sample_type = fields.u64(24),
                            .read_format = fields.u64(32),
                            .all_identified = flag(kAllIdentified),
                            .ids = {}};
        if (flag(kClockChosen) && row_size >= kClockOffset + sizeof(std::uint32_t) + kSectionSize) {
            const auto clock = std::ranges::find(kClocks, fields.u32(kClockOffset), &Clock::id);
            file_.clock = clock == kClocks.end() ? "?" : clock->name;
        }
        const std::uint64_t behind = row_size - kSectionSize;
        read_ids({fields.u64(behind), fields.u64(behind + sizeof(std::uint64_t))}, counter);
        file_.counters.push_back(std::move(counter));
    }
    if (file_.clock.empty()) file_.clock = "perf";
    return {};
}

void Reader::read_ids(Section ids, PerfCounter& counter) {
    const auto all = slice(bytes_, ids.offset, ids.size);
    if (!all) return;
    FieldReader numbers(*all, file_.order);
    for (std::uint64_t at = 0; at + sizeof(std::uint64_t) <= all->size() && ids_ < kMostIds; ++ids_) {
        counter.ids.push_back(numbers.u64(at));
        at += sizeof(std::uint64_t);
    }
}

/// Its size in 4 bytes, with what fills it up.
std::string Reader::text_of(Section where) const {
    FileCursor cursor = at(where.offset);
    const std::uint32_t size = cursor.u32();
    return std::string(bounded_text(as_text(cursor.take(std::min<std::uint64_t>(size, where.size)))));
}

Result<void> Reader::read_feature(std::size_t feature, Section where) {
    if (feature == kTracingData) return read_formats(where);
    const auto text = std::ranges::find(kTexts, feature, &TextFeature::number);
    if (text != kTexts.end()) file_.*text->text = text_of(where);
    return {};
}

/// As at the beginning of a trace.dat file.
Result<void> Reader::read_formats(Section where) {
    FileCursor cursor = at(where.offset);
    const std::string_view magic = as_text(cursor.take(kTraceMagic.size()));
    (void)cursor.text();  // of this part's version
    const Bytes machine = cursor.take(2);
    if (!cursor.ok() || magic != kTraceMagic || std::to_integer<unsigned>(machine[0]) > 1)
        return corrupt("a perf.data file whose formats of events do not begin as such");
    TraceFile& formats = file_.formats;
    formats.form.order = std::to_integer<unsigned>(machine[0]) == 0 ? std::endian::little : std::endian::big;
    FileCursor parts(bytes_, formats.form.order, cursor.at());
    formats.page_size = parts.u32();
    if (!read_header_info(parts, formats)) return corrupt("a perf.data file without the form of the kernel's events");
    read_ftrace_formats(parts, formats);
    read_event_formats(parts, formats);
    if (!parts.ok())
        formats.damage.add(FindingId::TraceFileDamaged,
                           "the formats of events break off: the file was cut off, and some events are unknown");
    return {};
}

}  // namespace

bool is_perf_file(Bytes file) {
    return as_text(file).starts_with(kMagic) || as_text(file).starts_with(kMagicOfOtherOrder);
}

Result<PerfFile> read_perf_file(Bytes file) { return Reader(file).read(); }

}  // namespace kstrax
