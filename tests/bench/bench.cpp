// SPDX-License-Identifier: GPL-2.0-or-later
// What can only be measured from inside, and the data for what is measured from
// outside (run.sh).
//   bench generate NAME CPUS ENTRIES   buffer files of that many entries a CPU
//   bench in-flight NAME CPUS ENTRIES  the same of as many threads, each of which enters a call and never returns
//   bench scan DUMP                    page scan against the machine's own limits
#include <fmt/core.h>
#include <immintrin.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <string>

#include "analyzer/base/parallel.hpp"
#include "analyzer/importers/kstrax_files/buffer_files.hpp"
#include "analyzer/importers/kstrax_memory/rings/page_scan.hpp"
#include "analyzer/memory/open/open_memory.hpp"
#include "formats/kstrax_abi.h"

using namespace kstrax;

namespace {

constexpr std::uint32_t kArchX86_64 = 0xc000003e;  // AUDIT_ARCH_X86_64

/// A CPU that does nothing but calls: eight threads in turn, of a mix that a
/// server makes, each call returning before the next begins. Or `in_flight`: entries alone, each of a thread of its own.
class BusyCursor final : public SlotCursor {
  public:
    BusyCursor(const Layout& layout, CpuId cpu, std::uint64_t entries, bool in_flight)
        : layout_(layout), cpu_(cpu), entries_(entries), in_flight_(in_flight) {}

    std::optional<SlotRun> next() override {
        if (position_ == entries_) return std::nullopt;
        SlotRun run;
        run.first_position = position_;
        run.count = std::min<std::uint64_t>(4096, entries_ - position_);
        slots_.assign(run.count * layout_.size, std::byte{});
        for (std::uint64_t i = 0; i < run.count; ++i, ++position_)
            encode_entry(layout_, entry_at(position_), std::span(slots_).subspan(i * layout_.size, layout_.size));
        run.slots = slots_;
        return run;
    }

  private:
    [[nodiscard]] Entry entry_at(std::uint64_t position) const {
        static constexpr std::uint16_t kNumbers[] = {0, 1, 0, 202, 1, 3, 39, 232};  // read write futex close …
        const std::uint64_t call = in_flight_ ? position : position / 2;
        const bool exit = !in_flight_ && position % 2 != 0;
        Entry entry{};
        entry.serial = static_cast<std::uint32_t>(position + 1);
        entry.time = 1'000'000'000 + position * 300 + cpu_ * 17;
        entry.pid = static_cast<std::uint32_t>(1000 + cpu_ * 8 + call % 8);
        entry.tgid = 1000 + cpu_ * 8;
        if (in_flight_) entry.pid = static_cast<std::uint32_t>(1000 + cpu_ * entries_ + position);
        entry.nr = kNumbers[call * 2654435761 % 8];
        entry.kind = exit ? KSTRAX_KIND_EXIT : KSTRAX_KIND_ENTRY;
        if (exit) entry.args[0] = call % 50 == 0 ? static_cast<std::uint64_t>(-11) : 64;
        else
            for (std::uint64_t i = 0; i < 6; ++i) entry.args[i] = i % 2 == 0 ? call % 32 : 0x7ffd00000000 + call * 64;
        return entry;
    }

    const Layout& layout_;
    CpuId cpu_;
    std::uint64_t entries_;
    bool in_flight_;
    std::uint64_t position_ = 0;
    std::vector<std::byte> slots_;
};

class BusyCpu final : public SlotSource {
  public:
    BusyCpu(const Layout& layout, CpuId cpu, std::uint64_t entries, bool in_flight)
        : layout_(layout), cpu_(cpu), entries_(entries), in_flight_(in_flight) {}
    [[nodiscard]] std::unique_ptr<SlotCursor> open() const override {
        return std::make_unique<BusyCursor>(layout_, cpu_, entries_, in_flight_);
    }

  private:
    const Layout& layout_;
    CpuId cpu_;
    std::uint64_t entries_;
    bool in_flight_;
};

int generate(const std::string& name, CpuId cpus, std::uint64_t entries, bool in_flight) {
    Recording recording;
    recording.layout = find_layout(KSTRAX_LAYOUT_X86_64);
    recording.facts.audit_arch = kArchX86_64;
    recording.facts.entry_size = recording.layout->size;
    recording.facts.word_size = 8;
    recording.facts.page_shift = 12;
    recording.facts.possible_cpus = cpus;
    recording.facts.entries_per_cpu = entries;
    recording.facts.instance_id = 1;
    recording.facts.start_monotonic_ns = 1'000'000'000;
    recording.facts.start_realtime_ns = 1'700'000'000'000'000'000;
    recording.facts.host_name = "bench";
    for (CpuId cpu = 0; cpu < cpus; ++cpu) {
        CpuTrack track;
        track.cpu = cpu;
        track.head = entries;
        track.slots = std::make_unique<BusyCpu>(*recording.layout, cpu, entries, in_flight);
        recording.cpus.push_back(std::move(track));
    }
    const auto paths = write_buffer_files(recording, name, {});
    if (!paths) fmt::print(stderr, "bench: {}\n", paths.error().message);
    return paths ? 0 : 1;
}

/// The best of some runs, in seconds: what the machine can do, not what else it did.
double best_of(int runs, const auto& work) {
    double best = 1e9;
    for (int i = 0; i < runs; ++i) {
        const auto start = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
        best = std::min(best, taken.count());
    }
    return best;
}

__attribute__((target("avx2"))) std::uint64_t read_all(Bytes bytes) {
    __m256i sum = _mm256_setzero_si256();
    for (std::size_t i = 0; i + 32 <= bytes.size(); i += 32) {
        __m256i word;
        std::memcpy(&word, bytes.data() + i, sizeof word);
        sum = _mm256_xor_si256(sum, word);
    }
    return static_cast<std::uint64_t>(_mm256_extract_epi64(sum, 0));
}

int measure_scan(const std::string& path) {
    const auto file = MappedFile::open(path);
    if (!file) {
        fmt::print(stderr, "bench: {}: {}\n", path, file.error().message);
        return 1;
    }
    const auto source = open_memory_source(*file);
    if (!source) {
        fmt::print(stderr, "bench: {}\n", source.error().message);
        return 1;
    }
    const double gib = static_cast<double>((*source)->memory_size()) / (1 << 30);
    std::atomic<std::uint64_t> sink{0};
    const double scan = best_of(5, [&] { sink += scan_pages(**source).anchors.size(); });
    const Bytes bytes = (*file)->bytes();
    // All pages expanded, none looked at: for a compressed dump the codec and nothing else.
    const double expand = best_of(5, [&] { (*source)->scan([&](PhysAddr first, Bytes) { sink += first.value; }); });
    const double memory = best_of(5, [&] {
        constexpr std::size_t kPiece = 16 << 20;
        parallel_for(bytes.size() / kPiece + 1, [&](std::size_t i) {
            sink += read_all(bytes.subspan(i * kPiece, std::min(kPiece, bytes.size() - i * kPiece)));
        });
    });
    fmt::print("{:<36} {:>8.2f} GiB/s\n", fmt::format("page scan of {}", (*source)->format()), gib / scan);
    const bool compressed = (*source)->format().starts_with("kdump");
    const double peer = compressed ? gib / expand : static_cast<double>(bytes.size()) / (1 << 30) / memory;
    fmt::print("{:<36} {:>8.2f} GiB/s   scan is {:.2f} x\n",
               compressed ? "  the codec alone, on all processors" : "  AVX2 over the mapped file", peer,
               gib / scan / peer);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<std::string> args(argv + 1, argv + argc);
    if (args.size() == 4 && (args[0] == "generate" || args[0] == "in-flight"))
        return generate(args[1], static_cast<CpuId>(std::stoul(args[2])), std::stoull(args[3]), args[0] == "in-flight");
    if (args.size() == 2 && args[0] == "scan") return measure_scan(args[1]);
    fmt::print(stderr, "usage: bench generate|in-flight NAME CPUS ENTRIES | bench scan DUMP\n");
    return 2;
}
