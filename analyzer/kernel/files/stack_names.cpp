// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/files/stack_names.hpp"

#include <algorithm>

namespace kstrax {

namespace {

enum FilenameMember : std::size_t { kName, kInside, kOrigin };

constexpr std::size_t kLongestName = 4096;  // PATH_MAX
constexpr std::size_t kMostWords = 4096;    // of a stack of 32 KiB

/// Its own addresses are the upper half.
bool in_kernel(std::uint64_t address) { return static_cast<std::int64_t>(address) < 0; }

}  // namespace

StackNames::StackNames(const KernelReader& memory, const FindMember& member)
    : memory_(memory), filename_(member, "filename", {"name", "iname", "uptr"}, memory.word_size()) {}

/// Of the one that was read last.
std::optional<std::string> StackNames::text() {
    auto text = kernel_text(memory_, filename_[kName], kLongestName);
    if (!text || text->size() == kLongestName) return std::nullopt;
    return text;
}

std::optional<std::string> StackNames::name(std::span<const std::uint64_t> words, std::uint64_t argument) {
    if (!filename_.knows(kName) || !filename_.knows(kInside)) return std::nullopt;
    std::uint64_t found = 0;
    for (const std::uint64_t word : words.first(std::min(words.size(), kMostWords))) {
        if (!in_kernel(word) || word % memory_.word_size() != 0 || word == found) continue;
        // Saved registers on the stack itself may look like one, but for the name's place.
        if (!filename_.read(memory_, word) || !in_kernel(filename_[kName])) continue;
        if (filename_.knows(kOrigin)) {
            if (argument != 0 && filename_[kOrigin] == argument) return text();
            continue;
        }
        // A name that is not too long stands in the struct itself.
        if (filename_[kName] != word + *filename_.offset(kInside)) continue;
        if (found != 0) return std::nullopt;
        found = word;
    }
    if (found == 0 || !filename_.read(memory_, found)) return std::nullopt;
    return text();
}

bool uses(std::span<const std::uint64_t> words, const KernelFile& file) {
    const std::uint64_t socket = file.socket ? file.socket->address : 0;
    return std::ranges::any_of(words, [&](std::uint64_t word) {
        return word != 0 && (word == file.address || word == file.inode || word == socket);
    });
}

}  // namespace kstrax
