// SPDX-License-Identifier: GPL-2.0-or-later
// Which calls the recorder records, in the terms of kstrax -e and -S.
#pragma once

#include <bitset>
#include <string>
#include <string_view>

#include "analyzer/base/result.hpp"
#include "formats/record.hpp"

namespace kstrax {

class CallSet {
    static constexpr std::size_t kTables = 2;  // native with x32, compat
    static constexpr std::size_t kBits = kCallNumbers;

  public:
    /// Both tables, one behind the other: a bit for each number.
    using Bits = std::bitset<kTables * kBits>;
    /// audit_arch: of the recording kernel; it says which calls there are.
    CallSet(const Bits& recorded, std::uint32_t audit_arch) : recorded_(recorded), audit_arch_(audit_arch) {}

    [[nodiscard]] const Bits& bits() const { return recorded_; }
    [[nodiscard]] bool all() const { return recorded_.all(); }
    [[nodiscard]] bool has(std::uint16_t abi, std::uint16_t nr) const {
        return recorded_[(abi == kAbiCompat ? kBits : 0) + nr % kBits];
    }

    /// type: FILE, NETWORK, IPC, PROCESS, SIGNAL, ALL, or a call's name in any of the
    /// machine's ABIs. Where everything is recorded, only that kind is from then on; else
    /// it is added, or, if all of it is recorded already, switched off: save what is of
    /// another kind, too, that is recorded.
    Result<void> toggle(std::string_view type);

    /// "ALL", "NONE", or the kinds and the other names, with blanks between. Behind `most` names
    /// stands how many more there are.
    [[nodiscard]] std::string describe(std::size_t most = kBits) const;

  private:
    void add_call(Bits& bits, std::string_view name) const;
    [[nodiscard]] Bits calls_of(std::string_view names) const;
    [[nodiscard]] Bits of_other_classes(std::string_view type) const;
    [[nodiscard]] Result<Bits> calls_of_type(std::string_view type) const;

    Bits recorded_;
    std::uint32_t audit_arch_;
};

}  // namespace kstrax
