// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/trace_dat/trace_file.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "analyzer/importers/ftrace/trace_recording.hpp"
#include "analyzer/importers/trace_dat/sections.hpp"
#include "analyzer/memory/codecs.hpp"

namespace kstrax {

namespace {

constexpr std::string_view kMagic{"\x17\x08\x44tracing", 10};
constexpr std::uint64_t kLargestSection = std::uint64_t{256} << 20;  // bytes, when it is expanded
constexpr std::size_t kMostSections = 256;
constexpr std::size_t kMostBuffers = 4096;
constexpr std::uint32_t kLargestPage = 1 << 20;

struct Compression {
    std::string_view name;
    TraceCompression kind;
};
constexpr Compression kCompressions[]{
    {"none", TraceCompression::None}, {"zlib", TraceCompression::Zlib}, {"zstd", TraceCompression::Zstd}};

Error corrupt(const std::string& what) {
    return {ErrorCode::Corrupt, what + "; copy the file anew, or record again with trace-cmd"};
}

bool is_page(std::uint32_t size) {
    return size >= kSmallestPage / 4 && size <= kLargestPage && (size & (size - 1)) == 0;
}

class Reader {
  public:
    explicit Reader(Bytes bytes, std::string* symbols = nullptr) : bytes_(bytes), symbols_(symbols) {}

    Result<TraceFile> read();

  private:
    struct Section {
        std::uint16_t id = 0;
        bool compressed = false;
        std::uint64_t offset = 0;  // of what stands behind its header
        std::uint64_t size = 0;
    };

    [[nodiscard]] FileCursor at(std::uint64_t offset) const { return FileCursor(bytes_, file_.form.order, offset); }
    Result<void> read_6(FileCursor& cursor);
    void add_rings(FileCursor& table, std::string name, std::uint32_t cpus);
    Result<void> read_7(FileCursor& cursor);
    std::uint64_t read_options(std::uint64_t offset);
    void add_buffer(FileCursor& option);
    [[nodiscard]] std::optional<Section> section(std::uint64_t offset) const;
    [[nodiscard]] std::optional<Bytes> content(const Section& section);
    void read_section(TraceOption id);
    void damaged(std::string what) { file_.damage.add(FindingId::TraceFileDamaged, std::move(what)); }

    Bytes bytes_;
    std::string* symbols_;  // that somebody wants to have; null: nobody does
    TraceFile file_;
    std::vector<std::pair<TraceOption, std::uint64_t>> sections_;  // that options name, and where
    std::vector<std::byte> expanded_;
    bool text_only_ = false;
};

Result<TraceFile> Reader::read() {
    const FileCursor start(bytes_, std::endian::little, kMagic.size());
    FileCursor cursor = start;
    const std::string_view version = cursor.text();
    const Bytes machine = cursor.take(2);
    if (!cursor.ok()) return corrupt("a trace.dat file that is cut off in its first bytes");
    const auto order = std::to_integer<unsigned>(machine[0]);
    if (version != "6" && version != "7")
        return Error{ErrorCode::Unsupported,
                     fmt::format("a trace.dat file of version {}; those of 6 and 7 are read (trace-cmd convert)",
                                 version.size() < 8 ? printable(version) : "?")};
    if (order > 1) return corrupt(fmt::format("a trace.dat file whose byte order is {}, not 0 or 1", order));
    file_.version = version == "6" ? 6 : 7;
    file_.form.order = order == 0 ? std::endian::little : std::endian::big;
    cursor = at(cursor.at());
    file_.page_size = cursor.u32();
    if (!cursor.ok() || !is_page(file_.page_size))
        return corrupt(fmt::format("a trace.dat file whose pages have {} bytes", file_.page_size));
    const auto read = file_.version == 6 ? read_6(cursor) : read_7(cursor);
    if (!read) return read.error();
    if (file_.buffers.empty())
        return text_only_
                   ? Error{ErrorCode::Unsupported,
                           "a trace.dat file that holds a tracer's text, not its rings: trace-cmd report shows it"}
                   : corrupt("a trace.dat file that does not say where its rings are: it was cut off");
    if (file_.types.empty() || file_.common.empty())
        return corrupt("a trace.dat file that does not say what its events are");
    return std::move(file_);
}

/// What stands before the rings, in the order of the file; and the instances that options name.
Result<void> Reader::read_6(FileCursor& cursor) {
    constexpr std::size_t kKind = 10;  // bytes of a word that says what follows
    if (!read_header_info(cursor, file_)) return corrupt("a trace.dat file without the form of its pages");
    read_ftrace_formats(cursor, file_);
    read_event_formats(cursor, file_);
    read_kallsyms(cursor, file_, symbols_);
    pass_printk_formats(cursor);
    read_commands(cursor, file_);
    std::uint32_t cpus = cursor.u32();
    const std::uint32_t own_cpus = cpus;
    struct Instance {
        std::uint64_t offset;
        std::string name;
        std::uint32_t cpus;
    };
    std::vector<Instance> instances;
    const auto kind = [&](FileCursor& from) { return bounded_text(as_text(from.take(kKind))); };
    std::string_view next = kind(cursor);
    while (next == "options  " && cursor.ok()) {
        for (auto id = static_cast<TraceOption>(cursor.u16()); id != TraceOption::Done && cursor.ok();
             id = static_cast<TraceOption>(cursor.u16())) {
            const Bytes data = cursor.take(cursor.u32());
            FileCursor option(data, file_.form.order);
            if (id == TraceOption::CpuCount) cpus = option.u32();
            if (id != TraceOption::Buffer) {
                read_option(id, data, file_);
            } else if (instances.size() < kMostBuffers) {
                const std::uint64_t offset = option.u64();
                instances.push_back({offset, std::string(option.text()), cpus});
            }
        }
        next = kind(cursor);
    }
    if (!cursor.ok()) return corrupt("a trace.dat file that is cut off before its rings");
    text_only_ = next == "latency  ";
    if (text_only_) return {};
    if (next != "flyrecord") return corrupt("a trace.dat file without rings");
    add_rings(cursor, "", own_cpus);
    for (Instance& one : instances) {
        FileCursor there = at(one.offset);
        if (kind(there) == "flyrecord") add_rings(there, std::move(one.name), one.cpus);
        else damaged(fmt::format("the rings of instance {} are not where the file says", printable(one.name)));
    }
    return {};
}

/// A table of where they are, by the CPU.
void Reader::add_rings(FileCursor& table, std::string name, std::uint32_t cpus) {
    TraceFileBuffer buffer{.name = std::move(name), .clock = file_.clock, .page_size = file_.page_size, .cpus = {}};
    for (CpuId cpu = 0; cpu < std::min(cpus, kMostCpus) && table.ok(); ++cpu) {
        const std::uint64_t offset = table.u64();
        buffer.cpus.push_back({cpu, offset, table.u64()});
    }
    if (!table.ok()) damaged("the table of rings is cut off");
    else file_.buffers.push_back(std::move(buffer));
}

Result<void> Reader::read_7(FileCursor& cursor) {
    const std::string_view compression = cursor.text();
    (void)cursor.text();  // its version
    std::uint64_t options = cursor.u64();
    if (!cursor.ok()) return corrupt("a trace.dat file that is cut off in its first bytes");
    const auto* known = std::ranges::find(kCompressions, compression, &Compression::name);
    if (known == std::end(kCompressions))
        return Error{ErrorCode::Unsupported,
                     fmt::format("a trace.dat file compressed by {}; none, zlib and zstd are read (trace-cmd convert)",
                                 compression.size() < 16 ? printable(compression) : "?")};
    file_.compression = known->kind;
    for (std::size_t count = 0; options != 0 && count < kMostSections; ++count) options = read_options(options);
    for (const TraceOption wanted : {TraceOption::HeaderInfo, TraceOption::FtraceFormats, TraceOption::EventFormats})
        read_section(wanted);
    if (file_.uname.empty() || symbols_ != nullptr) read_section(TraceOption::Kallsyms);
    read_section(TraceOption::CommandLines);
    return {};
}

/// One section of them. Returns where the next is, or 0.
std::uint64_t Reader::read_options(std::uint64_t offset) {
    const auto here = section(offset);
    const auto bytes = here && here->id == 0 ? content(*here) : std::nullopt;
    if (!bytes) {
        damaged(fmt::format("its options at {:#x} are not in the file: it was cut off", offset));
        return 0;
    }
    const std::vector<std::byte> kept(bytes->begin(), bytes->end());  // what they name is expanded in the same place
    FileCursor cursor(kept, file_.form.order);
    while (cursor.ok()) {
        const auto id = static_cast<TraceOption>(cursor.u16());
        const Bytes data = cursor.take(cursor.u32());
        FileCursor option(data, file_.form.order);
        if (!cursor.ok()) break;
        if (id == TraceOption::Done) return option.u64();
        if (id >= TraceOption::HeaderInfo && id <= TraceOption::CommandLines) sections_.emplace_back(id, option.u64());
        else if (id == TraceOption::Buffer) add_buffer(option);
        else read_option(id, data, file_);
        text_only_ |= id == TraceOption::BufferText;
    }
    damaged(fmt::format("its options at {:#x} break off", offset));
    return 0;
}

void Reader::add_buffer(FileCursor& option) {
    const std::uint64_t at = option.u64();
    TraceFileBuffer buffer;
    buffer.name = option.text();
    buffer.clock = option.text();
    buffer.page_size = option.u32();
    for (std::uint32_t left = std::min(option.u32(), kMostCpus); left > 0 && option.ok(); --left) {
        const CpuId cpu = option.u32();
        const std::uint64_t offset = option.u64();
        const std::uint64_t size = option.u64();
        if (option.ok() && cpu < kMostCpus) buffer.cpus.push_back({cpu, offset, size});
    }
    const auto rings = section(at);
    if (!option.ok() || !rings || !is_page(buffer.page_size) || file_.buffers.size() == kMostBuffers) {
        damaged(fmt::format("the rings of instance {} cannot be read: their section is not at {:#x}",
                            buffer.name.empty() ? "\"\"" : printable(buffer.name), at));
        return;
    }
    buffer.compressed = rings->compressed;
    std::ranges::stable_sort(buffer.cpus, {}, &TraceFileCpu::cpu);
    file_.buffers.push_back(std::move(buffer));
}

std::optional<Reader::Section> Reader::section(std::uint64_t offset) const {
    constexpr std::uint16_t kCompressed = 1;
    FileCursor cursor = at(offset);
    Section section;
    section.id = cursor.u16();
    section.compressed = (cursor.u16() & kCompressed) != 0;
    (void)cursor.u32();  // its description
    section.size = cursor.u64();
    section.offset = cursor.at();
    if (!cursor.ok()) return std::nullopt;
    return section;
}

/// What is in it, until the next one is asked for.
std::optional<Bytes> Reader::content(const Section& section) {
    FileCursor cursor = at(section.offset);
    if (!section.compressed) {
        const Bytes plain = cursor.take(section.size);
        return cursor.ok() ? std::optional(plain) : std::nullopt;
    }
    const std::uint32_t stored = cursor.u32();
    const std::uint32_t size = cursor.u32();
    const Bytes bytes = cursor.take(stored);
    if (!cursor.ok() || size > kLargestSection || file_.compression == TraceCompression::None) return std::nullopt;
    expanded_.resize(size);
    if (!expand_page(static_cast<std::uint32_t>(file_.compression), bytes, expanded_)) return std::nullopt;
    return expanded_;
}

void Reader::read_section(TraceOption id) {
    const auto named = std::ranges::find(sections_, id, &std::pair<TraceOption, std::uint64_t>::first);
    if (named == sections_.end()) return;
    const auto here = section(named->second);
    const auto bytes = here && here->id == static_cast<std::uint16_t>(id) ? content(*here) : std::nullopt;
    FileCursor cursor(bytes.value_or(Bytes{}), file_.form.order);
    if (bytes) {
        if (id == TraceOption::HeaderInfo) (void)read_header_info(cursor, file_);
        if (id == TraceOption::FtraceFormats) read_ftrace_formats(cursor, file_);
        if (id == TraceOption::EventFormats) read_event_formats(cursor, file_);
        if (id == TraceOption::Kallsyms) read_kallsyms(cursor, file_, symbols_);
        if (id == TraceOption::CommandLines) read_commands(cursor, file_);
    }
    if (!bytes || !cursor.ok())
        damaged(fmt::format("its section {} at {:#x} cannot be read", static_cast<unsigned>(id), named->second));
}

}  // namespace

bool is_trace_file(Bytes file) { return as_text(file.first(std::min(file.size(), kMagic.size()))) == kMagic; }

Result<TraceFile> read_trace_file(Bytes file) { return Reader(file).read(); }

std::string read_trace_symbols(Bytes file) {
    std::string symbols;
    (void)Reader(file, &symbols).read();
    return symbols;
}

}  // namespace kstrax
