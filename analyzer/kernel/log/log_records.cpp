// SPDX-License-Identifier: GPL-2.0-or-later
// Source: kernel/printk.c of Linux 3.5 and kernel/printk/printk.c up to 5.9.
#include <algorithm>
#include <array>
#include <vector>

#include "analyzer/kernel/log/forms.hpp"
#include "analyzer/kernel/log/log_places.hpp"

namespace kstrax {

namespace {

struct HeadPlaces {
    std::uint64_t size, time, length, text_length, dict_length;
};
/// The struct was called `log` until 62e32ac3505a (3.11).
constexpr std::array<std::string_view, 2> kHeads{"printk_log", "log"};

constexpr std::uint64_t kAlign = 4;  // of records; 8 in some kernels
constexpr std::uint8_t kContinues = 8;

/// The head of a record; its text and then its facts follow.
struct Head {
    std::uint64_t length = 0;  // of all; 0: the rest of the buffer is empty
    std::uint64_t text = 0;
    std::uint64_t dict = 0;
};

class LogRecords {
  public:
    LogRecords(const LogAccess& access, const HeadPlaces& places, std::optional<std::uint64_t> caller)
        : memory_(access.memory),
          live_(access.live),
          places_(places),
          caller_(caller),
          head_(static_cast<std::size_t>(places.size)) {}

    [[nodiscard]] Result<void> open(const LogPlaces& places, std::uint64_t most);
    LogReading read(const LogVisitor& visit);

  private:
    [[nodiscard]] std::optional<Head> head_at(std::uint64_t at);
    /// Where, behind a broken record, several follow one another again.
    [[nodiscard]] std::optional<std::uint64_t> next_whole(std::uint64_t at);
    [[nodiscard]] bool chain_from(std::uint64_t at);
    [[nodiscard]] bool show(std::uint64_t at, const Head& head, const LogVisitor& visit);
    void read_facts(std::string_view dict, LogRecord& record) const;

    KernelReader memory_;
    bool live_;
    HeadPlaces places_;
    std::optional<std::uint64_t> caller_;
    std::vector<std::byte> head_;
    std::vector<std::byte> body_;
    std::uint64_t buffer_ = 0, size_ = 0, first_ = 0, end_ = 0;
    std::optional<std::uint64_t> seq_;  // of the next record
    LogDamage damage_;
    LogReading reading_{.form = "log_buf of records"};
};

Result<void> LogRecords::open(const LogPlaces& places, std::uint64_t most) {
    struct Variable {
        std::string_view name;
        std::uint64_t size;
        std::uint64_t LogRecords::*to;
    };
    for (const Variable& variable :
         {Variable{"log_buf", memory_.word_size(), &LogRecords::buffer_},
          Variable{"log_buf_len", 4, &LogRecords::size_}, Variable{"log_first_idx", 4, &LogRecords::first_},
          Variable{"log_next_idx", 4, &LogRecords::end_}}) {
        const auto at = places.symbol(variable.name);
        const auto value = at ? memory_.number(*at, variable.size) : std::nullopt;
        if (!value)
            return Error{ErrorCode::NotFound, fmt::format("the kernel's log: {} is not in the dump", variable.name)};
        this->*variable.to = *value;
    }
    if (size_ > most || first_ >= size_ || end_ >= size_)
        return Error{ErrorCode::Corrupt,
                     fmt::format("the kernel's log is said to go from {} to {} in {} bytes", first_, end_, size_)};
    if (const auto at = places.symbol("log_first_seq")) seq_ = memory_.number(*at, 8);
    reading_.overwritten = seq_;
    return {};
}

std::optional<Head> LogRecords::head_at(std::uint64_t at) {
    if (at > size_ || size_ - at < places_.size) return Head{};
    if (!memory_.read(buffer_ + at, head_)) return std::nullopt;
    const Head head{number_in(head_, places_.length, 2), number_in(head_, places_.text_length, 2),
                    number_in(head_, places_.dict_length, 2)};
    if (head.length == 0) return head;
    const bool fits =
        head.length <= size_ - at && head.length % kAlign == 0 && places_.size + head.text + head.dict <= head.length;
    return fits ? std::optional(head) : std::nullopt;
}

bool LogRecords::chain_from(std::uint64_t at) {
    constexpr int kEnough = 8;
    for (int i = 0; i < kEnough && at != end_; ++i) {
        const auto head = head_at(at);
        if (!head || (head->length == 0 && i == 0)) return false;
        if (head->length == 0) return true;
        at += head->length;
    }
    return true;
}

std::optional<std::uint64_t> LogRecords::next_whole(std::uint64_t at) {
    constexpr std::uint64_t kFarthest = 128 << 10;  // a length has 16 bits
    const std::uint64_t last = std::min(size_, at + kFarthest);
    for (std::uint64_t next = at + kAlign; next < last; next += kAlign)
        if (chain_from(next)) return next;
    return std::nullopt;
}

void LogRecords::read_facts(std::string_view dict, LogRecord& record) const {
    while (!dict.empty()) {
        const std::string_view fact = bounded_text(dict);
        constexpr std::string_view kSubsystem = "SUBSYSTEM=";
        constexpr std::string_view kDevice = "DEVICE=";
        if (fact.starts_with(kSubsystem)) record.subsystem = fact.substr(kSubsystem.size());
        if (fact.starts_with(kDevice)) record.device = fact.substr(kDevice.size());
        dict.remove_prefix(std::min(dict.size(), fact.size() + 1));
    }
}

bool LogRecords::show(std::uint64_t at, const Head& head, const LogVisitor& visit) {
    LogRecord record;
    record.seq = seq_;
    if (seq_) ++*seq_;
    record.time = number_in(head_, places_.time, 8);
    const std::uint64_t flags = number_in(head_, places_.dict_length + 3, 1);
    record.facility = static_cast<std::uint32_t>(number_in(head_, places_.dict_length + 2, 1));
    record.level = static_cast<std::uint8_t>(flags >> 5);
    record.continues = (flags & kContinues) != 0;
    if (caller_) record.caller = static_cast<std::uint32_t>(number_in(head_, *caller_, 4));
    body_.resize(static_cast<std::size_t>(head.text + head.dict));
    const std::size_t got = read_as_far_as_there_is(memory_, buffer_ + at + places_.size, body_);
    const std::string_view body = as_text(Bytes(body_).first(got));
    record.text = body.substr(0, static_cast<std::size_t>(head.text));
    record.whole = got >= head.text;
    if (got < body_.size()) damage_.add("the record at {:#x} cannot be read to its end", at);
    else read_facts(body.substr(static_cast<std::size_t>(head.text)), record);
    ++reading_.records;
    return visit(record);
}

LogReading LogRecords::read(const LogVisitor& visit) {
    std::uint64_t at = first_;
    bool again = end_ < first_;  // from the start of the buffer, once
    unsigned mended = 0;
    constexpr unsigned kMostMended = 16;
    while (at != end_) {
        const auto head = again || at < end_ ? head_at(at) : std::nullopt;
        if (head && head->length == 0) {
            if (!again) {
                damage_.add("it ends at {:#x}, before its last record", at);
                break;
            }
            again = false;
            at = 0;
        } else if (head) {
            if (!show(at, *head, visit)) break;
            at += head->length;
        } else {
            damage_.add("no record is at {:#x}, where one should be", at);
            seq_.reset();  // how many are missing is not known
            const auto next = mended++ < kMostMended ? next_whole(at) : std::nullopt;
            if (!next || (!again && *next > end_)) break;
            at = *next;
        }
    }
    damage_.tell(reading_.findings, live_);
    return std::move(reading_);
}

Result<HeadPlaces> places_of_head(const LogPlaces& known, std::string_view type) {
    const std::array rows{PlaceRow<HeadPlaces>{type, "", &HeadPlaces::size},
                          PlaceRow<HeadPlaces>{type, "ts_nsec", &HeadPlaces::time},
                          PlaceRow<HeadPlaces>{type, "len", &HeadPlaces::length},
                          PlaceRow<HeadPlaces>{type, "text_len", &HeadPlaces::text_length},
                          PlaceRow<HeadPlaces>{type, "dict_len", &HeadPlaces::dict_length}};
    return known.all<HeadPlaces>(rows);
}

}  // namespace

Result<LogReading> read_log_records(const LogAccess& access, const LogVisitor& visit) {
    const LogPlaces known(access);
    std::string_view type = kHeads.front();
    for (const std::string_view one : kHeads)
        if (known.offset(one, "ts_nsec")) type = one;
    const auto places = places_of_head(known, type);
    if (!places) return places.error().in("the kernel's log");
    auto caller = known.offset(type, "caller_id");
    if (caller && *caller >= places->size) caller.reset();
    LogRecords log(access, *places, caller);
    if (const auto opened = log.open(known, access.most); !opened) return opened.error();
    return log.read(visit);
}

}  // namespace kstrax
