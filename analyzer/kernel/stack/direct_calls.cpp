// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/stack/direct_calls.hpp"

#include <array>

namespace kstrax {

namespace {

constexpr std::size_t kLongest = 8;

}  // namespace

std::optional<std::uint64_t> called_before(KernelReader& memory, std::uint64_t behind) {
    const CallInstruction* form = memory.architecture().direct_call;
    if (form == nullptr || form->size > kLongest || behind % form->step != 0) return std::nullopt;
    std::array<std::byte, kLongest> bytes{};
    const MutableBytes instruction = MutableBytes(bytes).first(form->size);
    if (!memory.read(behind - form->size, instruction)) return std::nullopt;
    return form->target(instruction, behind);
}

}  // namespace kstrax
