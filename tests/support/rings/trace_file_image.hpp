// SPDX-License-Identifier: GPL-2.0-or-later
// A trace.dat file of version 6, or of version 7 without compression, put together part by part.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "analyzer/importers/ftrace/ring_page.hpp"
#include "analyzer/importers/trace_dat/sections.hpp"

namespace kstrax::test {

struct TraceFileImage {
    unsigned version = 6;
    RingPageForm form = {};
    std::uint32_t page_size = 4096;
    std::string compression = "none";
    /// By the CPU: pages one behind the other.
    std::vector<std::string> rings = {};
    /// Another instance's, by the same CPUs.
    std::string instance = {};
    std::vector<std::string> instance_rings = {};
    std::vector<std::pair<TraceOption, std::string>> options = {};
    std::string symbols = {};             ///< as /proc/kallsyms has them
    std::string commands = {};            ///< "7 bash\n"
    std::string kind{"flyrecord\0", 10};  ///< of what stands behind the options of version 6

    /// Its only event is of type 3, "tick" of "test"; and sys_enter and sys_exit are 1 and 2.
    [[nodiscard]] std::string bytes() const;

    /// What its pages and events are.
    [[nodiscard]] std::string description() const { return header() + number(0, 4) + formats(); }

    /// A number as the file has it.
    [[nodiscard]] std::string number(std::uint64_t value, std::size_t size) const;

  private:
    [[nodiscard]] std::string sized(std::string_view text, std::size_t size) const {
        return number(text.size(), size) + std::string(text);
    }
    [[nodiscard]] std::string header() const;
    [[nodiscard]] std::string formats() const;
    [[nodiscard]] std::string format(std::uint32_t id, std::string_view name, std::string_view fields) const;
    [[nodiscard]] std::string version_6() const;
    [[nodiscard]] std::string version_7() const;
};

}  // namespace kstrax::test
