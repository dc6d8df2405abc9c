// SPDX-License-Identifier: GPL-2.0-or-later
// A small piece of a kernel's memory to lay a log into, and what is read of it.
#pragma once

#include <fmt/core.h>

#include <set>
#include <string>
#include <vector>

#include "analyzer/arch/architecture.hpp"
#include "analyzer/kernel/log/kernel_log.hpp"
#include "tests/support/memory.hpp"

namespace kstrax::test {

class LogMemory {
  public:
    static constexpr std::uint64_t kBase = 0xffffffff82000000;

    explicit LogMemory(std::size_t size = 64 << 10, std::string_view architecture = "x86_64")
        : bytes(size, '\0'), architecture_(architecture_named(architecture)) {}

    void put(std::uint64_t at, std::uint64_t value, std::size_t size = 8) {
        std::memcpy(&bytes.at(static_cast<std::size_t>(at - kBase)), &value, size);
    }
    void put_text(std::uint64_t at, std::string_view text) {
        bytes.replace(static_cast<std::size_t>(at - kBase), text.size(), text);
    }
    [[nodiscard]] std::uint64_t get(std::uint64_t at, std::size_t size = 8) const {
        std::uint64_t value = 0;
        std::memcpy(&value, &bytes.at(static_cast<std::size_t>(at - kBase)), size);
        return value;
    }
    /// The page that holds `at` is not in the dump.
    void drop(std::uint64_t at) { dropped_.insert(at / kSmallestPage); }
    void name(const std::string& symbol, std::uint64_t at) { info += fmt::format("SYMBOL({})={:x}\n", symbol, at); }

    [[nodiscard]] KernelReader reader() const {
        return KernelReader(*architecture_, [this](std::uint64_t at, MutableBytes out) {
            if (at < kBase || at - kBase > bytes.size() || out.size() > bytes.size() - (at - kBase)) return false;
            for (std::uint64_t page = at / kSmallestPage; page <= (at + out.size() - 1) / kSmallestPage; ++page)
                if (dropped_.contains(page)) return false;
            if (!out.empty()) std::memcpy(out.data(), &bytes[static_cast<std::size_t>(at - kBase)], out.size());
            return true;
        });
    }

    std::string bytes;
    std::string info;  // VMCOREINFO

  private:
    const Architecture* architecture_;
    std::set<std::uint64_t> dropped_;
};

/// A record that outlives its visit.
struct KeptRecord {
    LogRecord record;
    std::string text, subsystem, device;
};

struct ReadLog {
    explicit ReadLog(const LogMemory& memory, const FindMember& member = {}, bool live = false) : ReadLog() {
        const Vmcoreinfo info(memory.info);
        const FindMember none = [](std::string_view, std::string_view) { return std::nullopt; };
        const LogAccess access{.memory = memory.reader(),
                               .info = info,
                               .member = member ? member : none,
                               .find = [](std::string_view) { return std::nullopt; },
                               .most = memory.bytes.size(),
                               .live = live};
        auto read = read_kernel_log(access, [&](const LogRecord& record) {
            all.push_back(
                {record, std::string(record.text), std::string(record.subsystem), std::string(record.device)});
            return true;
        });
        if (read) reading = std::move(*read);
        else error = read.error().message;
    }
    [[nodiscard]] std::vector<std::string> texts() const {
        std::vector<std::string> texts;
        for (const KeptRecord& one : all) texts.push_back(one.text);
        return texts;
    }

    std::vector<KeptRecord> all;
    LogReading reading;
    std::string error;

  private:
    ReadLog() = default;
};

}  // namespace kstrax::test
