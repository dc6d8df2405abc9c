// SPDX-License-Identifier: GPL-2.0-or-later
// A perf.data file, put together record by record. Its events are those of a TraceFileImage.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/importers/perf_data/perf_file.hpp"
#include "analyzer/importers/perf_data/sample_form.hpp"

namespace kstrax::test {

struct PerfFileImage {
    static constexpr std::uint64_t kAsPerfDoes = 0x5c7;  // address, thread, time, id, CPU, period, event

    std::endian order = std::endian::little;
    std::vector<PerfCounter> counters{
        {.type = kPerfTracepoint, .sample_type = kAsPerfDoes, .all_identified = true, .ids = {11, 12}}};
    std::string machine = "x86_64";
    bool describes_events = true;
    std::string records = {};  ///< to be put together by the following

    /// A sample with the parts of kAsPerfDoes; `event`: of a trace event, with its common fields.
    [[nodiscard]] std::string sample(CpuId cpu, std::uint64_t time, Tid process, Tid thread, std::string_view event,
                                     std::uint64_t id = 11) const;
    /// The same with the parts behind it that stand before `event`, and without its size.
    [[nodiscard]] std::string sample_of_parts(const std::vector<std::uint64_t>& parts, std::string_view rest) const;
    [[nodiscard]] std::string lost(CpuId cpu, std::uint64_t count) const;
    [[nodiscard]] std::string command(Tid process, Tid thread, std::string_view name) const;
    [[nodiscard]] std::string record(PerfRecordType type, std::string_view content) const;
    /// As perf's newer versions have it: filled up to 8 bytes.
    [[nodiscard]] std::string compressed2(std::string_view content) const;

    /// Of sys_enter (1), sys_exit (2) or tick (3).
    [[nodiscard]] std::string event(std::uint16_t type, std::uint64_t number = 0, std::uint64_t word = 0) const;
    [[nodiscard]] std::string number(std::uint64_t value, std::size_t size) const;
    [[nodiscard]] std::string bytes() const;

  private:
    [[nodiscard]] std::string trailer(Tid process, Tid thread, std::uint64_t time, CpuId cpu) const;
    [[nodiscard]] std::string text(std::string_view text) const;
};

/// Pieces of one stream of zstd, one for each text, each of which can be expanded when it is there.
[[nodiscard]] std::vector<std::string> compressed_pieces(const std::vector<std::string>& texts);

}  // namespace kstrax::test
