// SPDX-License-Identifier: GPL-2.0-or-later
// A raw image: offset in the file = physical address. Made by QEMU's pmemsave,
// a memory backend file, or dd. It has no header, so any large file may be one.
#include "analyzer/source/formats.hpp"
#include "analyzer/source/mapped_ranges.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kPageSize = 4096;
constexpr std::uint64_t kSmallest = std::uint64_t{1} << 20;  // no machine of ours has less memory

class RawImage final : public MemorySource {
  public:
    explicit RawImage(MappedFilePtr file) : file_(std::move(file)), ranges_({{{0}, file_->bytes()}}) {}

    [[nodiscard]] std::string_view format() const override { return "raw image of physical memory"; }
    [[nodiscard]] std::uint64_t page_size() const override { return kPageSize; }
    [[nodiscard]] std::uint64_t memory_size() const override { return ranges_.size(); }
    [[nodiscard]] Result<void> read(PhysAddr at, MutableBytes out) const override { return ranges_.read(at, out); }
    std::uint64_t scan(const PageVisitor& visit) const override {
        ranges_.scan(kPageSize, visit);
        return 0;
    }

  private:
    MappedFilePtr file_;
    MappedRanges ranges_;
};

}  // namespace

SourceResult open_raw_image(const MappedFilePtr& file) {
    if (file->bytes().size() < kSmallest) return Error{ErrorCode::NotMine, "too small for a memory image"};
    return std::unique_ptr<MemorySource>(std::make_unique<RawImage>(file));
}

}  // namespace kstrax
