// SPDX-License-Identifier: GPL-2.0-or-later
// One struct of the dumped kernel after the other: the places of its members are looked up once, its bytes are
// read at once.
#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "analyzer/kernel/btf/kernel_types.hpp"
#include "analyzer/kernel/kernel_reader.hpp"

namespace kstrax {

class KernelStruct {
  public:
    /// `members`: paths, as FindMember takes them; "new|old" where kernels differ. A member that the kernel
    /// does not have, or whose place cannot be, is not known.
    KernelStruct(const FindMember& find, std::string_view type, std::initializer_list<std::string_view> members,
                 std::uint8_t word_size);

    /// By a member's place in the list that it was made from.
    [[nodiscard]] bool knows(std::size_t member) const { return places_[member].has_value(); }
    [[nodiscard]] bool knows_all() const;
    /// Bytes from the struct's start.
    [[nodiscard]] std::optional<std::uint64_t> offset(std::size_t member) const;

    /// Replaces what was read before. False, and all members 0, where the memory is not there.
    [[nodiscard]] bool read(KernelReader& memory, std::uint64_t at);

    /// Its value, of a longer one its first 8 bytes; 0 where it is not known.
    [[nodiscard]] std::uint64_t operator[](std::size_t member) const;
    /// Empty where it is not known.
    [[nodiscard]] Bytes bytes(std::size_t member) const;

  private:
    std::vector<std::optional<Member>> places_;
    std::uint64_t first_ = 0;  // of the bytes that hold all known members
    std::vector<std::byte> bytes_;
};

/// A text that ends with NUL, or after `most` bytes. None where its memory is not there.
[[nodiscard]] std::optional<std::string> kernel_text(KernelReader& memory, std::uint64_t at, std::size_t most);

}  // namespace kstrax
