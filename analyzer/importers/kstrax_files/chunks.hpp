// SPDX-License-Identifier: GPL-2.0-or-later
// The chunks of a buffer file, read up to and past what is damaged.
#pragma once

#include <optional>

#include "analyzer/base/mapped_file.hpp"
#include "formats/kstrax_abi.h"

namespace kstrax {

struct Chunk {
    kstrax_chunk header{};
    Bytes slots;                    ///< whole ones; fewer than header.count where the file is cut off
    bool intact = false;            ///< all there, and the CRC is right
    std::uint64_t passed_over = 0;  ///< damaged bytes before it
};

/// Pages of a file are given back in steps of so many bytes: each costs a call of the system.
inline constexpr std::size_t kPagesStep = std::size_t{512} << 10;

class ChunkWalker {
  public:
    /// Of a file from `start` on, which is behind its header. The file must outlive this. Precondition: entry_size > 0.
    /// Without `check_slots` only headers are read: quick, but `intact` then knows
    /// only whether all the slots are there.
    ChunkWalker(const MappedFile& file, std::uint64_t start, std::uint64_t entry_size, bool check_slots = true)
        : file_(file),
          body_(file.bytes().subspan(static_cast<std::size_t>(start))),
          entry_size_(entry_size),
          check_slots_(check_slots) {}

    /// The next chunk whose header is sound; none at the end mark or the end of the file. Gives back the file's pages
    /// before it: a long file takes no more memory than a short one.
    std::optional<Chunk> next();

    /// The end mark; none (after the last chunk) if the file was cut off.
    [[nodiscard]] const std::optional<kstrax_file_end>& end() const { return end_; }
    /// Bytes passed over to reach what is sound; those behind the last sound part do not count.
    [[nodiscard]] std::uint64_t skipped() const { return skipped_; }

  private:
    void give_back_passed();
    [[nodiscard]] std::uint32_t crc_of(Bytes slots) const;

    const MappedFile& file_;
    Bytes body_;
    std::uint64_t entry_size_;
    bool check_slots_;
    std::uint64_t offset_ = 0;
    std::uint64_t given_back_ = 0;  // up to here
    std::uint64_t position_ = 0;    // the next chunk cannot begin before it
    std::uint64_t skipped_ = 0;
    std::optional<kstrax_file_end> end_;
};

}  // namespace kstrax
