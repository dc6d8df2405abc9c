// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/rings/workload.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "tests/support/memory.hpp"

namespace kstrax::test {

namespace {

struct KnownCall {
    std::string_view name;
    unsigned nr;
    std::size_t args;
    bool path = false;  // an argument is a file's name, and recorded
};

struct KnownError {
    int number;
    std::string_view name;
};
constexpr std::array kErrors{KnownError{2, "ENOENT"}, KnownError{4, "EINTR"}, KnownError{9, "EBADF"}};

/// Numbers from each architecture's unistd.h.
struct Form {
    std::string_view layout;
    std::size_t slots_of_arguments;
    std::size_t piece;  // bytes of a file name in a slot
    std::uint64_t most_argument;
    bool tgid;
    std::array<KnownCall, 5> calls;
};
constexpr std::array kForms{
    Form{"x86_64",
         6,
         48,
         ~std::uint64_t{0},
         true,
         {{{"read", 0, 3}, {"write", 1, 3}, {"open", 2, 3, true}, {"close", 3, 1}, {"ioctl", 16, 3}}}},
    Form{"arm64",
         6,
         48,
         ~std::uint64_t{0},
         true,
         {{{"ioctl", 29, 3}, {"openat", 56, 4, true}, {"close", 57, 1}, {"read", 63, 3}, {"write", 64, 3}}}},
    Form{"ia32",
         6,
         24,
         0xffffffff,
         false,
         {{{"read", 3, 3}, {"write", 4, 3}, {"open", 5, 3, true}, {"close", 6, 1}, {"ioctl", 54, 3}}}},
    Form{"ia64",
         7,
         56,
         ~std::uint64_t{0},
         false,
         {{{"read", 1026, 3}, {"write", 1027, 3}, {"open", 1028, 3, true}, {"close", 1029, 1}, {"ioctl", 1065, 3}}}},
};

struct Call {
    std::uint64_t tid, tgid;
    unsigned cpu;
    const KnownCall* what;
    std::uint64_t start;
    std::optional<std::uint64_t> end;
    std::array<std::uint64_t, 7> args{};
    std::int64_t ret = 0;
    std::string path;
};

struct Event {
    std::size_t call;  // in calls_
    bool exit;
    unsigned cpu;
    std::uint64_t time;
    std::uint64_t serial;
};

std::string error_of(std::int64_t ret) {
    for (const KnownError& error : kErrors)
        if (ret == -error.number) return std::string(error.name);
    return {};
}

class Calls {
  public:
    Calls(std::string_view layout, unsigned cpus, unsigned records);
    [[nodiscard]] const std::string& script() const { return script_; }
    [[nodiscard]] std::map<ReportKind, std::vector<std::string>> reports() const;

  private:
    [[nodiscard]] std::vector<std::string> raw() const;
    [[nodiscard]] std::vector<std::string> statistics() const;
    [[nodiscard]] std::string call_line(const Call& call) const;
    [[nodiscard]] std::string arguments(const Call& call, std::size_t count) const;
    static std::string name_cells(const Call& call);

    const Form* form_;
    std::vector<Call> calls_;    // in the order of their starts
    std::vector<Event> events_;  // in the order of time
    std::uint64_t end_ = 0;
    std::string script_;
};

/// Threads that enter and leave calls in turns, and move from CPU to CPU.
Calls::Calls(std::string_view layout, unsigned cpus, unsigned records)
    : form_(std::find_if(kForms.begin(), kForms.end(), [&](const Form& form) { return form.layout == layout; })) {
    constexpr std::size_t kThreads = 9;
    Random random(7);
    std::array<std::optional<std::size_t>, kThreads> in_call{};
    std::vector<std::uint64_t> serials(cpus, 1);
    std::uint64_t time = 1'000'000'000;
    for (unsigned i = 0; i < records; ++i) {
        time += 100 + random.below(5000);
        const std::size_t thread = random.below(kThreads);
        const auto cpu = static_cast<unsigned>(random.below(cpus));
        std::uint64_t& serial = serials[cpu];
        if (in_call[thread]) {
            Call& call = calls_[*in_call[thread]];
            call.end = time;
            call.ret = random.below(3) == 0 ? -kErrors[random.below(kErrors.size())].number
                                            : static_cast<std::int64_t>(random.below(70000));
            events_.push_back({*in_call[thread], true, cpu, time, serial++});
            script_ +=
                fmt::format("{} {} tid={}/{} {} = {}\n", cpu, time, call.tid, call.tgid, call.what->name, call.ret);
            in_call[thread].reset();
            continue;
        }
        in_call[thread] = calls_.size();
        Call call{.tid = 500 + thread,
                  .tgid = 500 + thread / 3 * 3,
                  .cpu = cpu,
                  .what = &form_->calls[random.below(form_->calls.size())],
                  .start = time,
                  .end = {},
                  .path = {}};
        std::string args;
        for (std::size_t arg = 0; arg < form_->slots_of_arguments; ++arg) {
            call.args[arg] = random.next() & form_->most_argument;
            args += fmt::format("{}{:#x}", arg == 0 ? "" : ",", call.args[arg]);
        }
        std::string path;
        events_.push_back({calls_.size(), false, cpu, time, serial++});
        if (call.what->path) {
            call.path = "/srv/" + std::string(random.below(150), static_cast<char>('a' + random.below(26)));
            path = " path=" + call.path;
            serial += call.path.size() / form_->piece + 1;  // with the NUL
        }
        script_ +=
            fmt::format("{} {} tid={}/{} {} args={}{}\n", cpu, time, call.tid, call.tgid, call.what->name, args, path);
        calls_.push_back(call);
    }
    end_ = time + 777;
    script_ += fmt::format("panic {} 0 {}\n", end_, 500 + kThreads);
}

std::string Calls::arguments(const Call& call, std::size_t count) const {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += fmt::format("{}{:#x}", i == 0 ? "" : " ", call.args[i]);
    return text;
}

std::string Calls::name_cells(const Call& call) { return call.path + (call.path.empty() ? ",," : ",whole,entry"); }

std::vector<std::string> Calls::raw() const {
    std::vector<std::string> lines{
        "serial,cpu,pid,tgid,time_ns,kind,abi,nr,name,args,ret,error,path,path_end,path_read,fields"};
    for (const Event& event : events_) {
        const Call& call = calls_[event.call];
        const std::string tgid = form_->tgid ? std::to_string(call.tgid) : "";
        const std::string start =
            fmt::format("{},{},{},{},{},{},native,{},{}", event.serial, event.cpu, call.tid, tgid, event.time,
                        event.exit ? "exit" : "entry", call.what->nr, call.what->name);
        lines.push_back(event.exit ? fmt::format("{},,{},{},,,,", start, call.ret, error_of(call.ret))
                                   : fmt::format("{},{},,,{},", start, arguments(call, form_->slots_of_arguments),
                                                 name_cells(call)));
    }
    return lines;
}

std::string Calls::call_line(const Call& call) const {
    const std::string tgid = form_->tgid ? std::to_string(call.tgid) : "";
    return fmt::format("{},{},{},{},{},{},native,{},{},{},{},{},{},{}", call.tid, tgid, call.cpu, call.start,
                       call.end ? std::to_string(*call.end) : "", call.end.value_or(end_) - call.start, call.what->nr,
                       call.what->name, arguments(call, call.what->args), call.end ? std::to_string(call.ret) : "",
                       call.end ? error_of(call.ret) : "", name_cells(call), call.end ? "complete" : "in_flight");
}

std::vector<std::string> Calls::statistics() const {
    std::vector<std::string> lines{
        "abi,nr,name,calls,avg_ns,max_ns,min_ns,total_ns,errors,no_entry,no_exit,uncertain,percent,in_flight_ns"};
    std::uint64_t all = 0;
    for (const Call& call : calls_)
        if (call.end) all += *call.end - call.start;
    for (const KnownCall& what : form_->calls) {
        std::uint64_t calls = 0, ended = 0, errors = 0, total = 0, in_flight = 0, most = 0, least = ~std::uint64_t{0};
        for (const Call& call : calls_) {
            if (call.what != &what) continue;
            ++calls;
            if (!call.end) in_flight += end_ - call.start;
            if (!call.end) continue;
            const std::uint64_t duration = *call.end - call.start;
            ++ended;
            errors += call.ret < 0 ? 1 : 0;
            total += duration;
            most = std::max(most, duration);
            least = std::min(least, duration);
        }
        if (calls > 0)
            lines.push_back(fmt::format("native,{},{},{},{},{},{},{},{},0,{},0,{:.2f},{}", what.nr, what.name, calls,
                                        total / ended, most, least, total, errors, calls - ended,
                                        100.0 * static_cast<double>(total) / static_cast<double>(all), in_flight));
    }
    return lines;
}

std::map<ReportKind, std::vector<std::string>> Calls::reports() const {
    const std::string header =
        "pid,tgid,cpu,start_ns,end_ns,duration_ns,abi,nr,name,args,ret,error,path,path_end,path_read,state";
    std::vector<std::string> paired{header}, in_flight{header + ",source"};
    for (const Event& event : events_)  // as they return
        if (event.exit) paired.push_back(call_line(calls_[event.call]));
    for (const Call& call : calls_) {  // what takes longest first
        if (call.end) continue;
        paired.push_back(call_line(call));
        in_flight.push_back(call_line(call) + ",ring");
    }
    return {{ReportKind::Raw, raw()},
            {ReportKind::Paired, paired},
            {ReportKind::Statistics, statistics()},
            {ReportKind::InFlight, in_flight}};
}

}  // namespace

Workload make_workload(std::string_view layout, unsigned cpus, unsigned records) {
    const Calls calls(layout, cpus, records);
    return {calls.script(), calls.reports()};
}

}  // namespace kstrax::test
