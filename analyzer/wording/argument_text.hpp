// SPDX-License-Identifier: GPL-2.0-or-later
// Arguments and return values by what they mean: O_RDONLY|O_CLOEXEC, SIGTERM, 0644, NULL.
#pragma once

#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "analyzer/sinks/escape.hpp"
#include "analyzer/trace/call_names.hpp"
#include "formats/arguments.hpp"

namespace kstrax {

class ArgumentMeanings {
  public:
    ArgumentMeanings(std::uint32_t audit_arch, std::uint8_t word_size);

    /// What the arguments of a call with these words are; null where nothing is known. Without
    /// words (an exit alone), what holds whatever they were.
    [[nodiscard]] const CallForm* form_of(std::uint16_t abi, std::uint16_t nr,
                                          std::span<const std::uint64_t> words) const;

    void append(TextBuffer& out, const ArgumentKind& kind, std::uint16_t abi, std::uint64_t word) const;

  private:
    const std::vector<const CallForm*>& forms(std::uint16_t abi, std::uint16_t nr) const;
    void append_named(TextBuffer& out, const ValueKind& kind, std::uint32_t word) const;
    void append_flags(TextBuffer& out, const ValueKind& kind, std::uint32_t word) const;
    [[nodiscard]] bool is_of(ValueMachines machines) const {
        return machines == ValueMachines::All || machines == values_ ||
               (machines == ValueMachines::NotArm && values_ != ValueMachines::Arm);
    }

    CallNames names_;
    std::uint32_t audit_arch_;
    std::uint8_t word_size_;
    ValueMachines values_;  // of the machine
    // Of the calls that were asked for; by ABI and number.
    mutable std::unordered_map<std::uint32_t, std::vector<const CallForm*>> found_;
};

}  // namespace kstrax
