// SPDX-License-Identifier: GPL-2.0-or-later
// The flattened form, as makedumpfile -F and QEMU write it: a header of 4096
// bytes ("makedumpfile", i64 type 1, i64 version 1), then records of i64 offset,
// i64 size (big-endian) and data; offset and size -1 end it.
#include "analyzer/memory/logical_file.hpp"

#include <algorithm>
#include <queue>

namespace kstrax {

namespace {

constexpr std::string_view kSignature("makedumpfile\0\0\0\0", 16);
constexpr std::uint64_t kHeaderSize = 4096;
constexpr std::uint64_t kRecordHeaderSize = 16;
// Writers flush 16 KiB and more at a time: enough for dumps beyond 64 GiB,
// and what a hostile file can make us remember stays below 200 MiB.
constexpr std::size_t kMostRecords = std::size_t{1} << 22;

}  // namespace

Result<LogicalFile> LogicalFile::open(std::shared_ptr<const MappedFile> file) {
    LogicalFile logical(std::move(file));
    const Bytes bytes = logical.file_->bytes();
    if (!as_text(bytes).starts_with(kSignature)) {
        logical.pieces_.push_back({0, bytes});
        return logical;
    }
    logical.flattened_ = true;
    const auto indexed = logical.index_flattened();
    if (!indexed) return indexed.error();
    return logical;
}

Result<void> LogicalFile::index_flattened() {
    struct Record {
        std::uint64_t offset;
        std::size_t order;  // in the file: a later record replaces what earlier ones wrote
        Bytes data;
        bool operator>(const Record& other) const {
            return offset != other.offset ? offset > other.offset : order > other.order;
        }
    };
    std::vector<Record> records;
    const Bytes bytes = file_->bytes();
    cut_off_ = true;
    for (std::uint64_t at = kHeaderSize; at + kRecordHeaderSize <= bytes.size();) {
        FieldReader fields(*slice(bytes, at, kRecordHeaderSize), std::endian::big);
        const std::uint64_t offset = fields.u64(0);
        const std::uint64_t size = fields.u64(8);
        if (offset == ~std::uint64_t{0}) {
            cut_off_ = false;
            break;
        }
        at += kRecordHeaderSize;
        const std::uint64_t present = std::min<std::uint64_t>(size, bytes.size() - at);
        if (!checked_add(offset, present))
            return Error{ErrorCode::Corrupt,
                         "flattened record at offset " + std::to_string(at) + " reaches beyond any file's end"};
        if (present > 0) records.push_back({offset, records.size(), *slice(bytes, at, present)});
        if (records.size() > kMostRecords)
            return Error{ErrorCode::Unsupported, "flattened file of over " + std::to_string(kMostRecords) +
                                                     " records; rearrange it first (makedumpfile -R)"};
        at += present;
        constexpr std::uint64_t kAround = 65536;  // the system fetches about as much for one look
        file_->passed(static_cast<std::size_t>(std::min(present, kAround)));
    }

    std::priority_queue<Record, std::vector<Record>, std::greater<>> queue(std::greater<>{}, std::move(records));
    std::vector<std::size_t> orders;  // of pieces_
    while (!queue.empty()) {
        Record record = queue.top();
        queue.pop();
        if (!pieces_.empty() && pieces_.back().offset + pieces_.back().data.size() > record.offset) {
            Piece& last = pieces_.back();
            const auto kept = static_cast<std::size_t>(record.offset - last.offset);
            const std::size_t overlap = last.data.size() - kept;
            if (record.order > orders.back()) {
                // What sticks out behind the newer record comes back in its own place.
                if (overlap > record.data.size())
                    queue.push({record.offset + record.data.size(), orders.back(),
                                last.data.subspan(kept + record.data.size())});
                last.data = last.data.first(kept);
                if (last.data.empty()) {
                    pieces_.pop_back();
                    orders.pop_back();
                }
            } else {
                if (overlap < record.data.size())
                    queue.push({record.offset + overlap, record.order, record.data.subspan(overlap)});
                continue;
            }
        }
        pieces_.push_back({record.offset, record.data});
        orders.push_back(record.order);
    }
    return {};
}

void LogicalFile::pieces(std::uint64_t offset, std::uint64_t size,
                         const std::function<void(const Piece&)>& visit) const {
    const std::uint64_t end = checked_add(offset, size).value_or(~std::uint64_t{0});
    auto piece = std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                                  [](std::uint64_t at, const Piece& p) { return at < p.offset; });
    if (piece != pieces_.begin()) --piece;
    for (; piece != pieces_.end() && piece->offset < end; ++piece) {
        const std::uint64_t first = std::max(offset, piece->offset);
        const std::uint64_t last = std::min(end, piece->offset + piece->data.size());
        if (first < last) visit({first, *slice(piece->data, first - piece->offset, last - first)});
    }
}

Result<Bytes> LogicalFile::view(std::uint64_t offset, std::uint64_t size, std::vector<std::byte>& scratch) const {
    const auto absent = [&] {
        return Error{ErrorCode::Truncated, "bytes " + std::to_string(offset) + " to " + std::to_string(offset + size) +
                                               " are not in the file"};
    };
    auto piece = std::upper_bound(pieces_.begin(), pieces_.end(), offset,
                                  [](std::uint64_t at, const Piece& p) { return at < p.offset; });
    if (piece == pieces_.begin()) return absent();
    --piece;
    if (const auto whole = slice(piece->data, offset - piece->offset, size)) return *whole;
    if (size > file_->bytes().size()) return absent();  // before anything of that size is allocated

    scratch.clear();
    for (std::uint64_t at = offset; scratch.size() < size; ++piece, at = offset + scratch.size()) {
        if (piece == pieces_.end() || piece->offset > at || at - piece->offset >= piece->data.size()) return absent();
        const Bytes rest = piece->data.subspan(static_cast<std::size_t>(at - piece->offset));
        const auto part =
            rest.first(static_cast<std::size_t>(std::min<std::uint64_t>(rest.size(), size - scratch.size())));
        scratch.insert(scratch.end(), part.begin(), part.end());
    }
    return Bytes(scratch);
}

}  // namespace kstrax
