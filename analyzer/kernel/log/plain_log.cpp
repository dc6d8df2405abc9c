// SPDX-License-Identifier: GPL-2.0-or-later
// Lines as the kernel printed them: "<6>[    0.000000] Linux version …".
// Source: kernel/printk.c up to Linux 3.4.
#include <algorithm>
#include <array>
#include <string>

#include "analyzer/base/parse_number.hpp"
#include "analyzer/kernel/log/forms.hpp"
#include "analyzer/kernel/log/log_places.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kSecond = 1'000'000'000;
constexpr std::uint64_t kMicrosecond = 1'000;

/// Takes "<6>" off, a facility times 8 and a level.
void take_level(std::string_view& line, LogRecord& record) {
    const std::size_t end = line.starts_with('<') ? line.find('>') : line.npos;
    if (end == line.npos || end > 4) return;
    const auto number = parse_number<unsigned>(line.substr(1, end - 1));
    if (!number) return;
    record.level = static_cast<std::uint8_t>(*number & 7);
    record.facility = *number >> 3;
    line.remove_prefix(end + 1);
}

/// Takes "[   12.345678] " off.
void take_time(std::string_view& line, LogRecord& record) {
    const std::size_t end = line.starts_with('[') ? line.find("] ") : line.npos;
    if (end == line.npos || end > 24) return;
    std::string_view number = line.substr(1, end - 1);
    number.remove_prefix(std::min(number.find_first_not_of(' '), number.size()));
    const std::size_t point = number.find('.');
    if (point == number.npos || number.size() - point != 7) return;
    const auto seconds = parse_number<std::uint32_t>(number.substr(0, point));
    const auto micros = parse_number<std::uint32_t>(number.substr(point + 1));
    if (!seconds || !micros) return;
    record.time = *seconds * kSecond + *micros * kMicrosecond;
    line.remove_prefix(end + 2);
}

class PlainLog {
  public:
    explicit PlainLog(const LogVisitor& visit) : visit_(visit) {}

    [[nodiscard]] bool more() const { return more_; }
    [[nodiscard]] std::uint64_t records() const { return records_; }

    void add(std::string_view bytes) {
        while (!bytes.empty() && more_) {
            const std::size_t end = bytes.find('\n');
            if (line_.size() < kLongest) line_.append(bytes.substr(0, std::min(end, kLongest)));
            if (end == bytes.npos) return;
            end_line();
            bytes.remove_prefix(end + 1);
        }
    }
    void end_line() {
        std::string_view line = line_;
        LogRecord record;
        take_level(line, record);
        take_time(line, record);
        record.text = line;
        if (!line_.empty()) {
            ++records_;
            more_ = visit_(record);
        }
        line_.clear();
    }

  private:
    static constexpr std::size_t kLongest = 64 << 10;

    const LogVisitor& visit_;
    std::string line_;
    std::uint64_t records_ = 0;
    bool more_ = true;
};

struct Ring {
    std::uint64_t buffer = 0;
    std::uint64_t size = 0;
    std::uint64_t end = 0;  // bytes that were ever written
};

Result<Ring> open_ring(const LogAccess& access) {
    const LogPlaces known(access);
    KernelReader memory = access.memory;
    Ring ring;
    struct Variable {
        std::string_view name;
        std::uint64_t size;
        std::uint64_t Ring::*to;
    };
    for (const Variable& variable : {Variable{"log_buf", memory.word_size(), &Ring::buffer},
                                     Variable{"log_buf_len", 4, &Ring::size}, Variable{"log_end", 4, &Ring::end}}) {
        const auto at = known.symbol(variable.name);
        const auto value = at ? memory.number(*at, variable.size) : std::nullopt;
        if (!value)
            return Error{ErrorCode::NotFound, fmt::format("the kernel's log: {} is not in the dump", variable.name)};
        ring.*variable.to = *value;
    }
    if (ring.size == 0 || ring.size > access.most)
        return Error{ErrorCode::Corrupt, fmt::format("the kernel's log is said to have {} bytes", ring.size)};
    return ring;
}

}  // namespace

Result<LogReading> read_plain_log(const LogAccess& access, const LogVisitor& visit) {
    const auto ring = open_ring(access);
    if (!ring) return ring.error();
    KernelReader memory = access.memory;
    PlainLog lines(visit);
    LogDamage damage;
    std::array<std::byte, kSmallestPage> block{};
    const std::uint64_t all = std::min(ring->end, ring->size);
    for (std::uint64_t done = 0; done < all && lines.more();) {
        const std::uint64_t at = (ring->end - all + done) % ring->size;
        const std::uint64_t page = kSmallestPage - (ring->buffer + at) % kSmallestPage;
        const std::uint64_t part = std::min({all - done, ring->size - at, page});
        const auto bytes = MutableBytes(block).first(static_cast<std::size_t>(part));
        if (memory.read(ring->buffer + at, bytes)) lines.add(as_text(bytes));
        else damage.add("its bytes from {:#x} cannot be read", at);
        done += part;
    }
    if (lines.more()) lines.end_line();
    LogReading reading{.form = "log_buf of lines", .records = lines.records(), .overwritten = {}, .findings = {}};
    damage.tell(reading.findings, access.live);
    return reading;
}

}  // namespace kstrax
