// SPDX-License-Identifier: GPL-2.0-or-later
// LKCD's dumps, versions 1 to 10: a header, then each page behind a record of 16 bytes
// (u64 address, u32 size, u32 flags), in no order, up to a record that is the end mark.
// Sources: LKCD's dump.h and dump_rle.c, as crash's lkcd_dump_v*.h have them.
#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>

#include "analyzer/arch/architecture.hpp"
#include "analyzer/base/parallel.hpp"
#include "analyzer/memory/codecs.hpp"
#include "analyzer/memory/formats.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kMagic = 0xa8190173618f23ed, kMagicOfLive = 0xa8190173618f23cd;
constexpr std::uint64_t kVersionAt = 8, kPageSizeAt = 20;
constexpr std::uint32_t kVersionBits = 0x3fffffff;  // above them: MCLX's extensions
constexpr std::uint64_t kFirstPage = 65536;         // where it is if the header does not say
constexpr std::uint64_t kHeaderSize = 742;          // the longest of them
constexpr std::uint64_t kRecordSize = 16;
constexpr std::uint32_t kRaw = 1, kCompressed = 2, kEnd = 4;
constexpr std::uint32_t kZlib = 1;                        // as expand_page knows it
constexpr std::size_t kMostPages = std::size_t{1} << 26;  // 256 GiB; such dumps are of 2000 to 2008
constexpr std::uint64_t kNameSize = 65;                   // of each of utsname's six

/// The places of the header's fields in each version, for each word size. 0: there is no
/// such field.
struct HeaderForm {
    std::uint32_t first_version, last_version;
    std::uint64_t system_name, compression, first_page;
};
constexpr std::array kForms{
    HeaderForm{1, 1, 324, 0, 0},   HeaderForm{1, 1, 336, 0, 0},      HeaderForm{2, 3, 316, 0, 0},
    HeaderForm{2, 3, 328, 0, 0},   HeaderForm{5, 7, 316, 712, 0},    HeaderForm{5, 7, 328, 728, 0},
    HeaderForm{8, 8, 324, 722, 0}, HeaderForm{9, 10, 324, 722, 734},
};

enum class Compression : std::uint32_t { None = 0, Rle = 1, Gzip = 2 };

/// A zero and a count are that many and one more of the byte behind them, two zeros a zero.
bool expand_rle(Bytes stored, MutableBytes page) {
    std::size_t filled = 0;
    for (std::size_t at = 0; at < stored.size();) {
        const std::byte value = stored[at++];
        if (value != std::byte{0}) {
            if (filled == page.size()) return false;
            page[filled++] = value;
            continue;
        }
        if (at == stored.size()) return false;
        const auto more = std::to_integer<std::size_t>(stored[at++]);
        if ((more > 0 && at == stored.size()) || more >= page.size() - filled) return false;
        const std::byte repeated = more == 0 ? value : stored[at++];
        std::fill_n(page.begin() + static_cast<std::ptrdiff_t>(filled), more + 1, repeated);
        filled += more + 1;
    }
    return filled == page.size();
}

/// What the header says.
struct Header {
    std::uint32_t version = 0;
    std::uint32_t page_size = 0;
    Compression compression = Compression::Rle;  // which the first versions always used
    std::uint64_t first_page = kFirstPage;
    std::uint16_t machine = 0;
};

Result<Header> read_header(Bytes file) {
    FieldReader start(file.first(std::min<std::size_t>(file.size(), kHeaderSize)));
    const std::uint64_t magic = start.u64(0);
    if (!start.ok() || (magic != kMagic && magic != kMagicOfLive)) return Error{ErrorCode::NotMine, "not LKCD's"};
    const auto bytes = slice(file, 0, kHeaderSize);
    if (!bytes) return Error{ErrorCode::Truncated, "an LKCD dump that is cut off in its header; copy it again in full"};
    FieldReader fields(*bytes);
    Header header;
    header.version = fields.u32(kVersionAt) & kVersionBits;
    header.page_size = fields.u32(kPageSizeAt);
    if (!is_page_size(header.page_size))
        return Error{ErrorCode::Corrupt,
                     fmt::format("an LKCD dump with pages of {} bytes (offset {}), expected 4096 to 65536",
                                 header.page_size, kPageSizeAt)};
    const auto fits = [&](const HeaderForm& form) {
        return header.version >= form.first_version && header.version <= form.last_version;
    };
    const auto is_there = [&](const HeaderForm& form) {
        return fits(form) && bounded_text(as_text(*slice(*bytes, form.system_name, kNameSize))) == "Linux";
    };
    const HeaderForm* form = std::find_if(kForms.begin(), kForms.end(), is_there);
    if (form == kForms.end()) form = std::find_if(kForms.begin(), kForms.end(), fits);
    if (form == kForms.end())
        return Error{ErrorCode::Unsupported,
                     fmt::format("an LKCD dump of version {}; 1 to 3 and 5 to 10 are read", header.version)};
    const Bytes machine = *slice(*bytes, form->system_name + 4 * kNameSize, kNameSize);
    header.machine = machine_of_uname(bounded_text(as_text(machine)));
    if (form->compression != 0) header.compression = Compression{fields.u32(form->compression)};
    if (form->first_page != 0 && fields.u64(form->first_page) != 0) header.first_page = fields.u64(form->first_page);
    return header;
}

struct Page {
    std::uint64_t frame;
    std::uint64_t record;  // offset
};

class Lkcd final : public MemorySource {
  public:
    Lkcd(MappedFilePtr file, const Header& header)
        : file_(std::move(file)), header_(header), name_(fmt::format("LKCD dump, version {}", header.version)) {}

    /// Looks at each page's record: there is no list of them.
    void walk() {
        const Bytes bytes = file_->bytes();
        std::uint64_t at = header_.first_page;
        for (;;) {
            const auto record = at < bytes.size() ? slice(bytes, at, kRecordSize) : std::nullopt;
            FieldReader fields(record.value_or(Bytes{}));
            const std::uint64_t address = fields.u64(0);
            const std::uint32_t size = fields.u32(8), flags = fields.u32(12);
            if (!fields.ok()) {
                findings_.add(
                    FindingId::DumpCutOff,
                    "the dump lacks its end mark: it is cut off, or dumping was stopped; copy it again in full");
                break;
            }
            if ((flags & kEnd) != 0) break;
            // The longest that a page can become by RLE: each byte two.
            if (size == 0 || size > 2 * header_.page_size || (flags & (kRaw | kCompressed)) == 0) {
                findings_.add(
                    FindingId::DumpDamaged,
                    fmt::format("no page at offset {}, where one is expected; what is behind it is not read", at));
                break;
            }
            if (pages_.size() == kMostPages) {
                findings_.add(FindingId::DumpDamaged,
                              fmt::format("more than {} pages; those behind offset {} are not read", kMostPages, at));
                break;
            }
            pages_.push_back({address / header_.page_size, at});
            at += kRecordSize + size;
            file_->passed(static_cast<std::size_t>(kRecordSize + size));
        }
        // Of pages that are there twice, the first was written before anything could change it.
        std::stable_sort(pages_.begin(), pages_.end(), [](const Page& a, const Page& b) { return a.frame < b.frame; });
        const auto same = [](const Page& a, const Page& b) { return a.frame == b.frame; };
        pages_.erase(std::unique(pages_.begin(), pages_.end(), same), pages_.end());
    }

    [[nodiscard]] std::string_view format() const override { return name_; }
    [[nodiscard]] std::uint64_t page_size() const override { return header_.page_size; }
    [[nodiscard]] std::uint64_t memory_size() const override { return pages_.size() * header_.page_size; }
    [[nodiscard]] bool costly_to_scan() const override { return true; }
    [[nodiscard]] std::uint16_t machine() const override { return header_.machine; }
    [[nodiscard]] Findings findings() const override { return findings_; }

    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override {
        thread_local std::vector<std::byte> page;
        page.resize(header_.page_size);
        while (!out.empty()) {
            const std::uint64_t frame = at.value / header_.page_size;
            const auto offset = static_cast<std::size_t>(at.value % header_.page_size);
            const std::size_t length = std::min(out.size(), page.size() - offset);
            const auto found =
                std::lower_bound(pages_.begin(), pages_.end(), frame,
                                 [](const Page& one, std::uint64_t wanted) { return one.frame < wanted; });
            if (found == pages_.end() || found->frame != frame)
                return Error{ErrorCode::Excluded, "page is not in the dump (left out, or no memory there)", at.value};
            if (const auto got = expand(*found, page); !got)
                return Error{got.error().code, got.error().message, at.value};
            std::memcpy(out.data(), page.data() + offset, length);
            out = out.subspan(length);
            at = at + length;
        }
        return {};
    }

    std::uint64_t scan(const PageVisitor& visit) const override {
        constexpr std::size_t kShare = 4096;  // pages
        std::atomic<std::uint64_t> unreadable{0};
        parallel_for((pages_.size() + kShare - 1) / kShare, [&](std::size_t share) {
            std::vector<std::byte> page(header_.page_size);
            for (std::size_t i = share * kShare; i < std::min(pages_.size(), (share + 1) * kShare); ++i) {
                if (expand(pages_[i], page)) visit({pages_[i].frame * header_.page_size}, page);
                else ++unreadable;
            }
        });
        return unreadable;
    }

  private:
    [[nodiscard]] Result<void> expand(const Page& one, MutableBytes page) const {
        FieldReader fields(*slice(file_->bytes(), one.record, kRecordSize));
        const std::uint32_t size = fields.u32(8), flags = fields.u32(12);
        const auto stored = slice(file_->bytes(), one.record + kRecordSize, size);
        if (!stored) return Error{ErrorCode::Truncated, "page is cut off"};
        file_->passed(size);
        if ((flags & kCompressed) == 0) return expand_page(0, *stored, page);
        if (header_.compression == Compression::Gzip) return expand_page(kZlib, *stored, page);
        if (header_.compression != Compression::Rle)
            return Error{ErrorCode::Unsupported, fmt::format("page compressed in an unknown way ({})",
                                                             static_cast<std::uint32_t>(header_.compression))};
        if (!expand_rle(*stored, page)) return Error{ErrorCode::Corrupt, "page does not expand to its size (RLE)"};
        return {};
    }

    MappedFilePtr file_;
    Header header_;
    std::string name_;
    std::vector<Page> pages_;  // ascending
    Findings findings_;
};

}  // namespace

SourceResult open_lkcd(const MappedFilePtr& file) {
    const auto header = read_header(file->bytes());
    if (!header) return header.error();
    auto source = std::make_unique<Lkcd>(file, *header);
    source->walk();
    if (source->memory_size() == 0)
        return Error{
            ErrorCode::Corrupt,
            "an LKCD dump without a page" + (source->findings().empty() ? "" : ": " + source->findings().front().text)};
    return std::unique_ptr<MemorySource>(std::move(source));
}

}  // namespace kstrax
