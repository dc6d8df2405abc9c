// SPDX-License-Identifier: GPL-2.0-or-later
// What is kept of threads, and of calls whose exit is still to come. A recording may have millions of both: a thread
// takes about 40 bytes, its open call 90, and a file name what it needs.
#pragma once

#include <algorithm>
#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "analyzer/recording/event.hpp"

namespace kstrax {

/// From a record of an entry.
class OpenCall {
  public:
    static constexpr std::size_t kArgs = 6;  // no system call has more

    Nanos start = 0;
    std::uint64_t next_position = 0;  ///< behind the entry
    std::array<std::uint64_t, kArgs> args{};
    /// What few entries have: a file name, and further words.
    struct More {
        std::string path;
        bool has_path = false;
        bool path_cut = false;
        std::string_view told;
        std::array<std::uint64_t, kMostArgs - kArgs> args{};
    };
    std::unique_ptr<More> more;  ///< may be there and say nothing: its memory is used again
    Tid tid = 0;
    Tid tgid = 0;
    CpuId cpu = 0;
    std::uint16_t abi = 0;
    std::uint16_t nr = 0;

    void take(const Record& record) {
        const Entry& entry = record.entry;
        start = entry.time;
        next_position = record.next_position;
        std::copy_n(std::begin(entry.args), kArgs, args.begin());
        tid = entry.pid;
        tgid = entry.tgid;
        cpu = record.cpu;
        abi = entry.abi;
        nr = entry.nr;
        const bool has_more = std::any_of(std::begin(entry.args) + kArgs, std::end(entry.args), std::identity());
        if (record.has_path || has_more || !record.told.empty() || more) take_more(record);
    }

  private:
    void take_more(const Record& record) {
        if (!more) more = std::make_unique<More>();
        std::copy(std::begin(record.entry.args) + kArgs, std::end(record.entry.args), more->args.begin());
        more->has_path = record.has_path;
        more->path_cut = record.has_path && record.path_cut;
        more->told = record.told;
        if (record.has_path) more->path = record.path;
        else more->path.clear();
    }
};

/// Those of all threads.
class OpenCalls {
  public:
    /// It may hold what a call before left. It stays where it is.
    [[nodiscard]] OpenCall* make() {
        if (free_.empty()) return &calls_.emplace_back();
        OpenCall* call = free_.back();
        free_.pop_back();
        return call;
    }
    /// make() gives it out again.
    void give_back(OpenCall* call) { free_.push_back(call); }
    [[nodiscard]] std::size_t size() const { return calls_.size() - free_.size(); }

  private:
    std::deque<OpenCall> calls_;  // which needs no second copy while it grows
    std::vector<OpenCall*> free_;
};

struct KnownThread {
    static constexpr Tid kNobody = ~Tid{0};

    std::uint64_t seen = 0;    ///< number of its last record; 0: none yet
    OpenCall* open = nullptr;  ///< null: it is in no call that is known
    Tid tid = 0;
    Tid process = kNobody;   ///< it has ended, or was not seen yet
    std::uint32_t next = 0;  ///< of the same bucket
};

/// The threads that records are of.
class KnownThreads {
  public:
    /// Made where it is not known. It stays where it is.
    [[nodiscard]] KnownThread& of(Tid tid) {
        for (std::uint32_t at = first_of(tid); at != kNone; at = threads_[at].next)
            if (threads_[at].tid == tid) return threads_[at];
        if (threads_.size() == buckets_.size()) grow();
        std::uint32_t& first = first_of(tid);
        threads_.push_back({.tid = tid, .next = first});
        first = static_cast<std::uint32_t>(threads_.size() - 1);
        return threads_.back();
    }
    [[nodiscard]] auto begin() const { return threads_.begin(); }
    [[nodiscard]] auto end() const { return threads_.end(); }

  private:
    static constexpr std::uint32_t kNone = ~std::uint32_t{0};

    [[nodiscard]] std::uint32_t& first_of(Tid tid) {
        return buckets_[(tid * 2654435769U) >>
                        shift_];  // Knuth's multiplicative hash: the upper bits are the mixed ones
    }
    void grow() {
        --shift_;
        buckets_.assign(2 * buckets_.size(), kNone);
        for (std::uint32_t at = 0; at < threads_.size(); ++at) {
            std::uint32_t& first = first_of(threads_[at].tid);
            threads_[at].next = first;
            first = at;
        }
    }

    std::deque<KnownThread> threads_;
    unsigned shift_ = 32 - 8;
    std::vector<std::uint32_t> buckets_ = std::vector<std::uint32_t>(1 << 8, kNone);  // 2^(32 - shift_)
};

}  // namespace kstrax
