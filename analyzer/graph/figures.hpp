// SPDX-License-Identifier: GPL-2.0-or-later
// From a recording to the numbers of a picture. Memory does not grow with the trace.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analyzer/graph/mode.hpp"
#include "analyzer/views/context.hpp"

namespace kstrax {

struct GraphRequest {
    const GraphMode* mode = nullptr;
    std::string source;  ///< as the user named it
    Filter filter = {};
    TimeStyle times = {};              ///< of wall times: whose zone
    bool meanings = false;             ///< arguments by name
    const TaskNotes* notes = nullptr;  ///< of tasks, for what is in flight; null if not known
};

/// A kind of system call and what is known of it.
struct Ranked {
    std::string name;  ///< "read", "compat:open"; printable ASCII
    CallStatistics statistics;
};

/// What a picture is of.
struct Figures {
    std::string title;
    std::string subtitle;       ///< printable ASCII: what came from the dump is escaped
    std::vector<Ranked> calls;  ///< those to draw, the greatest first
    Findings findings;
    std::string lost;
};

/// Where a call is on the time line.
struct Moment {
    const Call& call;
    Nanos duration;  ///< of a call in flight: up to the end of the recording
};
/// None: it cannot be drawn, since its begin or its end is not known.
[[nodiscard]] std::optional<Moment> moment_of(const Call& call, Nanos end);

/// Calls pass by, filtered, in the order in which they end.
class CallPass {
  public:
    CallPass(const Recording& recording, const GraphRequest& request) : recording_(recording), request_(request) {}
    /// The `end` of the context is known when calls in flight come, and after them.
    using Sink = std::function<void(const Call&, const ReportContext&)>;
    /// Fails with Usage for a filter that names no call.
    [[nodiscard]] Result<std::vector<CpuTrust>> run(const Sink& sink);
    /// Of the recording, after run().
    [[nodiscard]] Nanos end() const { return end_; }
    [[nodiscard]] const Contradictions& contradictions() const { return contradictions_; }

  private:
    const Recording& recording_;
    const GraphRequest& request_;
    Nanos end_ = 0;
    Contradictions contradictions_;
};

/// The extent of a time line.
struct Extent {
    Nanos from = 0;           ///< the left edge
    Nanos until = 0;          ///< the right edge
    Nanos end = 0;            ///< of the recording
    Nanos first = ~Nanos{0};  ///< when a call began
    Nanos last = 0;
    Nanos shortest = ~Nanos{0};  ///< how long one took
    Nanos longest = 0;
    std::uint64_t drawn = 0;
    std::uint64_t not_drawn = 0;
    std::uint64_t in_flight = 0;
    std::uint64_t before = 0;  ///< of those drawn: began before the left edge

    void add(const Call& call, Nanos recording_end);
    /// All have been added: the edges, around them or as the window has them.
    void settle(const std::optional<Nanos>& window);
};

/// Reads all. Fails with NotFound if there is no call to draw. Fills `extent`.
[[nodiscard]] Result<Figures> gather_figures(const Recording& recording, const GraphRequest& request, Extent& extent);

}  // namespace kstrax
