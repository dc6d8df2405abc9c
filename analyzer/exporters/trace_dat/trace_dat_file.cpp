// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/exporters/trace_dat/trace_dat_file.hpp"

#include <zstd.h>

#include "analyzer/recording/machine_number.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kHead = 16;  // bytes of a section's header
constexpr std::uint64_t kSizeInHead = 8;
constexpr std::uint16_t kCompressed = 1;
constexpr auto kStrings = static_cast<TraceOption>(15);

/// Empty: there was no memory for it.
std::string compressed(std::string_view content) {
    constexpr int kLevel = 3;
    std::string stored(ZSTD_compressBound(content.size()), '\0');
    const std::size_t size = ZSTD_compress(stored.data(), stored.size(), content.data(), content.size(), kLevel);
    if (ZSTD_isError(size) != 0U) return {};
    stored.resize(size);
    return stored;
}

}  // namespace

TraceDatText& TraceDatText::number(std::uint64_t value, std::size_t size) {
    std::byte bytes[sizeof value];
    store_number(bytes, value, size, order_);
    return raw(as_text(Bytes(bytes, size)));
}

TraceDatFile::TraceDatFile(OutputFile& output, const RingPageForm& form, std::uint32_t page_size)
    : output_(output), form_(form), page_size_(page_size), options_(form.order) {
    TraceDatText start = text();
    start.raw({"\x17\x08\x44tracing", 10}).text("7");
    start.raw({form.order == std::endian::little ? "\0" : "\1", 1}).raw({form.word_size == 8 ? "\10" : "\4", 1});
    start.u32(page_size).text("zstd").text(ZSTD_versionString());
    options_at_ = start.bytes().size();
    write(start.u64(0).bytes());
}

void TraceDatFile::write(std::string_view bytes) {
    (void)output_.write(bytes);
    size_ += bytes.size();
}

void TraceDatFile::head(TraceOption id, bool compressed, std::string_view title, std::uint64_t size) {
    const auto at = static_cast<std::uint32_t>(strings_.size());
    strings_.append(title).push_back('\0');
    write(text().u16(static_cast<std::uint16_t>(id)).u16(compressed ? kCompressed : 0).u32(at).u64(size).bytes());
}

void TraceDatFile::section(TraceOption id, std::string_view title, std::string_view content) {
    const std::string stored = compressed(content);
    option(id, text().u64(size_).bytes());
    if (stored.empty()) {
        head(id, false, title, content.size());
        write(content);
        return;
    }
    head(id, true, title, stored.size() + 2 * sizeof(std::uint32_t));
    write(
        text().u32(static_cast<std::uint32_t>(stored.size())).u32(static_cast<std::uint32_t>(content.size())).bytes());
    write(stored);
}

void TraceDatFile::option(TraceOption id, std::string_view data) {
    options_.u16(static_cast<std::uint16_t>(id)).u32(static_cast<std::uint32_t>(data.size())).raw(data);
}

void TraceDatFile::begin_rings(std::string_view instance, std::string_view clock) {
    instance_ = instance;
    clock_ = clock;
    rings_.clear();
    rings_at_ = size_;
    head(TraceOption::Buffer, false, "flyrecord", 0);
    write(std::string(static_cast<std::size_t>((page_size_ - size_ % page_size_) % page_size_), '\0'));
}

void TraceDatFile::begin_ring(CpuId cpu) { rings_.push_back({cpu, size_, 0}); }

void TraceDatFile::page(Bytes page) {
    write(as_text(page));
    rings_.back().size += page.size();
}

void TraceDatFile::end_rings() {
    (void)output_.overwrite(rings_at_ + kSizeInHead, text().u64(size_ - rings_at_ - kHead).bytes());
    TraceDatText rings = text();
    rings.u64(rings_at_).text(instance_).text(clock_).u32(page_size_).u32(static_cast<std::uint32_t>(rings_.size()));
    for (const Ring& ring : rings_) rings.u32(ring.cpu).u64(ring.offset).u64(ring.size);
    option(TraceOption::Buffer, rings.bytes());
}

void TraceDatFile::end() {
    option(TraceOption::Done, text().u64(0).bytes());
    const std::uint64_t at = size_;
    head(TraceOption::Done, false, "options", options_.bytes().size());
    write(options_.bytes());
    const std::string strings = strings_ + "strings" + std::string(1, '\0');
    head(kStrings, false, "strings", strings.size());
    write(strings);
    (void)output_.overwrite(options_at_, text().u64(at).bytes());
}

}  // namespace kstrax
