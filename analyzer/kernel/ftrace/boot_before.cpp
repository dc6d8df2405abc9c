// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/ftrace/boot_before.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "analyzer/recording/machine_number.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kLastBoot = 4;  // of an instance's flags: nothing has been recorded since
constexpr std::uint64_t kMostModules = 4096;
constexpr std::size_t kLongestName = 256;

enum Instance : std::size_t { kRange, kTextDelta, kFlags, kScratch, kScratchSize };
enum Scratch : std::size_t { kTextThen, kModules, kEntries };
enum Module : std::size_t { kStart, kName };

}  // namespace

BootBeforeReader::BootBeforeReader(const FindMember& member, std::uint8_t word_size)
    : instance_(member, "trace_array", {"range_addr_start", "text_delta", "flags", "scratch", "scratch_size"},
                word_size),
      scratch_(member, "trace_scratch", {"text_addr", "nr_entries", "entries"}, word_size),
      module_(member, "trace_mod_entry", {"mod_addr", "mod_name"}, word_size) {
    if (const auto whole = member("trace_mod_entry", ""); whole && module_.knows_all()) module_size_ = whole->size;
}

bool BootBeforeReader::is_persistent(KernelReader& memory, std::uint64_t at) {
    return instance_.knows(kRange) && instance_.read(memory, at) && instance_[kRange] != 0;
}

std::optional<BootBefore> BootBeforeReader::read(KernelReader& memory, std::uint64_t at, bool untouched) {
    if (!is_persistent(memory, at) || !instance_.knows(kTextDelta)) return std::nullopt;
    // It keeps notes of the boot before since 6.16, and says since then whose the events are.
    const bool keeps_notes = scratch_.knows_all() && instance_.knows(kScratch) && instance_.knows(kFlags);
    const bool is_before = keeps_notes ? (instance_[kFlags] & kLastBoot) != 0 : instance_[kTextDelta] != 0 || untouched;
    if (!is_before) return std::nullopt;
    BootBefore before;
    before.text_moved = with_sign(instance_[kTextDelta], memory.word_size());
    before.has_notes = keeps_notes;
    if (keeps_notes) read_modules(memory, instance_[kScratch], instance_[kScratchSize] & 0xffffffff, before);
    return before;
}

void BootBeforeReader::read_modules(KernelReader& memory, std::uint64_t scratch, std::uint64_t size, BootBefore& to) {
    if (!scratch_.read(memory, scratch)) {
        to.damage = fmt::format("the notes of the boot before at {:#x} are not in memory", scratch);
        return;
    }
    const std::uint64_t count = scratch_[kModules];
    const std::uint64_t first = *scratch_.offset(kEntries);
    if (count == 0 || module_size_ == 0) return;
    if (size < first || count > (size - first) / module_size_ || count > kMostModules) {
        to.damage =
            fmt::format("the notes of the boot before at {:#x} are damaged: they name {} modules", scratch, count);
        return;
    }
    for (std::uint64_t i = 0; i < count; ++i) {
        const std::uint64_t entry = scratch + first + i * module_size_;
        auto name = module_.read(memory, entry) ? kernel_text(memory, entry + *module_.offset(kName),
                                                              std::min(kLongestName, module_.bytes(kName).size()))
                                                : std::nullopt;
        if (!name) {
            to.damage = fmt::format("the notes of the boot before break off after {} of {} modules", i, count);
            break;
        }
        to.modules.push_back({module_[kStart], std::move(*name)});
    }
    std::ranges::sort(to.modules, {}, &ModuleThen::start);
}

}  // namespace kstrax
