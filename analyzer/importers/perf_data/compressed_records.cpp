// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/perf_data/compressed_records.hpp"

#include <fmt/core.h>
#include <zstd.h>

#include <algorithm>

namespace kstrax {

namespace {

// Of the records' memory: the stream has no place but its beginning from which it could be read again.
constexpr std::size_t kMostBytes = std::size_t{512} << 20;

/// The part of the stream that a record holds; none: it is a record of another kind.
std::optional<Bytes> piece_of(const PerfRecord& record, std::endian order) {
    const Bytes rest = record.bytes.subspan(kPerfHeaderSize);
    if (record.type == PerfRecordType::Compressed) return rest;
    if (record.type != PerfRecordType::Compressed2) return std::nullopt;
    FieldReader fields(rest, order);
    const std::uint64_t size = fields.u64(0);
    return slice(rest, sizeof(std::uint64_t), size).value_or(Bytes{});
}

class Stream {
  public:
    /// False: it is damaged. What came out before that is kept.
    [[nodiscard]] bool add(Bytes piece) {
        ZSTD_inBuffer in{piece.data(), piece.size(), 0};
        bool full = false;  // then there may be more to come out
        while (in.pos < in.size || full) {
            if (expanded_.size() > kMostBytes) return true;
            ZSTD_outBuffer out{part_.data(), part_.size(), 0};
            const std::size_t left = ZSTD_decompressStream(context_.get(), &out, &in);
            expanded_.insert(expanded_.end(), part_.begin(), part_.begin() + static_cast<std::ptrdiff_t>(out.pos));
            if (ZSTD_isError(left) != 0U) return false;
            full = out.pos == out.size;
        }
        return true;
    }
    [[nodiscard]] bool too_large() const { return expanded_.size() > kMostBytes; }
    [[nodiscard]] std::vector<std::byte> take() { return std::move(expanded_); }

  private:
    struct Freed {
        void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
    };
    std::unique_ptr<ZSTD_DCtx, Freed> context_{ZSTD_createDCtx()};
    std::vector<std::byte> part_ = std::vector<std::byte>(ZSTD_DStreamOutSize());
    std::vector<std::byte> expanded_;
};

}  // namespace

Result<std::shared_ptr<const std::vector<std::byte>>> expand_records(Bytes records, std::endian order,
                                                                     Findings& damage) {
    Stream stream;
    bool any = false;
    const std::byte* const begin = records.data();
    while (!records.empty()) {
        const auto record = take_record(records, order);
        if (!record) break;  // who reads the others says so
        const auto piece = piece_of(*record, order);
        if (!piece) continue;
        any = true;
        if (!stream.add(*piece)) {
            damage.add(FindingId::TraceFileDamaged,
                       fmt::format("the compressed records behind byte {} of the records cannot be expanded",
                                   record->bytes.data() - begin));
            break;
        }
        if (stream.too_large())
            return Error{
                ErrorCode::Unsupported,
                fmt::format("its compressed records have more than {} MB: record for a shorter time, or without -z",
                            kMostBytes >> 20)};
    }
    if (!any) return std::shared_ptr<const std::vector<std::byte>>();
    return std::make_shared<const std::vector<std::byte>>(stream.take());
}

}  // namespace kstrax
