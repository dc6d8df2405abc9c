// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's log in its three forms. An input: which form (its lowest bit: the machine goes on), whether text
// follows for VMCOREINFO (16 bits of length), and the memory: the variables, and behind them what they lead to.
#include <fmt/core.h>

#include "tests/fuzz/target.hpp"
#include "tests/unit/kernel/log_memory.hpp"

namespace kstrax::fuzz {

namespace {

using test::LogMemory;

constexpr std::size_t kMemory = 4096;
constexpr std::uint64_t kBase = LogMemory::kBase;

/// The places of Linux 6.1 on x86-64; the ring lies behind the pointer to it.
constexpr std::string_view kRing = R"(SIZE(printk_ringbuffer)=96
OFFSET(printk_ringbuffer.desc_ring)=0
OFFSET(printk_ringbuffer.text_data_ring)=48
SIZE(prb_desc_ring)=48
OFFSET(prb_desc_ring.count_bits)=0
OFFSET(prb_desc_ring.descs)=8
OFFSET(prb_desc_ring.infos)=16
OFFSET(prb_desc_ring.head_id)=24
OFFSET(prb_desc_ring.tail_id)=32
SIZE(prb_desc)=24
OFFSET(prb_desc.state_var)=0
OFFSET(prb_desc.text_blk_lpos)=8
OFFSET(prb_data_blk_lpos.begin)=0
OFFSET(prb_data_blk_lpos.next)=8
SIZE(printk_info)=88
OFFSET(printk_info.seq)=0
OFFSET(printk_info.ts_nsec)=8
OFFSET(printk_info.text_len)=16
OFFSET(printk_info.caller_id)=20
OFFSET(printk_info.dev_info)=24
OFFSET(dev_printk_info.subsystem)=0
OFFSET(dev_printk_info.device)=16
OFFSET(prb_data_ring.size_bits)=0
OFFSET(prb_data_ring.data)=8
SYMBOL(prb)=ffffffff82000000
)";
constexpr std::string_view kRecords = R"(SIZE(printk_log)=16
OFFSET(printk_log.ts_nsec)=0
OFFSET(printk_log.len)=8
OFFSET(printk_log.text_len)=10
OFFSET(printk_log.dict_len)=12
SYMBOL(log_buf)=ffffffff82000000
SYMBOL(log_buf_len)=ffffffff82000008
SYMBOL(log_first_idx)=ffffffff82000010
SYMBOL(log_next_idx)=ffffffff82000018
SYMBOL(log_first_seq)=ffffffff82000020
)";
constexpr std::string_view kLines = R"(SYMBOL(log_buf)=ffffffff82000000
SYMBOL(log_buf_len)=ffffffff82000008
SYMBOL(log_end)=ffffffff82000010
SYMBOL(logged_chars)=ffffffff82000018
)";
constexpr std::string_view kForms[] = {kRing, kRecords, kLines};

void run(Bytes bytes) {
    Input input(bytes);
    const std::uint8_t form = input.byte();
    LogMemory memory(kMemory);
    memory.info = kForms[form / 2 % std::size(kForms)];
    const std::size_t length = input.number<std::uint16_t>();
    memory.info.append(as_text(input.take(length)));
    const Bytes image = input.take(kMemory);
    memory.put_text(kBase, as_text(image));
    const test::ReadLog log(memory, {}, form % 2 == 1);
    require(log.error.empty() || log.all.empty() || !log.error.empty(), "a log is read or it is not");
    require(log.all.size() <= kMemory, "there are no more records than bytes");
    for (const test::KeptRecord& one : log.all) require(one.text.size() <= kMemory, "a text lies in memory");
}

/// Words of memory, and texts at places of it.
std::string image_of(const std::vector<std::pair<std::size_t, std::string>>& parts) {
    std::string image;
    for (const auto& [at, bytes] : parts) {
        image.resize(std::max(image.size(), at + bytes.size()));
        image.replace(at, bytes.size(), bytes);
    }
    return image;
}
std::string word(std::uint64_t value) { return packed(value); }

/// Two records in a ring of four descriptors and 256 bytes of text.
std::string ring() {
    constexpr std::size_t kAt = 0x40, kDescs = 0x100, kInfos = 0x200, kData = 0x400;
    const std::uint64_t first = 0 - std::uint64_t{4}, done = std::uint64_t{2} << 62, mask = ~std::uint64_t{0} >> 2;
    std::vector<std::pair<std::size_t, std::string>> parts{
        {0, word(kBase + kAt)},
        {kAt, word(2) + word(kBase + kDescs) + word(kBase + kInfos) + word((first + 1) & mask) + word(first & mask)},
        {kAt + 48, word(8) + word(kBase + kData)}};
    for (std::size_t i = 0; i < 2; ++i) {
        const std::uint64_t id = (first + i) & mask;
        const std::uint64_t begin = 0 - std::uint64_t{256} + 32 * i;
        parts.push_back({kDescs + 24 * i, word(id | done) + word(begin) + word(begin + 32)});
        parts.push_back({kInfos + 88 * i, word(i) + word(1'000'000'000 * i) + packed(std::uint16_t{11}) + "\3\x42" +
                                              packed(0x80000001U) + "pci"});
        parts.push_back({kData + 32 * i, word(id) + "hello \x1b[2J!"});
    }
    return image_of(parts);
}

std::string records() {
    std::string buffer;
    for (const std::string_view text : {"one record.", "and another"}) {
        buffer += word(5'000'000'000) + packed(std::uint16_t{44}) + packed(static_cast<std::uint16_t>(text.size())) +
                  packed(std::uint16_t{15}) + "\1\xc2" + std::string(text) + "SUBSYSTEM=pci\0D" + "\0\0";
        buffer.resize((buffer.size() + 43) / 44 * 44);
    }
    return image_of({{0, word(kBase + 0x80) + word(512) + word(0) + word(buffer.size()) + word(3)}, {0x80, buffer}});
}

std::string lines() {
    const std::string text = "<6>[    0.000000] Linux\n<3>[   12.345678] hostile \x1b[2J\\ \xff\n<4>[   12.4] warning";
    return image_of({{0, word(kBase + 0x80) + word(256) + word(text.size()) + word(text.size())}, {0x80, text}});
}

std::vector<std::string> seeds() {
    const std::string none = packed(std::uint16_t{0});
    std::vector<std::string> all;
    const std::string images[] = {ring(), records(), lines()};
    for (std::uint8_t form = 0; form < 6; ++form) all.push_back(packed(form) + none + images[form / 2]);
    const std::string more = "OFFSET(printk_info.level)=19\n";
    all.push_back(packed(std::uint8_t{0}) + packed(static_cast<std::uint16_t>(more.size())) + more + ring());
    return all;
}

}  // namespace

extern const Target kLog;
const Target kLog{"log", 4096, run, seeds};

}  // namespace kstrax::fuzz
