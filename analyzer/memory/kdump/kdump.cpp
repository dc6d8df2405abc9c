// SPDX-License-Identifier: GPL-2.0-or-later
// kdump-compressed dumps (diskdump, header version 1 to 6), plain or flattened, in
// one file or in a set (makedumpfile --split): each file of a set has the whole
// dump's headers and bitmaps, and the pages of one range of frames.
#include <fmt/core.h>

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstring>

#include "analyzer/base/parallel.hpp"
#include "analyzer/memory/codecs.hpp"
#include "analyzer/memory/formats.hpp"
#include "analyzer/memory/kdump/kdump_header.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kDescriptorSize = 24;  // u64 offset, u32 size, u32 flags, u64 page flags

/// One file, and where in it the pages of its frames are.
struct Part {
    std::string path;
    LogicalFilePtr file;
    std::uint64_t descriptors;  // offset of the first
    FrameRange frames;          // disjoint from other parts'
    std::uint64_t first_index;  // of the page that the first descriptor is of, among all of the dump
    std::uint64_t last_index;   // the first one beyond
    bool incomplete;
    bool split;

    /// Expands the page that is the index-th of the dump into `page`. With `shared`, a page
    /// stored at *shared is not expanded again: the answer is then false.
    Result<bool> page_at(std::uint64_t index, MutableBytes page, std::uint64_t* shared = nullptr) const {
        thread_local std::vector<std::byte> scratch;
        const auto descriptor =
            file->view(descriptors + (index - first_index) * kDescriptorSize, kDescriptorSize, scratch);
        if (!descriptor) return descriptor.error().in("page descriptor");
        FieldReader fields(*descriptor);
        const std::uint64_t offset = fields.u64(0);
        const std::uint32_t size = fields.u32(8);
        const std::uint32_t flags = fields.u32(12);
        if (offset == 0) return Error{ErrorCode::Truncated, "page was not written: the dump is incomplete"};
        if (shared != nullptr && *shared == offset) return false;
        // A stored page is never larger than the page: writers then store it plain.
        if (size > page.size())
            return Error{ErrorCode::Corrupt, "page descriptor announces " + std::to_string(size) + " bytes"};
        const auto stored = file->view(offset, size, scratch);
        if (!stored) return stored.error().in("page data");
        file->mapped()->passed(size);
        const auto expanded = expand_page(flags, *stored, page);
        if (!expanded) return expanded.error();
        if (shared != nullptr) *shared = offset;
        return true;
    }

    /// Are the last descriptor's page and the last descriptor in the file?
    [[nodiscard]] std::optional<std::string> lacks_end(std::size_t page_size) const {
        if (last_index <= first_index) return std::nullopt;
        std::vector<std::byte> page(page_size);
        const auto last = page_at(last_index - 1, page);
        if (last || last.error().code != ErrorCode::Truncated) return std::nullopt;
        return last.error().message + "; copy it again in full";
    }

    /// Descriptors end where the first page's data begin: are there as many as the bitmap has bits?
    /// (makedumpfile leaves room for those of all files in each file of a split dump.)
    [[nodiscard]] std::optional<std::string> bitmap_lies() const {
        if (split) return std::nullopt;
        std::vector<std::byte> scratch;
        const auto first = last_index > first_index ? file->view(descriptors, kDescriptorSize, scratch) : Error{};
        const std::uint64_t data = first ? FieldReader(*first).u64(0) : 0;
        if (data <= descriptors || (data - descriptors) % kDescriptorSize != 0) return std::nullopt;
        const std::uint64_t there = (data - descriptors) / kDescriptorSize, wanted = last_index - first_index;
        if (there == wanted) return std::nullopt;
        return fmt::format(
            "the bitmap announces {} pages, but there are descriptors for {}: it is damaged, and pages "
            "may be taken for others",
            wanted, there);
    }

    [[nodiscard]] Findings findings(std::size_t page_size) const {
        Findings findings;
        if (const auto lie = bitmap_lies()) findings.add(FindingId::DumpDamaged, *lie);
        if (incomplete)
            findings.add(FindingId::DumpIncomplete,
                         "the dump's header marks it incomplete (the disk was full, or dumping was stopped)");
        if (file->cut_off())
            findings.add(FindingId::DumpCutOff,
                         "the flattened file lacks its end mark: it is cut off; copy it again in full");
        else if (const auto lacking = lacks_end(page_size); lacking && !incomplete)
            findings.add(FindingId::DumpCutOff, "the file is cut off: " + *lacking);
        return findings;
    }
};

class Kdump final : public MemorySource {
  public:
    /// `parts`: ascending. `findings`: of the set as a whole.
    Kdump(KdumpHeader header, std::vector<Part> parts, Findings findings)
        : header_(std::move(header)), parts_(std::move(parts)), findings_(std::move(findings)) {
        name_ = parts_[0].file->flattened() ? "kdump-compressed dump (flattened)"
                : header_.split             ? "kdump-compressed dump (split)"
                                            : "kdump-compressed dump";
    }

    [[nodiscard]] std::string_view format() const override { return name_; }
    [[nodiscard]] std::uint64_t page_size() const override { return header_.page_size; }
    [[nodiscard]] std::uint64_t memory_size() const override { return header_.bitmap->total() * header_.page_size; }
    [[nodiscard]] bool costly_to_scan() const override { return true; }
    [[nodiscard]] std::string_view vmcoreinfo() const override { return header_.vmcoreinfo; }
    [[nodiscard]] std::uint16_t machine() const override { return header_.machine; }
    [[nodiscard]] std::span<const Note> notes() const override { return header_.notes; }

    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override {
        const auto page_size = static_cast<std::size_t>(header_.page_size);
        while (!out.empty()) {
            const std::uint64_t frame = at.value / page_size;
            const auto offset = static_cast<std::size_t>(at.value % page_size);
            const std::size_t length = std::min(out.size(), page_size - offset);
            const auto index = header_.bitmap->index_of(frame);
            if (!index)
                return Error{ErrorCode::Excluded, "page is not in the dump (left out, or no memory there)", at.value};
            const Part* part = part_of(frame);
            if (part == nullptr)
                return Error{ErrorCode::Truncated, "page is in a file of the split dump that was not named", at.value};
            thread_local std::vector<std::byte> page;
            page.resize(page_size);
            const bool whole = length == page_size;
            const auto stored = part->page_at(*index, whole ? out.first(length) : MutableBytes(page));
            if (!stored) return Error{stored.error().code, stored.error().message, at.value};
            if (!whole) std::memcpy(out.data(), page.data() + offset, length);
            out = out.subspan(length);
            at = at + length;
        }
        return {};
    }

    std::uint64_t scan(const PageVisitor& visit) const override {
        const std::vector<PageBitmap::Block>& blocks = header_.bitmap->blocks();
        std::atomic<std::uint64_t> unreadable{0};
        parallel_for(blocks.size(), [&](std::size_t block) { unreadable += scan_block(blocks[block], visit); });
        return unreadable;
    }

    [[nodiscard]] Findings findings() const override {
        Findings all = findings_;
        for (const Part& part : parts_)
            for (const Finding& one : part.findings(header_.page_size))
                all.add(one.id, parts_.size() > 1 ? part.path + ": " + one.text : one.text, one.count);
        return all;
    }

  private:
    /// Returns how many pages could not be read.
    std::uint64_t scan_block(const PageBitmap::Block& block, const PageVisitor& visit) const {
        std::uint64_t unreadable = 0;
        std::uint64_t index = block.rank;
        std::uint64_t shared = 0;  // where the last page was stored; zero pages are stored once
        std::vector<std::byte> page(header_.page_size);
        const Part* part = nullptr;
        for (std::uint64_t i = 0; i < PageBitmap::kBlock / 64; ++i) {
            for (std::uint64_t bits = PageBitmap::word(block, i); bits != 0; bits &= bits - 1) {
                const std::uint64_t frame = block.first + i * 64 + static_cast<std::uint64_t>(std::countr_zero(bits));
                if (part == nullptr || frame >= part->frames.end) {
                    part = part_of(frame);
                    shared = 0;
                }
                const auto stored = part == nullptr ? Error{} : part->page_at(index, page, &shared);
                ++index;
                if (!stored) ++unreadable;
                else if (*stored) visit({frame * header_.page_size}, page);
            }
        }
        return unreadable;
    }

    [[nodiscard]] const Part* part_of(std::uint64_t frame) const {
        const auto next = std::upper_bound(parts_.begin(), parts_.end(), frame,
                                           [](std::uint64_t f, const Part& part) { return f < part.frames.first; });
        if (next == parts_.begin() || frame >= std::prev(next)->frames.end) return nullptr;
        return &*std::prev(next);
    }

    KdumpHeader header_;
    std::vector<Part> parts_;
    Findings findings_;
    std::string name_;
};

/// A file with its header. NotMine: of no kdump-compressed dump.
struct OpenedFile {
    LogicalFilePtr file;
    KdumpHeader header;
    std::string path;
};
Result<OpenedFile> open_file(const LogicalFilePtr& file) {
    const std::string& path = file->mapped()->path();
    auto header = read_kdump_header(*file);
    if (header) return OpenedFile{file, std::move(*header), path};
    if (header.error().code != ErrorCode::NotMine) return header.error().in(path + ": kdump-compressed dump");
    if (!file->flattened()) return header.error();
    return Error{ErrorCode::Unsupported,
                 path +
                     ": a flattened file, but neither of a kdump-compressed dump nor of an ELF core (what is at its "
                     "start); was it cut off? Otherwise rearrange it first (makedumpfile -R)"};
}

/// How many pages of these frames were dumped.
std::uint64_t pages_in(const PageBitmap& bitmap, std::uint64_t first, std::uint64_t end) {
    return first < end ? bitmap.rank(end) - bitmap.rank(first) : 0;
}

/// The files' parts in order, and the page frames that are missing between them or occur twice.
struct Set {
    std::vector<Part> parts;
    Findings findings;
};
Set make_set(std::vector<OpenedFile> files) {
    std::stable_sort(files.begin(), files.end(), [](const OpenedFile& a, const OpenedFile& b) {
        return a.header.stored.first < b.header.stored.first;
    });
    Set set;
    const std::shared_ptr<const PageBitmap> kept = files[0].header.bitmap;
    const PageBitmap& bitmap = *kept;
    std::uint64_t covered = 0;
    const auto missing = [&](std::uint64_t first, std::uint64_t end) {
        if (const std::uint64_t pages = pages_in(bitmap, first, end); pages > 0)
            set.findings.add(FindingId::DumpFileMissing,
                             fmt::format("a file of the split dump is missing: that with the {} pages of frames "
                                         "{:#x} to {:#x}; name all files of the set",
                                         pages, first, std::min(end, bitmap.frames()) - 1));
    };
    for (OpenedFile& one : files) {
        FrameRange frames = one.header.stored;
        const std::uint64_t own_first = frames.first;
        if (frames.first < covered && pages_in(bitmap, frames.first, std::min(covered, frames.end)) > 0)
            set.findings.add(
                FindingId::DumpFileTwice,
                fmt::format("{} and {} are the same file of the split dump, or overlap; each is named once",
                            set.parts.back().path, one.path));
        missing(covered, frames.first);
        frames.first = std::max(frames.first, covered);
        if (frames.end <= frames.first) continue;
        covered = frames.end;
        set.parts.push_back({one.path, std::move(one.file), one.header.descriptors, frames,
                             pages_in(bitmap, 0, own_first), pages_in(bitmap, 0, frames.end), one.header.incomplete,
                             one.header.split});
    }
    missing(covered, bitmap.frames());
    return set;
}

}  // namespace

SourceResult open_kdump(std::span<const LogicalFilePtr> given) {
    std::vector<OpenedFile> files;
    for (const LogicalFilePtr& one : given) {
        auto file = open_file(one);
        if (!file && (files.empty() || file.error().code != ErrorCode::NotMine)) return file.error();
        if (!file || (given.size() > 1 && !file->header.split)) {
            if (files.empty()) return Error{ErrorCode::NotMine, "not a split dump"};
            return Error{ErrorCode::Corrupt,
                         one->mapped()->path() + ": not a file of a split dump as " + files[0].path + " is"};
        }
        if (!files.empty()) {
            const KdumpHeader &a = files[0].header, &b = file->header;
            if (a.page_size != b.page_size || a.system != b.system || a.vmcoreinfo != b.vmcoreinfo ||
                *a.bitmap != *b.bitmap)
                return Error{ErrorCode::Corrupt, one->mapped()->path() + ": belongs to another dump than " +
                                                     files[0].path + "; name files of one dump"};
        }
        if (!files.empty()) file->header.bitmap = files[0].header.bitmap;  // one is enough
        files.push_back(std::move(*file));
    }
    KdumpHeader header = files[0].header;
    Set set = make_set(std::move(files));
    if (set.parts.empty())
        return Error{ErrorCode::Corrupt,
                     given[0]->mapped()->path() + ": a file of a split dump that stores no page frames"};
    return std::unique_ptr<MemorySource>(
        std::make_unique<Kdump>(std::move(header), std::move(set.parts), std::move(set.findings)));
}

}  // namespace kstrax
