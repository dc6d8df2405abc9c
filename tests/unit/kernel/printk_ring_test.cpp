// SPDX-License-Identifier: GPL-2.0-or-later
// The printk ring buffer: whole, wrapped and damaged, and laid out as VMCOREINFO or as types say.
#include <boost/test/unit_test.hpp>
#include <map>

#include "tests/support/findings.hpp"
#include "tests/unit/kernel/log_memory.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

// The places of Linux 6.1 on x86-64.
constexpr std::string_view kPlaces = R"(SIZE(printk_ringbuffer)=96
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
)";

constexpr std::uint64_t kPointer = LogMemory::kBase;
constexpr std::uint64_t kRing = LogMemory::kBase + 0x100;
constexpr std::uint64_t kDescs = LogMemory::kBase + 0x1000;
constexpr std::uint64_t kInfos = LogMemory::kBase + 0x4000;
constexpr std::uint64_t kData = LogMemory::kBase + 0xb000;  // in the middle of nothing else
constexpr std::uint64_t kFinal = std::uint64_t{2} << 62;
constexpr std::uint64_t kIdMask = ~std::uint64_t{0} >> 2;

/// Writes as the kernel does.
class Ring {
  public:
    explicit Ring(unsigned count_bits = 6, unsigned size_bits = 12) : count_bits_(count_bits), size_bits_(size_bits) {
        memory.info = kPlaces;
        memory.name("prb", kPointer);
        memory.put(kPointer, kRing);
        memory.put(kRing, count_bits, 4);
        memory.put(kRing + 8, kDescs);
        memory.put(kRing + 16, kInfos);
        memory.put(kRing + 48, size_bits, 4);
        memory.put(kRing + 56, kData);
        // The first lap ends with a place that may be used again.
        tail_ = head_ = (0 - (std::uint64_t{1} << count_bits) - 1) & kIdMask;
        memory.put(desc(head_), head_ | std::uint64_t{3} << 62);
        position_ = 0 - (std::uint64_t{1} << size_bits);
        ends();
    }

    [[nodiscard]] std::uint64_t desc(std::uint64_t id) const { return kDescs + slot(id) * 24; }
    [[nodiscard]] std::uint64_t info(std::uint64_t id) const { return kInfos + slot(id) * 88; }
    [[nodiscard]] std::uint64_t head() const { return head_; }
    [[nodiscard]] std::uint64_t slot(std::uint64_t id) const { return id & ((std::uint64_t{1} << count_bits_) - 1); }
    [[nodiscard]] std::uint64_t index(std::uint64_t at) const { return at & ((std::uint64_t{1} << size_bits_) - 1); }

    /// `fit`: newer kernels use the end of the ring to its last byte.
    void add(std::string_view text, unsigned level = 6, std::uint64_t state = kFinal, bool fit = false) {
        head_ = (head_ + 1) & kIdMask;
        if (head_ - tail_ >= std::uint64_t{1} << count_bits_) drop_oldest();
        const std::uint64_t block = (8 + text.size() + 7) / 8 * 8;
        std::uint64_t begin = position_;
        std::uint64_t next = begin + block;
        const std::uint64_t lap = std::uint64_t{1} << size_bits_;
        std::uint64_t at = index(begin);
        if (begin / lap != next / lap && !(fit && index(next) == 0)) {
            next = next / lap * lap + block;
            at = 0;
        }
        if (text.empty()) begin = next = 3;
        else position_ = next;
        while (index(tail_) != index(head_) && position_ - oldest_text() > lap) drop_oldest();
        memory.put(desc(head_), head_ | state);
        memory.put(desc(head_) + 8, begin);
        memory.put(desc(head_) + 16, next);
        if (!text.empty()) {
            memory.put(kData + at, head_);
            memory.put_text(kData + at + 8, text);
        }
        memory.put(info(head_), seq_);
        memory.put(info(head_) + 8, 1'000'000'000 + seq_ * 1000);
        memory.put(info(head_) + 16, text.size(), 2);
        memory.put(info(head_) + 18, 3, 1);
        memory.put(info(head_) + 19, level << 5 | (state != kFinal ? 8U : 2U), 1);
        memory.put(info(head_) + 20, 0x80000001, 4);
        memory.put_text(info(head_) + 24, "pci");
        memory.put_text(info(head_) + 40, "+pci:0000:00:01.0");
        ++seq_;
        ends();
    }

    LogMemory memory;

  private:
    void drop_oldest() {
        memory.put(desc(tail_), tail_ | std::uint64_t{3} << 62);
        tail_ = (tail_ + 1) & kIdMask;
    }
    [[nodiscard]] std::uint64_t oldest_text() const {
        for (std::uint64_t id = tail_; id != head_; id = (id + 1) & kIdMask) {
            const std::uint64_t begin = memory.get(desc(id) + 8);
            if (memory.get(desc(id)) >> 62 != 3 && begin != 3) return begin;
        }
        return position_;
    }
    void ends() {
        memory.put(kRing + 24, head_);
        memory.put(kRing + 32, tail_);
    }

    unsigned count_bits_, size_bits_;
    std::uint64_t head_ = 0, tail_ = 0, position_ = 0, seq_ = 0;
};

bool is_damaged(const ReadLog& log) { return has(log.reading.findings, FindingId::LogDamaged); }

std::vector<std::string> numbered(int from, int to) {
    std::vector<std::string> all;
    for (int i = from; i < to; ++i) all.push_back(fmt::format("line {} {}", i, std::string(i % 40, '.')));
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(printk_ring)

BOOST_AUTO_TEST_CASE(what_a_record_says) {
    Ring ring;
    ring.add("one\ntwo", 3);
    ring.add("", 4);
    ring.add("half a li", 6, std::uint64_t{1} << 62);
    const ReadLog log(ring.memory);
    BOOST_TEST(log.error == "");
    BOOST_TEST(log.reading.findings.empty());
    BOOST_TEST(log.reading.overwritten.value() == 0U);
    BOOST_TEST_REQUIRE(log.all.size() == 3U);
    const LogRecord& first = log.all[0].record;
    BOOST_TEST(first.seq.value() == 0U);
    BOOST_TEST(first.time.value() == 1'000'000'000U);
    BOOST_TEST(unsigned{first.level.value()} == 3U);
    BOOST_TEST(first.facility.value() == 3U);
    BOOST_TEST(first.caller.value() == (kCallerIsCpu | 1));
    BOOST_TEST(!first.continues);
    BOOST_TEST(log.all[0].text == "one\ntwo");
    BOOST_TEST(log.all[0].subsystem == "pci");
    BOOST_TEST(log.all[0].device == "+pci:0000:00:01.0");
    BOOST_TEST(log.all[1].text == "");
    BOOST_TEST(log.all[1].record.whole);
    BOOST_TEST(log.all[2].text == "half a li");
    BOOST_TEST(log.all[2].record.continues);
}

BOOST_AUTO_TEST_CASE(places_by_the_kernels_types) {
    Ring ring;
    ring.add("by types");
    std::map<std::string, std::uint64_t, std::less<>> places;
    std::string kept;
    for (std::string_view rest = ring.memory.info; !rest.empty(); rest.remove_prefix(rest.find('\n') + 1)) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        if (line.starts_with("SYMBOL")) kept.append(line).append("\n");
        else
            places[std::string(line.substr(0, line.find('=')))] =
                std::stoull(std::string(line.substr(line.find('=') + 1)));
    }
    ring.memory.info = kept;
    BOOST_TEST(ReadLog(ring.memory).error.find("printk_ringbuffer.desc_ring") != std::string::npos);
    const FindMember member = [&](std::string_view type, std::string_view path) -> std::optional<Member> {
        const auto found =
            places.find(path.empty() ? fmt::format("SIZE({})", type) : fmt::format("OFFSET({}.{})", type, path));
        if (found == places.end()) return std::nullopt;
        return path.empty() ? Member{.offset = 0, .size = found->second} : Member{.offset = found->second, .size = 8};
    };
    BOOST_TEST(ReadLog(ring.memory, member).texts() == std::vector<std::string>{"by types"},
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(texts_and_descriptors_wrap) {
    for (const bool fit : {false, true})
        for (const unsigned size_bits : {9U, 12U}) {
            Ring ring(5, size_bits);
            for (const std::string& text : numbered(0, 300)) ring.add(text, 6, kFinal, fit);
            const ReadLog log(ring.memory);
            BOOST_TEST(!is_damaged(log));
            BOOST_TEST(log.all.size() > 8U);
            BOOST_TEST(log.reading.overwritten.value() == 300 - log.all.size());
            BOOST_TEST(log.texts() == numbered(300 - static_cast<int>(log.all.size()), 300),
                       boost::test_tools::per_element());
        }
}

BOOST_AUTO_TEST_CASE(a_cpu_was_about_to_write) {
    Ring ring;
    ring.add("done");
    ring.add("not yet", 6, 0);
    const ReadLog log(ring.memory);
    BOOST_TEST(log.texts() == std::vector<std::string>{"done"}, boost::test_tools::per_element());
    BOOST_TEST(has(log.reading.findings, FindingId::LogUnfinished));
    BOOST_TEST((log.reading.findings.worst() == Severity::Note));

    Ring taken;  // the place is taken, its descriptor is not yet written
    taken.add("done");
    taken.memory.put(kRing + 24, taken.head() + 1);
    const ReadLog next(taken.memory);
    BOOST_TEST(next.texts() == std::vector<std::string>{"done"}, boost::test_tools::per_element());
    BOOST_TEST(!is_damaged(next));
}

BOOST_AUTO_TEST_CASE(a_text_that_found_no_room) {
    Ring ring;
    ring.add("refused");
    ring.memory.put(ring.desc(ring.head()) + 8, 1);
    ring.memory.put(ring.desc(ring.head()) + 16, 1);
    const ReadLog log(ring.memory);
    BOOST_TEST(log.all.empty());
    BOOST_TEST((log.reading.findings.worst() == Severity::Note));
}

BOOST_AUTO_TEST_CASE(damage_is_counted_and_the_rest_is_read) {
    struct Case {
        const char* what;
        void (*damage)(Ring& ring);
        std::vector<std::string> left;
    };
    const Case cases[] = {
        {"another record's text", [](Ring& r) { r.memory.put(kData + 16, 77); }, {"one", "", "three"}},
        {"another descriptor", [](Ring& r) { r.memory.put(r.desc(r.head() - 1), 5 | kFinal); }, {"one", "three"}},
        {"a block without end", [](Ring& r) { r.memory.put(r.desc(r.head() - 1) + 16, ~0ULL); }, {"one", "", "three"}},
        {"a text longer than its block",
         [](Ring& r) { r.memory.put(r.info(r.head() - 1) + 16, 60000, 2); },
         {"one", std::string("two\0\0\0\0\0", 8), "three"}},
        {"numbers that run backwards", [](Ring& r) { r.memory.put(r.info(r.head()), 0); }, {"one", "two", "three"}},
        {"no descriptors", [](Ring& r) { r.memory.drop(kDescs); }, {}},
        {"no facts", [](Ring& r) { r.memory.drop(kInfos); }, {}},
        {"no texts", [](Ring& r) { r.memory.drop(kData); }, {"", "", ""}},
        {"ends that are nowhere", [](Ring& r) { r.memory.put(kRing + 24, 12345); }, {"one", "two", "three"}},
    };
    for (const Case& one : cases) {
        Ring ring;
        for (const char* text : {"one", "two", "three"}) ring.add(text);
        one.damage(ring);
        const ReadLog log(ring.memory);
        BOOST_TEST_CONTEXT(one.what) {
            BOOST_TEST(log.texts() == one.left, boost::test_tools::per_element());
            BOOST_TEST(is_damaged(log));
            BOOST_TEST(!is_damaged(ReadLog(ring.memory, {}, true)));  // a machine that goes on changes it
        }
    }
}

BOOST_AUTO_TEST_CASE(absurd_sizes_and_places_are_refused) {
    Ring ring;
    ring.memory.put(kRing, 63, 4);
    BOOST_TEST(ReadLog(ring.memory).error.find("2^63") != std::string::npos);
    Ring large;
    large.memory.put(kRing + 48, 30, 4);
    BOOST_TEST(!ReadLog(large.memory).error.empty());
    Ring far;
    far.memory.info = "SIZE(prb_desc)=0\n" + far.memory.info;
    BOOST_TEST(ReadLog(far.memory).error.find("prb_desc") != std::string::npos);
    Ring gone;
    gone.memory.drop(kPointer);
    BOOST_TEST(!ReadLog(gone.memory).error.empty());
    LogMemory nothing;
    BOOST_TEST(!ReadLog(nothing).error.empty());
}

BOOST_AUTO_TEST_CASE(whatever_bytes_change_it_ends) {
    Random random(7);
    for (int round = 0; round < 2000; ++round) {
        Ring ring(5, 9);
        for (const std::string& text : numbered(0, 40)) ring.add(text);
        for (std::uint64_t flips = random.below(20) + 1; flips > 0; --flips)
            ring.memory.bytes[static_cast<std::size_t>(random.below(0xc000))] = static_cast<char>(random.next());
        for (std::uint64_t flips = random.below(4); flips > 0; --flips)
            ring.memory.put(kRing + 8 * random.below(9), random.next() >> random.below(64));
        const ReadLog log(ring.memory);
        BOOST_REQUIRE(log.all.size() <= 33U);
        for (const KeptRecord& one : log.all) BOOST_REQUIRE(one.text.size() <= 512U);
    }
}

BOOST_AUTO_TEST_SUITE_END()
