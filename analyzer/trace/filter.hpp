// SPDX-License-Identifier: GPL-2.0-or-later
// Which calls, or which raw records, a report is to show. A filter stands
// between pairing and report: what it hides has been paired all the same, so a
// shown call's state does not depend on it.
#pragma once

#include <bitset>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/base/cancel.hpp"
#include "analyzer/base/result.hpp"
#include "analyzer/trace/call_names.hpp"
#include "analyzer/trace/pair.hpp"
#include "analyzer/trace/record_reader.hpp"

namespace kstrax {

/// What the user asked for. Conditions of different kinds must all hold, of
/// those of one kind one is enough; a kind without conditions lets all pass.
struct Filter {
    std::vector<CpuId> cpus;
    std::vector<Tid> tasks;          ///< a thread, or all threads of the process with this id
    std::vector<std::string> calls;  ///< names, or classes (FILE, NETWORK, …)
    std::optional<std::uint64_t> last;  ///< so many of each CPU; of each of `tasks` where these are given
    std::optional<Nanos> window;        ///< what was under way so long before the end of the recording

    [[nodiscard]] bool empty() const {
        return cpus.empty() && tasks.empty() && calls.empty() && !last && !window;
    }
};

/// The filter as a sentence: "CPU 1; openat; the last 5 of each CPU".
[[nodiscard]] std::string describe(const Filter& filter);

/// A filter at work on one recording.
class Selection {
  public:
    /// `end`: when the recording ends; needed only for a window. Fails with Usage where a
    /// call is named that no ABI of the recording has.
    [[nodiscard]] static Result<Selection> make(const Filter& filter, const CallNames& names, Nanos end);

    [[nodiscard]] bool is_everything() const {
        return cpus_.empty() && tasks_.empty() && !calls_ && !last_ && since_ == 0;
    }

    /// A limit to the last ones needs all to be shown to count() before any is to wants().
    [[nodiscard]] bool needs_count() const { return last_.has_value(); }
    void count(const Call& call);
    void count(const Record& record);

    [[nodiscard]] bool wants(const Call& call);
    [[nodiscard]] bool wants(const Record& record);

  private:
    struct Facts {
        CpuId cpu;
        Tid tid;
        Tid tgid;
        std::uint16_t abi;
        std::uint16_t nr;
        Nanos latest;  // known moment of it
    };
    [[nodiscard]] static Facts facts_of(const Call& call);
    [[nodiscard]] static Facts facts_of(const Record& record);
    [[nodiscard]] bool matches(const Facts& facts) const;
    [[nodiscard]] std::uint64_t group(const Facts& facts) const;
    [[nodiscard]] bool wants(const Facts& facts);

    std::vector<CpuId> cpus_;
    std::vector<Tid> tasks_;
    std::optional<std::array<std::bitset<KSTRAX_NR_MASK + 1>, kAbis>> calls_;
    std::optional<std::uint64_t> last_;
    Nanos since_ = 0;
    std::map<std::uint64_t, std::uint64_t> left_;  // group → how many are still to come
};

}  // namespace kstrax
