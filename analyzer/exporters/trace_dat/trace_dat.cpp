// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/exporters/trace_dat/trace_dat.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "analyzer/arch/architecture.hpp"
#include "analyzer/exporters/trace_dat/call_events.hpp"
#include "analyzer/exporters/trace_dat/trace_dat_file.hpp"
#include "analyzer/importers/ftrace/event_format.hpp"
#include "analyzer/importers/ftrace/ring_page_writer.hpp"

namespace kstrax {

namespace {

/// What tracefs says of a page.
std::string page_format(const RingPageForm& form, std::uint32_t page_size) {
    const std::size_t head = form.header_size();
    return fmt::format(
        "\tfield: u64 timestamp;\toffset:0;\tsize:8;\tsigned:0;\n"
        "\tfield: local_t commit;\toffset:8;\tsize:{};\tsigned:1;\n"
        "\tfield: int overwrite;\toffset:8;\tsize:1;\tsigned:1;\n"
        "\tfield: char data;\toffset:{};\tsize:{};\tsigned:1;\n",
        form.word_size, head, page_size - head);
}

/// And of an event in it.
constexpr std::string_view kEventFormat =
    "# compressed entry header\n"
    "\ttype_len    :    5 bits\n"
    "\ttime_delta  :   27 bits\n"
    "\tarray       :   32 bits\n"
    "\n"
    "\tpadding     : type == 29\n"
    "\ttime_extend : type == 30\n"
    "\ttime_stamp : type == 31\n"
    "\tdata max type_len  == 28\n";

std::string clocks(std::string_view chosen) {
    constexpr std::array<std::string_view, 10> kClocks{"local", "global",   "counter", "uptime", "perf",
                                                       "mono",  "mono_raw", "boot",    "tai",    "x86-tsc"};
    std::string text;
    for (const std::string_view clock : kClocks) {
        text += text.empty() ? "" : " ";
        text += clock == chosen ? fmt::format("[{}]", clock) : std::string(clock);
    }
    if (std::ranges::find(kClocks, chosen) == kClocks.end()) text += fmt::format(" [{}]", chosen);
    return text + "\n";
}

/// "Linux HOST RELEASE MACHINE": importers ask for the machine, whose names may stand for several ("i?86").
std::string uname_of(const RecordingFacts& facts) {
    const Architecture* architecture = architecture_of_audit(facts.audit_arch);
    std::string machine(architecture != nullptr ? architecture->uname : "unknown");
    std::ranges::replace(machine, '?', '6');
    const auto word = [](const std::string& text) { return text.empty() ? "unknown" : text; };
    return fmt::format("Linux {} {} {}", word(facts.host_name), word(facts.kernel_release), machine);
}

class Writer {
  public:
    Writer(const Recording& recording, const TraceDescription& trace, OutputFile& output)
        : recording_(recording),
          trace_(trace),
          form_{trace.order, trace.word_size},
          file_(output, form_, trace.page_size),
          page_(form_, trace.page_size) {}

    void describe(const TraceDatTexts& texts);
    /// The next event of the ring that has been begun. `missing`: so many are not there before it; 0: nobody knows how many.
    void add(std::uint64_t time, Bytes event, std::optional<std::uint64_t> missing);
    void end_ring() {
        flush_page();
        one_left_out_ = false;
    }
    void end();

    [[nodiscard]] TraceDatFile& file() { return file_; }
    TraceDatOutcome outcome;

  private:
    [[nodiscard]] std::string format_of(TraceEventType type) const;
    void flush_page() {
        if (!page_.empty()) file_.page(page_.take());
    }

    const Recording& recording_;
    const TraceDescription& trace_;
    RingPageForm form_;
    TraceDatFile file_;
    RingPageWriter page_;
    bool one_left_out_ = false;  // just before the next event
};

std::string Writer::format_of(TraceEventType type) const {
    if (type.print_format.empty() && trace_.print_format) type.print_format = trace_.print_format(type);
    return event_format_text({std::move(type), trace_.common});
}

void Writer::describe(const TraceDatTexts& texts) {
    TraceDatText header = file_.text();
    const std::string page = page_format(form_, trace_.page_size);
    header.text("header_page").u64(page.size()).raw(page);
    header.text("header_event").u64(kEventFormat.size()).raw(kEventFormat);
    file_.section(TraceOption::HeaderInfo, "headers", header.bytes());

    std::map<std::string, std::vector<std::string>> formats;  // by system
    for (const TraceEventType& type : trace_.types) formats[type.system].push_back(format_of(type));
    const auto put_all = [](TraceDatText& text, const std::vector<std::string>& all) {
        text.u32(static_cast<std::uint32_t>(all.size()));
        for (const std::string& one : all) text.u64(one.size()).raw(one);
    };
    TraceDatText own = file_.text();
    put_all(own, formats["ftrace"]);
    formats.erase("ftrace");
    file_.section(TraceOption::FtraceFormats, "ftrace events", own.bytes());
    TraceDatText others = file_.text();
    others.u32(static_cast<std::uint32_t>(formats.size()));
    for (const auto& [system, all] : formats) put_all(others.text(system), all);
    file_.section(TraceOption::EventFormats, "events format", others.bytes());

    const auto symbols = static_cast<std::uint32_t>(texts.kallsyms.size());
    file_.section(TraceOption::Kallsyms, "kallsyms", file_.text().u32(symbols).raw(texts.kallsyms).bytes());
    file_.section(TraceOption::Printk, "printk", file_.text().u32(0).bytes());
    file_.section(TraceOption::CommandLines, "command lines",
                  file_.text().u64(texts.command_lines.size()).raw(texts.command_lines).bytes());
}

void Writer::add(std::uint64_t time, Bytes event, std::optional<std::uint64_t> missing) {
    if (event.size() > page_.largest()) {
        ++outcome.left_out;
        one_left_out_ = true;
        return;
    }
    ++outcome.events;
    const bool left_out = std::exchange(one_left_out_, false);
    if (missing || left_out) {
        flush_page();
        page_.set_missed(left_out ? 0 : *missing);
    }
    if (page_.add(time, event)) return;
    flush_page();
    (void)page_.add(time, event);
}

void Writer::end() {
    file_.option(TraceOption::Clock, file_.text().text(clocks(trace_.clock)).bytes());
    file_.option(TraceOption::Uname, file_.text().text(uname_of(recording_.facts)).bytes());
    file_.option(TraceOption::CpuCount, file_.text().u32(recording_.facts.possible_cpus).bytes());
    for (const CpuTrust& cpu : outcome.trust)
        file_.option(TraceOption::CpuStatistics,
                     file_.text()
                         .text(fmt::format("CPU: {}\nentries: {}\noverrun: {}\ncommit overrun: 0\n", cpu.cpu,
                                           cpu.entries, cpu.overwritten))
                         .bytes());
    file_.end();
}

}  // namespace

Result<TraceDatOutcome> write_trace_dat(const Recording& recording, const TraceDatTexts& texts, OutputFile& output,
                                        const CancelFlag* cancel) {
    if (recording.trace == nullptr && recording.layout->arg_count == 0)
        return Error{ErrorCode::Unsupported, "trace.dat files hold the numbers of arguments: of text there are none"};
    std::optional<CallEvents> calls;
    if (recording.trace == nullptr) calls.emplace(recording);
    const TraceDescription& trace = calls ? calls->description() : *recording.trace;
    Writer writer(recording, trace, output);
    writer.describe(texts);
    writer.file().begin_rings(trace.instance, trace.clock);
    for (const CpuTrack& track : recording.cpus) {
        writer.file().begin_ring(track.cpu);
        RecordReader reader(recording, track);
        Record record;
        std::uint64_t expected = 0;
        while (reader.next(record)) {
            if (cancelled(cancel)) return Error{ErrorCode::Cancelled, "stopped"};
            std::optional<std::uint64_t> missing;
            if (record.loss_before.any() || record.position > expected) missing = record.position - expected;
            expected = record.next_position;
            if (!calls) {
                writer.add(record.entry.time, record.data, missing);
                continue;
            }
            if (const Bytes event = calls->call(record); !event.empty())
                writer.add(record.entry.time, event, std::exchange(missing, std::nullopt));
            if (const Bytes name = calls->path(record); !name.empty()) writer.add(record.entry.time, name, missing);
        }
        writer.end_ring();
        writer.outcome.trust.push_back(reader.trust());
    }
    writer.file().end_rings();
    add_missing(writer.outcome.trust, recording.missing);
    writer.end();
    return std::move(writer.outcome);
}

}  // namespace kstrax
