// SPDX-License-Identifier: GPL-2.0-or-later
// The chunks of a buffer file, read up to and past what is damaged.
#pragma once

#include <optional>

#include "analyzer/base/bytes.hpp"
#include "formats/kstrax_abi.h"

namespace kstrax {

struct Chunk {
    kstrax_chunk header{};
    Bytes slots;                    ///< whole ones; fewer than header.count where the file is cut off
    bool intact = false;            ///< all there, and the CRC is right
    std::uint64_t passed_over = 0;  ///< damaged bytes before it
};

class ChunkWalker {
  public:
    /// `body`: the file behind its header. Precondition: entry_size > 0.
    /// Without `check_slots` only headers are read: quick, but `intact` then knows
    /// only whether all the slots are there.
    ChunkWalker(Bytes body, std::uint64_t entry_size, bool check_slots = true)
        : body_(body), entry_size_(entry_size), check_slots_(check_slots) {}

    /// The next chunk whose header is sound; none at the end mark or the end of the file.
    std::optional<Chunk> next();

    /// The end mark; none (after the last chunk) if the file was cut off.
    [[nodiscard]] const std::optional<kstrax_file_end>& end() const { return end_; }
    /// Bytes passed over to reach what is sound; those behind the last sound part do not count.
    [[nodiscard]] std::uint64_t skipped() const { return skipped_; }

  private:
    Bytes body_;
    std::uint64_t entry_size_;
    bool check_slots_;
    std::uint64_t offset_ = 0;
    std::uint64_t position_ = 0;  // the next chunk cannot begin before it
    std::uint64_t skipped_ = 0;
    std::optional<kstrax_file_end> end_;
};

}  // namespace kstrax
