// SPDX-License-Identifier: GPL-2.0-or-later
// Where a record of perf has its parts. A sample has what its counter was asked for, one behind the other; other records end
// with some of the same.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <vector>

#include "analyzer/base/bytes.hpp"
#include "analyzer/importers/perf_data/perf_file.hpp"

namespace kstrax {

/// Numbers of records: PERF_RECORD_….
enum class PerfRecordType : std::uint32_t {
    Lost = 2,
    Comm = 3,
    Sample = 9,
    LostSamples = 13,
    Auxtrace = 71,
    Compressed = 81,
    Compressed2 = 83,
};

struct PerfRecord {
    PerfRecordType type{};
    Bytes bytes;  ///< with its header of kPerfHeaderSize bytes
};
inline constexpr std::size_t kPerfHeaderSize = 8;

/// Takes the first record off `bytes`; none if its size cannot be. What belongs to it but lies behind it goes with it.
[[nodiscard]] std::optional<PerfRecord> take_record(Bytes& bytes, std::endian order);

/// Offsets in a sample; none: it has no such part.
struct PerfSampleForm {
    std::optional<std::uint32_t> id, ip, thread, time, cpu, period;
    std::uint32_t fixed = kPerfHeaderSize;  ///< behind all parts of one size
    std::uint64_t sample_type = 0;
    std::uint64_t read_format = 0;
    /// Offsets from the end of records that are no samples: of thread and CPU; 0: they do not tell.
    std::uint32_t thread_from_end = 0, cpu_from_end = 0;
    bool tracepoint = false;
};

/// What a sample says. What it does not is 0.
struct PerfSample {
    std::uint32_t process = 0, thread = 0;
    std::uint64_t time = 0, ip = 0, period = 0;
    Bytes event;  ///< of tracepoints: as the kernel's tracing has it
};

/// Reads records of all of a file's counters.
class PerfSampleForms {
  public:
    explicit PerfSampleForms(const PerfFile& file);

    /// Of the counter that a sample is of.
    [[nodiscard]] const PerfSampleForm& form_of(Bytes sample) const;
    /// Of all samples: a sample may lack none of what a report needs.
    [[nodiscard]] const std::vector<PerfSampleForm>& all() const { return forms_; }
    /// None: the record is too short for it, or does not tell.
    [[nodiscard]] std::optional<std::uint32_t> cpu_of(const PerfRecord& record) const;
    [[nodiscard]] std::optional<PerfSample> read(Bytes sample) const;
    [[nodiscard]] std::endian order() const { return order_; }

  private:
    std::endian order_;
    std::vector<PerfSampleForm> forms_;
    std::unordered_map<std::uint64_t, std::size_t> by_id_;  // places in forms_; empty: all forms are one
};

}  // namespace kstrax
