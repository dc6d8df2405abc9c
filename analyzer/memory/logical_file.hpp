// SPDX-License-Identifier: GPL-2.0-or-later
// A dump file as its writer meant it: either the file itself, or what a
// flattened file (written to a pipe, records in any order) rearranges to.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "analyzer/base/mapped_file.hpp"

namespace kstrax {

class LogicalFile {
  public:
    /// Recognises a flattened file by its signature; takes any other as it is.
    [[nodiscard]] static Result<LogicalFile> open(std::shared_ptr<const MappedFile> file);

    [[nodiscard]] bool flattened() const { return flattened_; }
    /// A flattened file that lacks the mark of its end was cut off.
    [[nodiscard]] bool cut_off() const { return cut_off_; }

    /// Where the last byte ends.
    [[nodiscard]] std::uint64_t size() const {
        return pieces_.empty() ? 0 : pieces_.back().offset + pieces_.back().data.size();
    }
    [[nodiscard]] const std::shared_ptr<const MappedFile>& mapped() const { return file_; }

    /// As MappedFile's: all of a flattened file's records are data.
    [[nodiscard]] DataExtent data_from(std::uint64_t offset) const {
        return flattened_ ? DataExtent{offset, ~std::uint64_t{0}} : file_->data_from(offset);
    }

    /// A part that lies in the mapped file in one piece.
    struct Piece {
        std::uint64_t offset;  // in the logical file
        Bytes data;
    };
    /// Shows what there is of [offset, offset + size), ascending.
    void pieces(std::uint64_t offset, std::uint64_t size, const std::function<void(const Piece&)>& visit) const;

    /// The bytes at `offset`: of the mapped file where they lie there in one
    /// piece, else gathered in `scratch`. Fails with Truncated if some are absent.
    [[nodiscard]] Result<Bytes> view(std::uint64_t offset, std::uint64_t size, std::vector<std::byte>& scratch) const;

  private:
    explicit LogicalFile(std::shared_ptr<const MappedFile> file) : file_(std::move(file)) {}
    [[nodiscard]] Result<void> index_flattened();

    std::shared_ptr<const MappedFile> file_;
    std::vector<Piece> pieces_;  // ascending, disjoint
    bool flattened_ = false;
    bool cut_off_ = false;
};

using LogicalFilePtr = std::shared_ptr<const LogicalFile>;

}  // namespace kstrax
