// SPDX-License-Identifier: GPL-2.0-or-later
// LiME's own format: each range of memory behind a header of 32 bytes: u32 magic,
// u32 version, u64 first address, u64 last address, 8 reserved. Source: LiME's
// src/lime.h. (Its "padded" format is a raw image; its "raw" one says no addresses.)
#include <fmt/format.h>

#include "analyzer/source/formats.hpp"
#include "analyzer/source/mapped_ranges.hpp"

namespace kstrax {

namespace {

constexpr std::uint32_t kMagic = 0x4c694d45;  // "EMiL"
constexpr std::uint64_t kHeaderSize = 32;
constexpr std::uint64_t kPageSize = 4096;

class LimeDump final : public MemorySource {
  public:
    LimeDump(MappedFilePtr file, std::vector<MappedRange> ranges, std::vector<std::string> damage)
        : file_(std::move(file)), ranges_(std::move(ranges), file_.get()), damage_(std::move(damage)) {}

    [[nodiscard]] std::string_view format() const override { return "LiME dump"; }
    [[nodiscard]] std::uint64_t page_size() const override { return kPageSize; }
    [[nodiscard]] std::uint64_t memory_size() const override { return ranges_.size(); }
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override { return ranges_.read(at, out); }
    std::uint64_t scan(const PageVisitor& visit) const override {
        ranges_.scan(kPageSize, visit);
        return 0;
    }
    [[nodiscard]] std::vector<std::string> damage() const override { return damage_; }

  private:
    MappedFilePtr file_;
    MappedRanges ranges_;
    std::vector<std::string> damage_;
};

}  // namespace

SourceResult open_lime(const MappedFilePtr& file) {
    const Bytes bytes = file->bytes();
    std::vector<MappedRange> ranges;
    std::vector<std::string> damage;
    for (std::uint64_t at = 0; at < bytes.size();) {
        const auto header = slice(bytes, at, kHeaderSize);
        FieldReader fields(header.value_or(Bytes{}));
        const std::uint32_t magic = fields.u32(0), version = fields.u32(4);
        const std::uint64_t first = fields.u64(8), last = fields.u64(16);
        if (at == 0 && magic != kMagic) return Error{ErrorCode::NotMine, "not LiME's"};
        if (!fields.ok()) {
            damage.push_back(fmt::format("the file is cut off in the header at offset {}; copy it again in full", at));
            break;
        }
        if (magic != kMagic || version != 1 || last < first) {
            damage.push_back(fmt::format("no header of a memory range at offset {}, where one is expected; what is "
                                         "behind it is not read",
                                         at));
            break;
        }
        at += kHeaderSize;
        const std::uint64_t wanted = last - first, there = bytes.size() - at;  // wanted: less 1, so that it fits
        if (there <= wanted)
            damage.push_back(fmt::format("the file is cut off: of the range from {:#x} to {:#x} it has {} bytes; copy "
                                         "it again in full",
                                         first, last, there));
        const std::uint64_t size = there <= wanted ? there : wanted + 1;
        ranges.push_back({{first}, *slice(bytes, at, size)});
        at += size;
    }
    if (ranges.empty()) return Error{ErrorCode::Corrupt, "a LiME dump without memory: " + damage.at(0)};
    return std::unique_ptr<MemorySource>(
        std::make_unique<LimeDump>(file, std::move(ranges), std::move(damage)));
}

}  // namespace kstrax
