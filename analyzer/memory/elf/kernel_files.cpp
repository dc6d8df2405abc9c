// SPDX-License-Identifier: GPL-2.0-or-later
// Memory as the kernel itself shows it: /proc/vmcore of the crashed one, /proc/kcore
// and /dev/mem of the running one. Read where asked for, never mapped: a mapping
// of all costs page tables, and a capture kernel has hardly memory for those.
#include <sys/sysmacros.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>

#include "analyzer/base/parse_number.hpp"
#include "analyzer/memory/elf/elf_headers.hpp"
#include "analyzer/memory/elf_notes.hpp"
#include "analyzer/memory/ranges/file_ranges.hpp"
#include "analyzer/memory/ranges/ranged_source.hpp"

namespace kstrax {

namespace {

using FilePtr = std::shared_ptr<const PreadFile>;

std::string text_of(const char* path) {
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Both of an ELF core; of the running kernel's, some segments have no physical address.
SourceResult open_core(const FilePtr& file, std::string_view format, MemoryKind kind) {
    constexpr std::uint64_t kMostHeaderBytes = std::uint64_t{16} << 20;
    constexpr std::uint64_t kNoAddress = ~std::uint64_t{0};
    std::vector<std::byte> part;
    // The size of /proc/kcore is that of the address space, or what the kernel takes it to be.
    const std::uint64_t size =
        kind == MemoryKind::RunningSelf ? std::uint64_t{1} << 63 : static_cast<std::uint64_t>(file->status().st_size);
    auto headers = read_elf_headers({size, [&](std::uint64_t offset, std::uint64_t bytes) -> std::optional<Bytes> {
                                         if (bytes > kMostHeaderBytes) return std::nullopt;
                                         part.resize(static_cast<std::size_t>(bytes));
                                         if (!file->read(offset, part)) return std::nullopt;
                                         return Bytes(part);
                                     }});
    if (!headers && headers.error().code == ErrorCode::NotMine)
        return Error{ErrorCode::Corrupt, "does not begin as an ELF core"};
    if (!headers) return headers.error();
    SourceFacts facts{std::string(format), kind, headers->machine, {}, std::move(headers->notes), {}};
    std::vector<FileRange> ranges;
    for (const ElfLoad& load : headers->loads) {
        if (load.phys.value == kNoAddress) continue;  // vmalloc's, and the like: memory that is elsewhere, too
        ranges.push_back({load.phys, load.present, load.offset});
        if (load.virt.value != 0) facts.segments.push_back({load.virt, load.phys, load.size});
    }
    if (ranges.empty() ||
        std::all_of(ranges.begin(), ranges.end(), [](const FileRange& r) { return r.start.value == 0; }))
        return Error{ErrorCode::Unsupported, "this kernel does not say where its memory lies physically (p_paddr)"};
    return ranged_source(FileRanges(file, std::move(ranges)), std::move(facts));
}

SourceResult open_vmcore(const FilePtr& file) { return open_core(file, "/proc/vmcore", MemoryKind::Dump); }
SourceResult open_kcore(const FilePtr& file) {
    return open_core(file, "live memory (/proc/kcore)", MemoryKind::RunningSelf);
}

/// What /proc/iomem calls System RAM. Who may not see addresses sees zeros.
std::vector<FileRange> system_ram() {
    const auto page = static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    std::vector<FileRange> ranges;
    std::ifstream file("/proc/iomem");
    for (std::string line; std::getline(file, line);) {
        if (!line.ends_with(" : System RAM") || line.starts_with(' ')) continue;
        std::string_view rest = line;
        const auto first = take_number<std::uint64_t>(rest, 16);
        if (!first || !rest.starts_with('-')) continue;
        rest.remove_prefix(1);
        const auto last = take_number<std::uint64_t>(rest, 16);
        if (!last || *last <= *first) continue;
        // Whole pages: of one that is not all memory the kernel lets nothing be read.
        const std::uint64_t begin = (*first + page - 1) / page * page;
        const std::uint64_t end = (*last + 1) / page * page;
        if (begin < end) ranges.push_back({{begin}, end - begin, begin});
    }
    return ranges;
}

/// VMCOREINFO's note, where the kernel says that it lies: "0xADDRESS SIZE", in hexadecimal.
std::vector<Note> note_in_memory(const FileRanges& memory) {
    constexpr std::uint64_t kMost = 1 << 16;
    const std::string text = text_of("/sys/kernel/vmcoreinfo");
    const std::size_t blank = text.find(' ');
    if (!text.starts_with("0x") || blank == text.npos) return {};
    std::string_view rest = std::string_view(text).substr(blank + 1);
    const auto at = parse_hexadecimal(std::string_view(text).substr(0, blank));
    const auto size = take_number<std::uint64_t>(rest, 16);
    std::vector<std::byte> note(static_cast<std::size_t>(std::min(size.value_or(0), kMost)));
    if (!at || note.empty() || !memory.read({*at}, note)) return {};
    return parse_notes(note);
}

SourceResult open_dev_mem(const FilePtr& file) {
    constexpr std::uint64_t kAlwaysAllowed = std::uint64_t{1} << 20;
    FileRanges memory(file, system_ram());
    if (memory.size() == 0) return Error{ErrorCode::Io, "/proc/iomem names no memory (only root sees its addresses)"};
    for (const FileRange& range : system_ram()) {
        std::byte first{};
        if (range.start.value < kAlwaysAllowed) continue;
        if (const auto read = memory.read(range.start, {&first, 1}); !read)
            return Error{ErrorCode::Io, "this kernel shows nothing above 1 MB here (STRICT_DEVMEM; " +
                                            read.error().message + "); name /proc/kcore"};
        break;
    }
    SourceFacts facts{"live memory (/dev/mem)", MemoryKind::RunningSelf, {}, {}, note_in_memory(memory), {}};
    return ranged_source(std::move(memory), std::move(facts));
}

bool is_dev_mem(const InputFile& file) { return S_ISCHR(file.status.st_mode) && file.status.st_rdev == makedev(1, 1); }

struct Kind {
    bool (*is)(const InputFile& file);
    SourceResult (*open)(const FilePtr& file);
};
constexpr std::array kKinds{
    Kind{[](const InputFile& file) { return file.name_in_proc == "vmcore"; }, open_vmcore},
    Kind{[](const InputFile& file) { return file.name_in_proc == "kcore"; }, open_kcore},
    Kind{is_dev_mem, open_dev_mem},
};

/// Why the kernel may have refused, as far as it can be known.
std::string hint() {
    if (text_of("/sys/kernel/security/lockdown").find("[confidentiality]") != std::string::npos)
        return "; the kernel is locked down against it (lockdown=confidentiality)";
    return "; root may, where the kernel is not locked down (/sys/kernel/security/lockdown)";
}

}  // namespace

SourceResult open_kernel_file(std::span<const InputFile> files) {
    const Error not_mine{ErrorCode::NotMine, "not the kernel's"};
    const Kind* kind = nullptr;
    for (const InputFile& each : files) {
        kind = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& k) { return k.is(each); });
        if (kind == kKinds.end()) continue;
        if (files.size() == 1) break;
        return Error{ErrorCode::Usage, each.path + ": is read alone, not with other files"};
    }
    if (kind == kKinds.end()) return not_mine;
    const auto file = PreadFile::open(files[0].path);
    if (!file) return Error{file.error().code, files[0].path + ": " + file.error().message + hint()};
    auto source = kind->open(*file);
    if (!source) return source.error().in(files[0].path);
    return source;
}

}  // namespace kstrax
