// SPDX-License-Identifier: GPL-2.0-or-later
#include "crash-ext/crash_source.hpp"

#include <algorithm>
#include <vector>

#include "analyzer/memory/elf_notes.hpp"
#include "analyzer/memory/open/dump_notes.hpp"
#include "crash-ext/crash_api.hpp"

namespace kstrax {

namespace {

/// Where a kernel does not say how much memory there is.
constexpr std::uint64_t kMostMemory = std::uint64_t{64} << 30;
constexpr std::uint64_t kMostVmcoreinfo = 1 << 16;

std::string read_vmcoreinfo() {
    const auto at = crash_api::word_at_symbol("vmcoreinfo_data");
    const auto size = crash_api::word_at_symbol("vmcoreinfo_size");
    if (!at || !size || *at == 0 || *size > kMostVmcoreinfo) return {};
    std::string text(static_cast<std::size_t>(*size), '\0');
    return crash_api::read_virtual(*at, text.data(), text.size()) ? text : std::string();
}

}  // namespace

CrashSource::CrashSource(const CancelFlag& cancel)
    : cancel_(cancel), vmcoreinfo_(read_vmcoreinfo()), page_size_(page_size_of(vmcoreinfo_)) {
    const auto frames = crash_api::word_at_symbol("max_pfn");
    end_ = frames && *frames > 0 && *frames < (std::uint64_t{1} << 40) ? *frames * page_size_ : kMostMemory;
}

bool CrashSource::read_now(PhysAddr at, MutableBytes out) const {
    const std::lock_guard lock(mutex_);
    return crash_api::read_physical(at.value, out.data(), out.size());
}

bool CrashSource::live() const { return crash_api::is_live(); }

std::span<const Note> CrashSource::notes() const {
    std::call_once(looked_for_notes_, [&] {
        if (!live()) notes_ = notes_of_dump(crash_api::source_name());
    });
    return notes_;
}

Result<void> CrashSource::read(PhysAddr at, MutableBytes out) const {
    if (out.empty() || read_now(at, out)) return {};
    return Error{ErrorCode::NotFound, "crash cannot read this physical address", at.value};
}

std::uint64_t CrashSource::scan(const PageVisitor& visit) const {
    constexpr std::uint64_t kPiece = std::uint64_t{1} << 20;
    std::vector<std::byte> piece(kPiece);
    for (std::uint64_t at = 0; at < end_ && !cancelled(&cancel_); at += kPiece) {
        const auto bytes = MutableBytes(piece).first(static_cast<std::size_t>(std::min(kPiece, end_ - at)));
        if (read_now({at}, bytes)) {
            visit({at}, bytes);
            continue;
        }
        for (std::uint64_t offset = 0; offset < bytes.size(); offset += kSmallestPage) {
            const auto page = MutableBytes(piece).first(kSmallestPage);
            if (read_now({at + offset}, page)) visit({at + offset}, page);
        }
    }
    return 0;
}

}  // namespace kstrax
