// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <memory>

#include "analyzer/base/parse_number.hpp"
#include "analyzer/importers/kstrax/crc32.hpp"
#include "analyzer/importers/kstrax/from_abi.hpp"
#include "analyzer/importers/kstrax_files/buffer_files.hpp"
#include "analyzer/importers/kstrax_files/chunks.hpp"

namespace kstrax {

namespace {

constexpr unsigned char kMagic[8] = KSTRAX_FILE_MAGIC;

/// Walks from chunk to chunk.
class BufferCursor final : public SlotCursor {
  public:
    /// `copied_whole`: all that could be copied was, and the file ends as it should.
    BufferCursor(std::shared_ptr<const MappedFile> file, const kstrax_file_header& header, bool copied_whole)
        : file_(std::move(file)),
          entry_size_(header.facts.entry_size),
          copied_whole_(copied_whole),
          walker_(*file_, header.header_size, entry_size_),
          position_(header.start_position) {}

    std::optional<SlotRun> next() override {
        SlotRun run;
        if (!rest_.empty()) {
            file_->give_back(shown_);
            return part_of_chunk(run);
        }
        if (const auto chunk = walker_.next()) {
            run.first_position = chunk->header.first_position;
            run.overwritten_before = chunk->header.overwritten_before;
            if (chunk->passed_over > 0) run.overwritten_before += overwritten_before_damage(*chunk);
            run.unreadable_before = missing(run.first_position, run.overwritten_before);
            position_ = run.first_position;
            rest_ = chunk->slots;
            suspect_ = !chunk->intact;
            return part_of_chunk(run);
        }
        if (at_end_ || !walker_.end()) return std::nullopt;
        at_end_ = true;
        run.first_position = std::max<std::uint64_t>(walker_.end()->head, position_);
        run.overwritten_before = walker_.end()->overwritten_before;
        run.unreadable_before = missing(run.first_position, run.overwritten_before);
        if (run.overwritten_before + run.unreadable_before == 0) return std::nullopt;
        return run;
    }

  private:
    /// The slots from position_ on, but no more at once than a step of pages holds: a file may be one chunk.
    SlotRun part_of_chunk(SlotRun run) {
        const std::uint64_t most = std::max<std::uint64_t>(kPagesStep / entry_size_, 1);
        run.first_position = position_;
        run.count = std::min(most, rest_.size() / entry_size_);
        run.slots = shown_ = rest_.first(static_cast<std::size_t>(run.count * entry_size_));
        run.suspect = suspect_;
        rest_ = rest_.subspan(shown_.size());
        position_ += run.count;
        return run;
    }

    /// A damaged chunk header took along what it said of positions before its slots. They are
    /// those that no bytes of the file were there for; memory that could all be read lacks
    /// only what newer records had replaced.
    [[nodiscard]] std::uint64_t overwritten_before_damage(const Chunk& chunk) const {
        if (!copied_whole_) return 0;
        const std::uint64_t first = chunk.header.first_position;
        const std::uint64_t gap = first - std::min(first, position_);
        const std::uint64_t known = std::min<std::uint64_t>(gap, chunk.header.overwritten_before);
        const std::uint64_t slots =
            (chunk.passed_over - std::min<std::uint64_t>(chunk.passed_over, sizeof(kstrax_chunk))) / entry_size_;
        return gap - known - std::min(gap - known, slots);
    }

    /// Positions before `next` that are neither here nor said to be overwritten.
    [[nodiscard]] std::uint64_t missing(std::uint64_t next, std::uint64_t overwritten) const {
        const std::uint64_t gap = next - std::min(next, position_);
        return gap - std::min(gap, overwritten);
    }

    std::shared_ptr<const MappedFile> file_;
    std::uint64_t entry_size_;
    bool copied_whole_;
    ChunkWalker walker_;
    std::uint64_t position_;
    Bytes rest_;   // of the chunk, not shown yet
    Bytes shown_;  // last
    bool suspect_ = false;
    bool at_end_ = false;
};

class BufferFile final : public SlotSource {
  public:
    BufferFile(std::shared_ptr<const MappedFile> file, const kstrax_file_header& header, bool copied_whole)
        : file_(std::move(file)), header_(header), copied_whole_(copied_whole) {}
    [[nodiscard]] std::unique_ptr<SlotCursor> open() const override {
        return std::make_unique<BufferCursor>(file_, header_, copied_whole_);
    }

  private:
    std::shared_ptr<const MappedFile> file_;
    kstrax_file_header header_;
    bool copied_whole_;
};

Result<kstrax_file_header> read_header(const MappedFile& file) {
    const auto header = copy_record<kstrax_file_header>(file.bytes());
    if (!header || std::memcmp(header->magic, kMagic, sizeof kMagic) != 0)
        return Error{ErrorCode::Corrupt, file.path() + ": not a kstrax buffer file (no \"KSTRAXB\" at its start)"};
    if (header->version != KSTRAX_FILE_VERSION)
        return Error{ErrorCode::Unsupported,
                     fmt::format("{}: buffer file of version {}, expected {} (a newer kstrax may read it)", file.path(),
                                 std::uint32_t{header->version}, KSTRAX_FILE_VERSION)};
    if (crc32(file.bytes().first(offsetof(kstrax_file_header, crc))) != header->crc)
        return Error{ErrorCode::Corrupt, file.path() + ": its header fails its CRC: the file is damaged"};
    const auto wrong = implausible(header->facts);
    if (wrong) return Error{ErrorCode::Corrupt, file.path() + ": its header makes no sense: " + *wrong};
    if (header->header_size > file.bytes().size())
        return Error{ErrorCode::Corrupt, file.path() + ": is cut off within its header; copy it again in full"};
    if (header->header_size < sizeof *header || header->cpu >= header->facts.possible_cpus)
        return Error{ErrorCode::Corrupt, file.path() + ": its header makes no sense: header size or CPU number"};
    return *header;
}

/// A record between header and first chunk, which older files lack; with a wrong CRC it is damage: `what` it tells.
template <typename T>
std::optional<T> head_record(const MappedFile& file, const kstrax_file_header& header, std::uint32_t magic,
                             std::string_view what, Findings& findings) {
    constexpr std::size_t kMostToSearch = 1 << 16;
    const std::size_t stop = std::min<std::size_t>(header.header_size, kMostToSearch);
    bool seen = false;
    for (std::size_t at = sizeof header; at + sizeof(T) <= stop; at += sizeof(std::uint32_t)) {
        const auto record = copy_record<T>(file.bytes(), at);
        if (!record || record->magic != magic) continue;
        if (crc32(file.bytes().subspan(at, offsetof(T, crc))) == record->crc) return record;
        seen = true;
    }
    if (seen)
        findings.add(FindingId::BufferFileDamaged, fmt::format("{}: what it says of {} is damaged", file.path(), what));
    return std::nullopt;
}

std::optional<kstrax_file_more> read_more(const MappedFile& file, const kstrax_file_header& header,
                                          Findings& findings) {
    const auto more =
        head_record<kstrax_file_more>(file, header, KSTRAX_FILE_MORE, "the kernel's CPUs and clock", findings);
    if (!more) return std::nullopt;
    kstrax_facts facts = header.facts;
    facts.possible_cpus = more->possible_cpus;
    if (more->possible_cpus < header.facts.possible_cpus || implausible(facts)) return std::nullopt;
    return more;
}

/// Slots are read by the facts of the set: a file must not have others of its own. How many files there
/// are may differ, if the copy was killed while a CPU came.
bool same_facts(kstrax_facts one, const kstrax_facts& other) {
    one.possible_cpus = other.possible_cpus;
    return std::memcmp(&one, &other, sizeof one) == 0;
}

/// Walks from chunk to chunk: what the file holds in the end, and what is wrong
/// with it. The slots' checksums are checked when they are read.
void add_track(Recording& recording, const std::shared_ptr<const MappedFile>& file, const kstrax_file_header& header) {
    ChunkWalker walker(*file, header.header_size, header.facts.entry_size, false);
    CpuTrack track;
    track.cpu = header.cpu;
    while (const auto chunk = walker.next())
        track.head = chunk->header.first_position + chunk->slots.size() / header.facts.entry_size;
    if (walker.skipped() > 0)
        recording.findings.add(
            FindingId::BufferFileDamaged,
            fmt::format("{}: {} bytes between chunks are damaged and were passed over", file->path(), walker.skipped()),
            walker.skipped());
    if (!recording.only)
        if (const auto record = head_record<kstrax_file_filter>(*file, header, KSTRAX_FILE_FILTER,
                                                                "the calls that were recorded", recording.findings))
            take_filter(recording, record->filter, file->path());
    if (const auto& end = walker.end()) {
        if ((end->flags & KSTRAX_END_NO_RING) != 0) {
            ++recording.without_ring;
            return;
        }
        if ((end->flags & KSTRAX_END_RING_MISSING) != 0) {
            recording.findings.add(FindingId::RingMissing,
                                   fmt::format("{}: the ring of CPU {} could not be found in the memory that it was "
                                               "copied from: its calls are not in the report",
                                               file->path(), track.cpu));
            recording.missing.push_back(track.cpu);
            return;
        }
        track.head = std::max<std::uint64_t>(track.head, end->head);
        track.lost = losses_of(*end);
        if (end->end.time_ns != 0) recording.end = ending_of(end->end);
        if ((end->flags & KSTRAX_END_DAMAGED) != 0)
            recording.findings.add(FindingId::BufferFileIncomplete,
                                   file->path() + ": was copied from memory that could not be read in full");
        if ((end->flags & KSTRAX_END_DISK_FULL) != 0)
            recording.findings.add(FindingId::BufferFileIncomplete,
                                   file->path() + ": the disk was full before all was copied");
    } else {
        recording.findings.add(FindingId::BufferFileCutOff,
                               file->path() + ": has no end mark: it is cut off; copy it again in full");
    }
    const bool copied_whole = walker.end() && (walker.end()->flags & (KSTRAX_END_DAMAGED | KSTRAX_END_DISK_FULL)) == 0;
    track.slots = std::make_unique<BufferFile>(file, header, copied_whole);
    recording.cpus.push_back(std::move(track));
}

}  // namespace

std::vector<CpuId> buffer_file_numbers(const std::string& name) {
    const std::filesystem::path path(name);
    const std::string stem = path.filename().string() + "_";
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
    std::vector<CpuId> numbers;
    // Not std::filesystem's iterator: libstdc++'s ends the process where there is no memory for the next name.
    const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(folder.c_str()), ::closedir);
    for (const dirent* entry = nullptr; entries && (entry = ::readdir(entries.get())) != nullptr;) {
        const std::string_view file = entry->d_name;
        if (!file.starts_with(stem)) continue;
        const std::string_view digits = file.substr(stem.size());
        const bool canonical = !digits.empty() && digits.size() <= 4 &&
                               digits.find_first_not_of("0123456789") == digits.npos &&
                               (digits == "0" || digits[0] != '0');
        if (canonical) numbers.push_back(*parse_number<CpuId>(digits));
    }
    std::sort(numbers.begin(), numbers.end());
    return numbers;
}

std::vector<BufferPart> open_buffer_parts(const std::string& name) {
    std::vector<BufferPart> parts;
    for (const CpuId cpu : buffer_file_numbers(name)) {
        std::string path = fmt::format("{}_{}", name, cpu);
        auto file = MappedFile::open(path);
        parts.push_back({cpu, std::move(path), std::move(file)});
    }
    return parts;
}

Result<BufferFileSet> open_buffer_files(const std::string& name) {
    return read_buffer_parts(name, open_buffer_parts(name));
}

Result<BufferFileSet> read_buffer_parts(const std::string& name, std::span<const BufferPart> parts) {
    if (parts.empty())
        return Error{ErrorCode::NotFound,
                     fmt::format("{0}: no buffer files {0}_0, {0}_1, …; give the name without the CPU number", name)};
    BufferFileSet set;
    Recording& recording = set.recording;
    std::optional<Error> first_error;
    kstrax_facts first{};  // that the others are held against
    std::vector<CpuId> used;
    std::uint32_t wanted = 0;  // files
    for (const auto& [cpu, path, file] : parts) {
        auto header = file ? read_header(**file) : Result<kstrax_file_header>(file.error().in(path));
        if (header && header->cpu != cpu)
            header = Error{ErrorCode::Corrupt,
                           fmt::format("{}: holds CPU {}; was it renamed?", path, std::uint32_t{header->cpu})};
        if (header && !used.empty() && header->facts.instance_id != first.instance_id)
            header = Error{ErrorCode::Corrupt, path + ": belongs to another recording than the files before it"};
        if (header && !used.empty() && !same_facts(header->facts, first))
            header = Error{ErrorCode::Corrupt, path + ": its header contradicts those of the files before it"};
        if (!header) {
            if (!first_error) first_error = header.error();
            recording.findings.add(FindingId::BufferFileRefused, header.error().message);
            continue;
        }
        if (used.empty()) {
            first = header->facts;
            recording.facts = facts_of(first);
            recording.layout = find_layout(header->facts.layout);
        }
        const auto more = read_more(**file, *header, recording.findings);
        recording.facts.possible_cpus = std::max<std::uint32_t>(
            recording.facts.possible_cpus, (more ? more->possible_cpus : header->facts.possible_cpus));
        // A file that was finished before the others may lack the last steps.
        if (more && more->clock.count >= recording.clock.count()) recording.clock = clock_of(more->clock);
        wanted = std::max<std::uint32_t>(wanted, header->facts.possible_cpus);
        used.push_back(cpu);
        add_track(recording, *file, *header);
        set.files.push_back(*file);
    }
    if (used.empty()) return *first_error;
    recording.without_ring += recording.facts.possible_cpus - wanted;
    for (CpuId cpu = 0; cpu < wanted; ++cpu) {
        if (!std::binary_search(used.begin(), used.end(), cpu)) recording.missing.push_back(cpu);
        if (!std::ranges::binary_search(parts, cpu, {}, &BufferPart::cpu))
            recording.findings.add(FindingId::BufferFileMissing,
                                   fmt::format("{}_{}: is missing: the calls of CPU {} are not in the report; "
                                               "copy the whole set",
                                               name, cpu, cpu));
    }
    std::ranges::sort(recording.missing);
    add_clock_damage(recording);
    recording.provenance.push_back(fmt::format("buffer files of {} CPU{}", used.size(), used.size() == 1 ? "" : "s"));
    return set;
}

}  // namespace kstrax
