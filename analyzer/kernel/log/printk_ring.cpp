// SPDX-License-Identifier: GPL-2.0-or-later
// Source: kernel/printk/printk_ringbuffer.h and .c of Linux 5.10 to 7.3.
#include <algorithm>
#include <array>
#include <vector>

#include "analyzer/kernel/log/forms.hpp"
#include "analyzer/kernel/log/log_places.hpp"

namespace kstrax {

namespace {

struct RingPlaces {
    std::uint64_t desc_ring, text_ring, count_bits, descs, infos, head_id, tail_id, desc_size, state, text_block, begin,
        next, info_size, seq, time, text_length, caller, size_bits, data;
};
constexpr std::array kPlaces{
    PlaceRow<RingPlaces>{"printk_ringbuffer", "desc_ring", &RingPlaces::desc_ring},
    PlaceRow<RingPlaces>{"printk_ringbuffer", "text_data_ring", &RingPlaces::text_ring},
    PlaceRow<RingPlaces>{"prb_desc_ring", "count_bits", &RingPlaces::count_bits},
    PlaceRow<RingPlaces>{"prb_desc_ring", "descs", &RingPlaces::descs},
    PlaceRow<RingPlaces>{"prb_desc_ring", "infos", &RingPlaces::infos},
    PlaceRow<RingPlaces>{"prb_desc_ring", "head_id", &RingPlaces::head_id},
    PlaceRow<RingPlaces>{"prb_desc_ring", "tail_id", &RingPlaces::tail_id},
    PlaceRow<RingPlaces>{"prb_desc", "", &RingPlaces::desc_size},
    PlaceRow<RingPlaces>{"prb_desc", "state_var", &RingPlaces::state},
    PlaceRow<RingPlaces>{"prb_desc", "text_blk_lpos", &RingPlaces::text_block},
    PlaceRow<RingPlaces>{"prb_data_blk_lpos", "begin", &RingPlaces::begin},
    PlaceRow<RingPlaces>{"prb_data_blk_lpos", "next", &RingPlaces::next},
    PlaceRow<RingPlaces>{"printk_info", "", &RingPlaces::info_size},
    PlaceRow<RingPlaces>{"printk_info", "seq", &RingPlaces::seq},
    PlaceRow<RingPlaces>{"printk_info", "ts_nsec", &RingPlaces::time},
    PlaceRow<RingPlaces>{"printk_info", "text_len", &RingPlaces::text_length},
    PlaceRow<RingPlaces>{"printk_info", "caller_id", &RingPlaces::caller},
    PlaceRow<RingPlaces>{"prb_data_ring", "size_bits", &RingPlaces::size_bits},
    PlaceRow<RingPlaces>{"prb_data_ring", "data", &RingPlaces::data},
};

/// What a descriptor says of its record: the two highest bits of its state.
enum State : std::uint64_t { kReserved, kCommitted, kFinalized, kReusable };

constexpr std::uint64_t kNoText = 3;  // both ends of the block of a record whose text is empty
constexpr std::uint8_t kContinues = 8;

/// A text of the device that a record tells of.
struct DeviceText {
    std::uint64_t at = 0;
    std::uint64_t size = 0;  // 0: the kernel has none
};

class PrintkRing {
  public:
    PrintkRing(const LogAccess& access, const RingPlaces& places)
        : memory_(access.memory),
          live_(access.live),
          places_(places),
          word_(memory_.word_size()),
          info_(static_cast<std::size_t>(places.info_size)),
          desc_(static_cast<std::size_t>(places.desc_size)) {
        find_devices(LogPlaces(access));
    }

    /// `ring`: the address of the struct printk_ringbuffer.
    [[nodiscard]] Result<void> open(std::uint64_t ring, std::uint64_t most);
    LogReading read(const LogVisitor& visit);

  private:
    [[nodiscard]] std::uint64_t word_mask() const { return word_ == 4 ? 0xffffffff : ~std::uint64_t{0}; }
    [[nodiscard]] std::uint64_t id_mask() const { return word_mask() >> 2; }
    [[nodiscard]] std::uint64_t count() const { return std::uint64_t{1} << count_bits_; }
    [[nodiscard]] std::uint64_t size() const { return std::uint64_t{1} << size_bits_; }

    void find_devices(const LogPlaces& places);
    /// Those that the ring counts as its own, the oldest first.
    void by_position();
    /// Where the ring's ends make no sense: whatever has a number, in that order.
    void by_number();
    void take(std::uint64_t id);
    void show(std::uint64_t id, std::uint64_t begin, std::uint64_t next);
    void read_text(std::uint64_t id, std::uint64_t begin, std::uint64_t next, std::uint64_t length, LogRecord& record);
    [[nodiscard]] std::string_view device_text(const DeviceText& text) const;

    KernelReader memory_;
    bool live_;
    RingPlaces places_;
    std::uint8_t word_;
    std::vector<std::byte> info_;
    std::vector<std::byte> desc_;
    std::vector<std::byte> text_;
    DeviceText subsystem_, device_;
    std::uint64_t count_bits_ = 0, descs_ = 0, infos_ = 0, head_ = 0, tail_ = 0, size_bits_ = 0, data_ = 0;
    std::uint64_t text_bytes_ = 0;  // of all texts that were read
    std::optional<std::uint64_t> last_;
    std::uint64_t unfinished_ = 0;
    std::uint64_t refused_ = 0;
    LogDamage damage_;
    LogReading reading_{.form = "printk ring buffer"};
    const LogVisitor* visit_ = nullptr;
    bool more_ = true;
};

void PrintkRing::find_devices(const LogPlaces& places) {
    // Kernels leave the length of these arrays to VMCOREINFO or to the types of their members.
    const auto device = places.offset("printk_info", "dev_info");
    if (!device) return;
    const auto text = [&](std::string_view member, std::uint64_t most) -> DeviceText {
        const auto at = places.offset("dev_printk_info", member);
        if (!at || *device > places_.info_size || *at > places_.info_size) return {};
        const std::uint64_t begin = *device + *at;
        return begin >= places_.info_size ? DeviceText{} : DeviceText{begin, std::min(most, places_.info_size - begin)};
    };
    subsystem_ = text("subsystem", 16);  // PRINTK_INFO_SUBSYSTEM_LEN
    device_ = text("device", 48);        // PRINTK_INFO_DEVICE_LEN
}

Result<void> PrintkRing::open(std::uint64_t ring, std::uint64_t most) {
    const std::uint64_t descs = ring + places_.desc_ring;
    const std::uint64_t texts = ring + places_.text_ring;
    struct Part {
        std::uint64_t at;
        std::uint64_t size;
        std::uint64_t PrintkRing::*to;
    };
    for (const Part& part : {Part{descs + places_.count_bits, 4, &PrintkRing::count_bits_},
                             Part{descs + places_.descs, word_, &PrintkRing::descs_},
                             Part{descs + places_.infos, word_, &PrintkRing::infos_},
                             Part{descs + places_.head_id, word_, &PrintkRing::head_},
                             Part{descs + places_.tail_id, word_, &PrintkRing::tail_},
                             Part{texts + places_.size_bits, 4, &PrintkRing::size_bits_},
                             Part{texts + places_.data, word_, &PrintkRing::data_}}) {
        const auto value = memory_.number(part.at, part.size);
        if (!value)
            return Error{ErrorCode::NotFound,
                         fmt::format("the kernel's log: its head at {:#x} is not in the dump", part.at)};
        this->*part.to = *value;
    }
    constexpr std::uint64_t kMostBits = 40;
    if (count_bits_ > kMostBits || size_bits_ > kMostBits || (places_.info_size << count_bits_) > most || size() > most)
        return Error{ErrorCode::Corrupt,
                     fmt::format("the kernel's log is said to have 2^{} records and 2^{} bytes of text", count_bits_,
                                 size_bits_)};
    return {};
}

LogReading PrintkRing::read(const LogVisitor& visit) {
    visit_ = &visit;
    head_ &= id_mask();
    tail_ &= id_mask();
    if (((head_ - tail_) & id_mask()) < count()) {
        by_position();
    } else {
        damage_.add("its ends are {} and {}, of {} records", tail_, head_, count());
        by_number();
    }
    damage_.tell(reading_.findings, live_);
    if (unfinished_ > 0)
        reading_.findings.add(FindingId::LogUnfinished,
                              fmt::format("{} records were being written to the kernel's log", unfinished_),
                              unfinished_);
    if (refused_ > 0)
        reading_.findings.add(FindingId::LogUnfinished,
                              fmt::format("the kernel had no room for the text of {} records of its log", refused_),
                              refused_);
    return std::move(reading_);
}

void PrintkRing::by_position() {
    for (std::uint64_t id = tail_; more_; id = (id + 1) & id_mask()) {
        take(id);
        if (id == head_) break;
    }
}

void PrintkRing::by_number() {
    struct Numbered {
        std::uint64_t seq;
        std::uint64_t id;
    };
    std::vector<Numbered> found;
    constexpr std::uint64_t kMostSalvaged = std::uint64_t{1} << 22;
    const std::uint64_t slots = std::min(count(), kMostSalvaged);
    for (std::uint64_t slot = 0; slot < slots; ++slot) {
        const auto state = memory_.number(descs_ + slot * places_.desc_size + places_.state, word_);
        if (!state || (*state & (count() - 1)) != slot) continue;
        const std::uint64_t kind = *state >> (word_ * 8 - 2);
        const auto seq = memory_.number(infos_ + slot * places_.info_size + places_.seq, 8);
        if (seq && (kind == kCommitted || kind == kFinalized)) found.push_back({*seq, *state & id_mask()});
    }
    std::ranges::sort(found, {}, &Numbered::seq);
    for (const Numbered& one : found)
        if (more_) take(one.id);
}

void PrintkRing::take(std::uint64_t id) {
    const std::uint64_t slot = id & (count() - 1);
    if (!memory_.read(descs_ + slot * places_.desc_size, desc_)) {
        damage_.add("descriptor {} cannot be read", id);
        return;
    }
    const std::uint64_t state = number_in(desc_, places_.state, word_);
    const std::uint64_t kind = state >> (word_ * 8 - 2);
    if ((state & id_mask()) != id) {
        // The newest place is taken before its descriptor is written.
        if (id == head_) ++unfinished_;
        else damage_.add("descriptor {} is that of {}", id, state & id_mask());
        return;
    }
    if (kind == kReserved) ++unfinished_;
    if (kind != kCommitted && kind != kFinalized) return;
    show(id, number_in(desc_, places_.text_block + places_.begin, word_),
         number_in(desc_, places_.text_block + places_.next, word_));
}

std::string_view PrintkRing::device_text(const DeviceText& text) const {
    const auto bytes = slice(info_, text.at, text.size);
    return bytes ? bounded_text(as_text(*bytes)) : std::string_view();
}

void PrintkRing::show(std::uint64_t id, std::uint64_t begin, std::uint64_t next) {
    if (!memory_.read(infos_ + (id & (count() - 1)) * places_.info_size, info_)) {
        damage_.add("the facts of record {} cannot be read", id);
        return;
    }
    // Only a text that is not empty was refused; the kernel, too, shows no record of it.
    const bool without_block = (begin & 1) != 0 && (next & 1) != 0;
    if (without_block && (begin != kNoText || next != kNoText)) {
        ++refused_;
        return;
    }
    LogRecord record;
    record.seq = number_in(info_, places_.seq, 8);
    record.time = number_in(info_, places_.time, 8);
    record.caller = static_cast<std::uint32_t>(number_in(info_, places_.caller, 4));
    // A byte of facility, and one with five bits of flags and three of level, lie between two members that are named.
    if (places_.caller == places_.text_length + 4) {
        const std::uint64_t flags = number_in(info_, places_.text_length + 3, 1);
        record.facility = static_cast<std::uint32_t>(number_in(info_, places_.text_length + 2, 1));
        record.level = static_cast<std::uint8_t>(flags >> 5);
        record.continues = (flags & kContinues) != 0;
    }
    record.subsystem = device_text(subsystem_);
    record.device = device_text(device_);
    if (!without_block) read_text(id, begin, next, number_in(info_, places_.text_length, 2), record);
    if (last_ && *record.seq <= *last_) damage_.add("record {} stands behind record {}", *record.seq, *last_);
    if (!last_) reading_.overwritten = record.seq;
    last_ = record.seq;
    ++reading_.records;
    more_ = (*visit_)(record) && text_bytes_ <= size();
}

void PrintkRing::read_text(std::uint64_t id, std::uint64_t begin, std::uint64_t next, std::uint64_t length,
                           LogRecord& record) {
    const auto lap = [&](std::uint64_t position) { return (position & word_mask()) >> size_bits_; };
    const std::uint64_t mask = size() - 1;
    std::uint64_t at = begin & mask;
    std::uint64_t bytes = next - begin;
    if (lap(begin) != lap(next - 1)) {  // a block that does not fit before the end lies at the start
        at = 0;
        bytes = lap(begin + size()) == lap(next - 1) ? next & mask : 0;
    }
    record.whole = false;
    if (bytes <= word_ || bytes > size() - at || (begin | next) % word_ != 0) {
        damage_.add("the text of record {} is said to lie from {:#x} to {:#x}", *record.seq, begin, next);
        return;
    }
    const auto owner = memory_.number(data_ + at, word_);
    if (!owner || *owner != id) {
        if (owner) damage_.add("where the text of record {} should be is that of descriptor {}", *record.seq, *owner);
        else damage_.add("the text of record {} cannot be read", *record.seq);
        return;
    }
    const std::uint64_t there = std::min(length, bytes - word_);
    text_bytes_ += bytes;
    if (text_bytes_ > size()) {
        damage_.add("records up to {} have more text than there is room for", *record.seq);
        return;
    }
    text_.resize(static_cast<std::size_t>(there));
    const std::size_t got = read_as_far_as_there_is(memory_, data_ + at + word_, text_);
    record.text = as_text(Bytes(text_).first(got));
    record.whole = got == length;
    if (got != there) damage_.add("the text of record {} cannot be read to its end", *record.seq);
    else if (there != length)
        damage_.add("record {} has {} bytes of text in a block of {}", *record.seq, length, bytes);
}

}  // namespace

Result<LogReading> read_printk_ring(const LogAccess& access, const LogVisitor& visit) {
    const LogPlaces known(access);
    const auto places = known.all<RingPlaces>(kPlaces);
    if (!places) return places.error().in("the kernel's log");
    KernelReader memory = access.memory;
    const auto pointer = known.symbol("prb");
    const auto ring = pointer ? memory.pointer(*pointer) : std::nullopt;
    if (!ring) return Error{ErrorCode::NotFound, "the kernel's log: the pointer to it is not in the dump"};
    PrintkRing log(access, *places);
    if (const auto opened = log.open(*ring, access.most); !opened) return opened.error();
    return log.read(visit);
}

}  // namespace kstrax
