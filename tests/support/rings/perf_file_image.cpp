// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/rings/perf_file_image.hpp"

#include <zstd.h>

#include "tests/support/rings/trace_file_image.hpp"

namespace kstrax::test {

namespace {

constexpr std::size_t kHeaderSize = 104;
constexpr std::size_t kRowSize = 128 + 16;  // of a counter: attributes, and where its ids are

TraceFileImage formats(std::endian order) {
    return {.form = {.order = order, .word_size = 8}, .rings = {}, .instance_rings = {}, .options = {}};
}

}  // namespace

std::string PerfFileImage::number(std::uint64_t value, std::size_t size) const {
    return formats(order).number(value, size);
}

std::string PerfFileImage::record(PerfRecordType type, std::string_view content) const {
    return number(static_cast<std::uint32_t>(type), 4) + number(0, 2) + number(kPerfHeaderSize + content.size(), 2) +
           std::string(content);
}

std::string PerfFileImage::sample_of_parts(const std::vector<std::uint64_t>& parts, std::string_view rest) const {
    std::string content;
    for (const std::uint64_t part : parts) content += number(part, 8);
    return record(PerfRecordType::Sample, content + std::string(rest));
}

std::string PerfFileImage::sample(CpuId cpu, std::uint64_t time, Tid process, Tid thread, std::string_view event,
                                  std::uint64_t id) const {
    const std::string content = number(0x1234, 8) + number(process, 4) + number(thread, 4) + number(time, 8) +
                                number(id, 8) + number(cpu, 4) + number(0, 4) + number(1, 8) + number(event.size(), 4) +
                                std::string(event);
    return record(PerfRecordType::Sample, content);
}

std::string PerfFileImage::trailer(Tid process, Tid thread, std::uint64_t time, CpuId cpu) const {
    return number(process, 4) + number(thread, 4) + number(time, 8) + number(11, 8) + number(cpu, 4) + number(0, 4);
}

std::string PerfFileImage::lost(CpuId cpu, std::uint64_t count) const {
    return record(PerfRecordType::Lost, number(11, 8) + number(count, 8) + trailer(0, 0, 0, cpu));
}

std::string PerfFileImage::command(Tid process, Tid thread, std::string_view name) const {
    std::string padded(name);
    padded.resize((name.size() / 8 + 1) * 8);
    return record(PerfRecordType::Comm,
                  number(process, 4) + number(thread, 4) + padded + trailer(process, thread, 0, 0));
}

std::string PerfFileImage::compressed2(std::string_view content) const {
    std::string padded(content);
    padded.resize((content.size() + 7) / 8 * 8);
    return record(PerfRecordType::Compressed2, number(content.size(), 8) + padded);
}

std::string PerfFileImage::event(std::uint16_t type, std::uint64_t nr, std::uint64_t word) const {
    std::string bytes = number(type, 2) + number(0, 2) + number(99, 4);  // flags, and the thread
    if (type == 3) return bytes;
    bytes += number(nr, 8) + number(word, 8);
    return type == 1 ? bytes + std::string(5 * 8, '\0') : bytes;
}

std::string PerfFileImage::text(std::string_view text) const {
    std::string padded(text);
    padded.resize((text.size() / 64 + 1) * 64);
    return number(padded.size(), 4) + padded;
}

std::string PerfFileImage::bytes() const {
    std::string ids, rows;
    for (const PerfCounter& counter : counters) {
        const std::uint64_t flags = counter.all_identified ? 1U << 18 : 0;
        std::string row = number(counter.type, 4) + number(128, 4) + number(0, 8) + number(1, 8) +
                          number(counter.sample_type, 8) + number(counter.read_format, 8) +
                          (order == std::endian::little ? number(flags, 8) : number(flags << (63 - 2 * 18), 8));
        row.resize(128);
        rows += row + number(kHeaderSize + ids.size(), 8) + number(8 * counter.ids.size(), 8);
        for (const std::uint64_t id : counter.ids) ids += number(id, 8);
    }
    const std::size_t rows_at = kHeaderSize + ids.size();
    const std::size_t records_at = rows_at + rows.size();
    std::vector<std::pair<unsigned, std::string>> features{
        {3, text("host")}, {4, text("6.1.0")}, {5, text("6.1.9")}, {6, text(machine)}};
    if (describes_events)
        features.insert(features.begin(),
                        {1, std::string("\x17\x08\x44tracing0.6\0", 14) + (order == std::endian::little ? '\0' : '\1') +
                                '\10' + number(4096, 4) + formats(order).description()});
    std::uint64_t bits = 0;
    std::string table, contents;
    for (const auto& [bit, content] : features) {
        bits |= std::uint64_t{1} << bit;
        table +=
            number(records_at + records.size() + 16 * features.size() + contents.size(), 8) + number(content.size(), 8);
        contents += content;
    }
    const std::string header = number(kHeaderSize, 8) + number(kRowSize, 8) + number(rows_at, 8) +
                               number(rows.size(), 8) + number(records_at, 8) + number(records.size(), 8) +
                               std::string(16, '\0') + number(bits, 8) + std::string(24, '\0');
    return (order == std::endian::little ? "PERFILE2" : "2ELIFREP") + header + ids + rows + records + table + contents;
}

std::vector<std::string> compressed_pieces(const std::vector<std::string>& texts) {
    const std::unique_ptr<ZSTD_CCtx, decltype(&ZSTD_freeCCtx)> context(ZSTD_createCCtx(), ZSTD_freeCCtx);
    std::vector<std::string> pieces;
    for (const std::string& text : texts) {
        std::string piece(ZSTD_compressBound(text.size()) + 64, '\0');
        ZSTD_inBuffer in{text.data(), text.size(), 0};
        ZSTD_outBuffer out{piece.data(), piece.size(), 0};
        ZSTD_compressStream2(context.get(), &out, &in, ZSTD_e_flush);
        piece.resize(out.pos);
        pieces.push_back(std::move(piece));
    }
    return pieces;
}

}  // namespace kstrax::test
