// SPDX-License-Identifier: GPL-2.0-or-later
// Which calls, or which raw records, a report is to show. A filter stands
// between pairing and report: what it hides has been paired all the same, so a
// shown call's state does not depend on it.
#pragma once

#include <algorithm>
#include <bitset>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/base/cancel.hpp"
#include "analyzer/base/result.hpp"
#include "analyzer/query/call_row.hpp"
#include "analyzer/query/expression.hpp"
#include "analyzer/query/when.hpp"

namespace kstrax {

/// An expression, or a short filter made one.
struct Condition {
    std::string words;  ///< as a sentence says it: "error ENOENT"
    Expression expression;
    bool of_time = false;  ///< by an option that names a time: it can be asked of what is no call
};

/// What the user asked for. Conditions of different kinds must all hold, of
/// those of one kind one is enough; a kind without conditions lets all pass.
struct Filter {
    std::vector<CpuId> cpus;
    std::vector<Tid> tasks;             ///< a thread, or all threads of the process with this id
    std::vector<std::string> calls;     ///< names, or classes (FILE, NETWORK, …)
    std::optional<std::uint64_t> last;  ///< so many of each CPU; of each of `tasks` where these are given
    std::optional<Nanos> window;        ///< what was under way so long before the end of the recording
    std::vector<Condition> conditions;  ///< all must hold
    std::vector<When> moments;          ///< that calls are issued at, after or before; all must hold
    bool local_times = false;           ///< times of day are those of the reader's time zone, not UTC
    bool opened = false;                ///< only calls that opened a file: opened_files()
    bool names_only = false;            ///< text reports are to show the file names alone

    [[nodiscard]] bool counts_from_end() const { return window || !moments.empty(); }
    [[nodiscard]] bool asks(std::string_view field) const;
    [[nodiscard]] bool empty() const {
        return cpus.empty() && tasks.empty() && calls.empty() && !last && !window && !opened && conditions.empty() &&
               moments.empty();
    }
};

/// What Filter::opened asks of rows with these fields: a file's name, and that the call returned
/// and did not fail. A record has name or outcome, mostly: of those, only what is seen to fail is out.
[[nodiscard]] Expression opened_files(FieldSet fields);

/// The filter as a sentence: "CPU 1; openat; the last 5 of each CPU".
[[nodiscard]] std::string describe(const Filter& filter);

/// What a user may not have known whose filter lets nothing pass: "; a pattern is …", or nothing.
[[nodiscard]] std::string hint(const Filter& filter);

/// A filter at work on one recording.
class Selection {
  public:
    /// `fields`: what the report's rows have. `end`: when the recording ends; needed where counts_from_end().
    /// `notes`: of tasks; null: none. Recording and notes must outlive the selection. Fails with Usage where
    /// a call is named that no ABI of the recording has, or where a condition asks for a field that the rows
    /// do not have.
    [[nodiscard]] static Result<Selection> make(const Filter& filter, const Recording& recording, FieldSet fields,
                                                Nanos end, const TaskNotes* notes = nullptr);

    [[nodiscard]] bool is_everything() const {
        return cpus_.empty() && tasks_.empty() && !calls_ && !last_ && since_ == 0 && conditions_.empty() &&
               moments_.empty();
    }

    /// A limit to the last ones needs all to be shown to count() before any is to wants().
    [[nodiscard]] bool needs_count() const { return last_.has_value(); }
    /// `now`: what the durations of calls in flight are measured to.
    void count(const Call& call, Nanos now);
    void count(const Record& record);

    [[nodiscard]] bool wants(const Call& call, Nanos now);
    [[nodiscard]] bool wants(const Record& record);
    /// Of what is no call: whether it lies where the options of time let calls be issued.
    [[nodiscard]] bool wants_moment(Nanos time);

  private:
    struct Facts {
        CpuId cpu;
        Tid tid;
        Tid tgid;
        std::uint16_t abi;
        std::uint16_t nr;
        Nanos latest;  // known moment of it
        std::optional<Nanos> issued;
    };
    [[nodiscard]] static Facts facts_of(const Call& call);
    [[nodiscard]] static Facts facts_of(const Record& record);
    [[nodiscard]] bool matches(const Facts& facts) const;
    [[nodiscard]] bool moments_hold(const Facts& facts) const;
    [[nodiscard]] std::uint64_t group(const Facts& facts) const;
    /// Conditions are asked last: they cost most.
    [[nodiscard]] bool conditions_hold(const QueryRow& row) const;
    void count(const Facts& facts);
    [[nodiscard]] bool is_among_last(const Facts& facts);

    std::unique_ptr<CallRow> row_;
    const Recording* recording_ = nullptr;
    std::optional<WallClock> wall_;
    std::vector<When> moments_;
    Nanos end_ = 0;  // of the recording, for moments_
    std::vector<Expression> conditions_;
    std::vector<Expression> times_;  // those of time alone
    std::vector<CpuId> cpus_;
    std::vector<Tid> tasks_;
    std::optional<std::array<std::bitset<kCallNumbers>, kAbis>> calls_;
    std::optional<std::uint64_t> last_;
    Nanos since_ = 0;
    std::map<std::uint64_t, std::uint64_t> left_;  // group → how many are still to come
};

}  // namespace kstrax
