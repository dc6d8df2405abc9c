// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/rings/script_of.hpp"

#include <fmt/core.h>

#include <stdexcept>

#include "formats/syscalls.hpp"

namespace kstrax::test {

namespace {

std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\' || byte < 0x20 || byte > 0x7e) out += fmt::format("\\x{:02x}", byte);
        else out += c;
    }
    return out + "\"";
}

/// A text of the facts, which has a NUL only if it is shorter than its array.
std::string name_of(const RecordingFacts& facts, const Entry& entry) {
    constexpr std::string_view kPrefixes[] = {"", "compat:", "x32:"};
    if (entry.nr == kNrNone) return "-1";
    const SyscallTable* table = syscall_table(facts.audit_arch, entry.abi);
    const Syscall* call = table == nullptr ? nullptr : table->find(entry.nr);
    const std::string name = call == nullptr ? fmt::format("syscall_{}", entry.nr) : std::string(call->name);
    return std::string(kPrefixes[entry.abi]) + name;
}

/// One CPU's lines, slot by slot.
class CpuLines {
  public:
    CpuLines(const Recording& recording, CpuId cpu) : recording_(recording), cpu_(cpu) {}

    void add(Bytes slot, std::uint64_t position) {
        const Layout& layout = *recording_.layout;
        if (decode_serial(layout, slot) != static_cast<std::uint32_t>(position + 1)) {
            end_name();
            lines_ += fmt::format("{} torn\n", cpu_);
            return;
        }
        const Entry entry = decode_entry(layout, slot);
        if (entry.kind != kKindPath) {
            end_name();
            pending_ = line_of(entry);
            return;
        }
        if (pending_.empty()) {
            pending_ = start_of(entry);
            rest_ = true;
        }
        const std::string_view piece = as_text(path_bytes(layout, slot));
        name_.append(piece.substr(0, piece.find('\0')));
        name_ends_ = piece.find('\0') != piece.npos;
        has_name_ = true;
    }

    [[nodiscard]] std::string take() {
        end_name();
        return std::move(lines_);
    }

  private:
    [[nodiscard]] std::string start_of(const Entry& entry) const {
        return fmt::format("{} {} tid={}/{} {}", cpu_, entry.time, entry.pid, entry.tgid,
                           name_of(recording_.facts, entry));
    }

    [[nodiscard]] std::string line_of(const Entry& entry) const {
        std::string line = start_of(entry);
        if (entry.kind == kKindExit) return line + fmt::format(" = {:#x}", entry.args[0]);
        for (std::size_t i = 0; i < recording_.layout->arg_count; ++i)
            line += fmt::format("{}{:#x}", i == 0 ? " args=" : ",", entry.args[i]);
        if (entry.kind != kKindEntry) line += fmt::format(" kind={}", entry.kind);
        return line;
    }

    void end_name() {
        if (pending_.empty()) return;
        lines_ += pending_;
        if (rest_) lines_ += " rest " + in_quotes(name_);
        else if (has_name_) lines_ += (name_ends_ ? " path=" : " cut=") + in_quotes(name_);
        lines_ += "\n";
        pending_.clear();
        name_.clear();
        rest_ = has_name_ = false;
    }

    const Recording& recording_;
    CpuId cpu_;
    std::string pending_;  // a record whose name may follow
    std::string name_;
    bool has_name_ = false, name_ends_ = false;
    bool rest_ = false;  // the record itself is overwritten
    std::string lines_;
};

}  // namespace

std::string script_of(const Recording& recording, const std::string& settings) {
    const RecordingFacts& facts = recording.facts;
    std::string script = fmt::format(
        "layout {}\ncpus {}\n{}entries {}\nentry_size {}\nhost {}\nkernel {}\nmodule {}\ninstance {}\nstart "
        "{} {}\n"
        "panic {} {} {}\n",
        recording.layout->name, std::uint32_t{facts.possible_cpus}, settings, std::uint64_t{facts.entries_per_cpu},
        std::uint16_t{facts.entry_size}, in_quotes(facts.host_name), in_quotes(facts.kernel_release),
        in_quotes(facts.module_version), std::uint64_t{facts.instance_id}, std::int64_t{facts.start_monotonic_ns},
        std::int64_t{facts.start_realtime_ns}, std::uint64_t{recording.end.time_ns}, std::uint32_t{recording.end.cpu},
        std::uint32_t{recording.end.pid});
    if (recording.only) script += fmt::format("filter {}\n", recording.only->version());
    for (const CpuTrack& track : recording.cpus) {
        script += fmt::format("lost {} {} {}\n", track.cpu, track.lost[0], track.lost[1]);
        CpuLines lines(recording, track.cpu);
        bool first = true;
        std::uint64_t next = 0;
        const auto slots = track.slots->open();
        while (const auto run = slots->next()) {
            if (first) script += fmt::format("begin {} {}\n", track.cpu, run->first_position);
            if (run->unreadable_before != 0 || (!first && run->first_position != next))
                throw std::runtime_error("slots are missing");
            for (std::uint64_t i = 0; i < run->count; ++i)
                lines.add(run->slots.subspan(static_cast<std::size_t>(i * facts.entry_size), facts.entry_size),
                          run->first_position + i);
            next = run->first_position + run->count;
            first = false;
        }
        script += lines.take();
    }
    return script;
}

}  // namespace kstrax::test
