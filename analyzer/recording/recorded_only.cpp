// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/recording/recorded_only.hpp"

namespace kstrax {

namespace {

constexpr std::size_t kMostNames = 20;

}  // namespace

std::string RecordedOnly::calls() const { return calls_.describe(kMostNames); }

std::string RecordedOnly::describe() const {
    std::string text;
    if (process_) text = "process " + std::to_string(*process_);
    if (!calls_.all()) text += (text.empty() ? "calls: " : "; calls: ") + calls();
    return text;
}

bool RecordedOnly::lets_pass(Tid tid, Tid tgid, std::uint16_t abi, std::uint16_t nr) const {
    return calls_.has(abi, nr) && (!process_ || *process_ == (tgid != 0 ? tgid : tid));
}

}  // namespace kstrax
