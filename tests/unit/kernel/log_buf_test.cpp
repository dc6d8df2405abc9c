// SPDX-License-Identifier: GPL-2.0-or-later
// The logs of kernels before 5.10: records one behind the other, and before these plain lines.
#include <boost/test/unit_test.hpp>

#include "tests/support/findings.hpp"
#include "tests/unit/kernel/log_memory.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

constexpr std::uint64_t kVariables = LogMemory::kBase;
constexpr std::uint64_t kBuffer = LogMemory::kBase + 0x1000;

bool is_damaged(const ReadLog& log) { return has(log.reading.findings, FindingId::LogDamaged); }

/// Records as Linux 4.19 keeps them on x86-64.
class Records {
  public:
    explicit Records(std::string_view type = "printk_log") {
        memory.info = fmt::format(
            "SIZE({0})=16\nOFFSET({0}.ts_nsec)=0\nOFFSET({0}.len)=8\nOFFSET({0}.text_len)=10\nOFFSET({0}.dict_len)="
            "12\n",
            type);
        std::uint64_t at = kVariables;
        for (const char* name : {"log_buf", "log_buf_len", "log_first_idx", "log_next_idx", "log_first_seq"}) {
            memory.name(name, at);
            at += 8;
        }
        memory.put(kVariables, kBuffer);
        set_ends();
    }
    void add(std::string_view text, std::string_view dict = "", unsigned level = 6) {
        const std::size_t length = (16 + text.size() + dict.size() + 3) / 4 * 4;
        while (room() < length + 16) {
            if (memory.get(kBuffer + first_ + 8, 2) == 0) first_ = 0;
            first_ += memory.get(kBuffer + first_ + 8, 2);
            if (memory.get(kBuffer + first_ + 8, 2) == 0 && first_ != next_) first_ = 0;
            ++seq_;
        }
        if (kSize - next_ < length + 16) {
            memory.put(kBuffer + next_ + 8, 0, 2);
            next_ = 0;
        }
        const std::uint64_t at = kBuffer + next_;
        memory.put(at, 5'000'000'000 + count_++);
        memory.put(at + 8, length, 2);
        memory.put(at + 10, text.size(), 2);
        memory.put(at + 12, dict.size(), 2);
        memory.put(at + 14, 1, 1);
        memory.put(at + 15, level << 5 | 2, 1);
        memory.put_text(at + 16, std::string(text) + std::string(dict));
        next_ += length;
        set_ends();
    }
    [[nodiscard]] std::uint64_t first() const { return first_; }

    static constexpr std::uint64_t kSize = 2048;
    LogMemory memory;

  private:
    [[nodiscard]] std::uint64_t room() const {
        return next_ >= first_ ? std::max(kSize - next_, first_) : first_ - next_;
    }
    void set_ends() {
        memory.put(kVariables + 8, kSize, 4);
        memory.put(kVariables + 16, first_, 4);
        memory.put(kVariables + 24, next_, 4);
        memory.put(kVariables + 32, seq_);
    }
    std::uint64_t first_ = 0, next_ = 0, seq_ = 0, count_ = 0;
};

std::string line(int i) { return fmt::format("record {} {}", i, std::string(static_cast<std::size_t>(i % 30), '.')); }

LogMemory plain(std::string_view text, std::uint64_t size, std::uint64_t end) {
    LogMemory memory;
    memory.name("log_buf", kVariables);
    memory.name("log_buf_len", kVariables + 8);
    memory.name("log_end", kVariables + 16);
    memory.put(kVariables, kBuffer);
    memory.put(kVariables + 8, size, 4);
    memory.put(kVariables + 16, end, 4);
    memory.put_text(kBuffer, text);
    return memory;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(log_buf)

BOOST_AUTO_TEST_CASE(what_a_record_says) {
    for (const char* type : {"printk_log", "log"}) {
        Records records(type);
        records.add("one\ntwo", std::string("SUBSYSTEM=pci\0DEVICE=+pci:0", 27), 3);
        records.add("three");
        const ReadLog log(records.memory);
        BOOST_TEST(log.error == "");
        BOOST_TEST(log.reading.findings.empty());
        BOOST_TEST_REQUIRE(log.all.size() == 2U);
        BOOST_TEST(log.all[0].text == "one\ntwo");
        BOOST_TEST(log.all[0].subsystem == "pci");
        BOOST_TEST(log.all[0].device == "+pci:0");
        BOOST_TEST(unsigned{log.all[0].record.level.value()} == 3U);
        BOOST_TEST(log.all[0].record.facility.value() == 1U);
        BOOST_TEST(log.all[0].record.time.value() == 5'000'000'000U);
        BOOST_TEST(!log.all[0].record.caller.has_value());
        BOOST_TEST(log.all[1].record.seq.value() == 1U);
    }
}

BOOST_AUTO_TEST_CASE(records_wrap) {
    Records records;
    for (int i = 0; i < 200; ++i) records.add(line(i));
    const ReadLog log(records.memory);
    BOOST_TEST(log.reading.findings.empty());
    BOOST_TEST(log.all.size() > 20U);
    BOOST_TEST(log.reading.overwritten.value() == 200 - log.all.size());
    for (std::size_t i = 0; i < log.all.size(); ++i)
        BOOST_TEST(log.all[i].text == line(static_cast<int>(200 - log.all.size() + i)));
}

BOOST_AUTO_TEST_CASE(a_broken_record_and_those_behind_it) {
    Records records;
    for (int i = 0; i < 12; ++i) records.add(line(i));
    records.memory.put(kBuffer + 8, 0xfff3, 2);
    const ReadLog log(records.memory);
    BOOST_TEST(is_damaged(log));
    BOOST_TEST_REQUIRE(log.all.size() == 11U);
    BOOST_TEST(log.all[0].text == line(1));
    BOOST_TEST(!log.all[0].record.seq.has_value());
}

BOOST_AUTO_TEST_CASE(absurd_ends_and_missing_memory) {
    Records records;
    records.add("one");
    records.memory.put(kVariables + 24, 99999, 4);
    BOOST_TEST(!ReadLog(records.memory).error.empty());
    Records empty;
    empty.memory.put(kVariables + 24, 1024, 4);  // nothing but zeros up to there
    BOOST_TEST(is_damaged(ReadLog(empty.memory)));
    Records gone;
    gone.add("one");
    gone.memory.drop(kBuffer);
    BOOST_TEST(is_damaged(ReadLog(gone.memory)));
    Random random(3);
    for (int round = 0; round < 1000; ++round) {
        Records fuzzed;
        for (int i = 0; i < 60; ++i) fuzzed.add(line(i));
        for (std::uint64_t flips = random.below(30) + 1; flips > 0; --flips)
            fuzzed.memory.bytes[static_cast<std::size_t>(0x1000 + random.below(Records::kSize))] =
                static_cast<char>(random.next());
        BOOST_REQUIRE(ReadLog(fuzzed.memory).all.size() < 200U);
    }
}

BOOST_AUTO_TEST_CASE(lines) {
    const std::string text = "<6>[    0.000000] Linux version 2.6.32\n<30>[   12.345678] a <b>\nno level\n<4>no time";
    const ReadLog log(plain(text, 256, text.size()));
    BOOST_TEST(log.reading.findings.empty());
    BOOST_TEST_REQUIRE(log.all.size() == 4U);
    BOOST_TEST(log.all[0].text == "Linux version 2.6.32");
    BOOST_TEST(log.all[1].text == "a <b>");
    BOOST_TEST(unsigned{log.all[1].record.level.value()} == 6U);
    BOOST_TEST(log.all[1].record.facility.value() == 3U);
    BOOST_TEST(log.all[1].record.time.value() == 12'345'678'000U);
    BOOST_TEST(!log.all[2].record.level.has_value());
    BOOST_TEST(log.all[3].text == "no time");
    BOOST_TEST(!log.all[3].record.time.has_value());
}

BOOST_AUTO_TEST_CASE(lines_wrap_and_pages_are_missing) {
    const ReadLog log(plain("ond\n<6>third\n<6>fourth\n<6>sec", 29, 29 + 23));
    BOOST_TEST(log.texts() == (std::vector<std::string>{"second", "third", "fourth"}),
               boost::test_tools::per_element());

    LogMemory memory = plain(std::string(6000, 'x').append("\nlast\n"), 8000, 6006);
    memory.drop(kBuffer);
    const ReadLog rest(memory);
    BOOST_TEST(is_damaged(rest));
    BOOST_TEST(rest.all.back().text == "last");
    BOOST_TEST(!ReadLog(plain("", 0xffffffff, 5)).error.empty());
}

BOOST_AUTO_TEST_SUITE_END()
