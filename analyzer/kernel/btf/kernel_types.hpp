// SPDX-License-Identifier: GPL-2.0-or-later
// The dumped kernel's own types: where in its structs the members lie. From BTF, the
// type information that a kernel carries in its memory. No debug info is asked for.
#pragma once

#include <functional>
#include <optional>
#include <string_view>

#include "analyzer/address/find_symbol.hpp"
#include "analyzer/address/kernel_space.hpp"
#include "analyzer/kernel/btf/btf.hpp"

namespace kstrax {

struct Member {
    std::uint64_t offset = 0;  ///< bytes from the start of the outermost struct
    std::uint64_t size = 0;    ///< bytes; 0 if its type has none (a flexible array)
    /// Of a bit field: its bits are [first_bit, first_bit + bits) counted from the lowest
    /// of the byte at `offset`. 0: no bit field.
    std::uint32_t first_bit = 0;
    std::uint32_t bits = 0;
};

/// Where a struct's member lies, wherever that is known from; the struct as a whole for an empty
/// path. None if there is no such struct or member.
using FindMember = std::function<std::optional<Member>(std::string_view type, std::string_view path)>;

/// The bytes may be anything: what a struct says of itself is not to be believed before it has been held against memory.
class KernelTypes {
  public:
    /// `word_size`: of the machine, in bytes.
    [[nodiscard]] static Result<KernelTypes> open(LargeBytes btf, std::uint8_t word_size);

    /// A member of a struct or union, those of its anonymous parts included; `path` leads
    /// on into members that are structs themselves: "core_layout.base". Where several
    /// structs have that name, the first is meant.
    [[nodiscard]] std::optional<Member> member(std::string_view type, std::string_view path) const;
    /// Bytes of a struct or union.
    [[nodiscard]] std::optional<std::uint64_t> size(std::string_view type) const;
    /// The same for whoever does not care where types are known from. This must outlive it.
    [[nodiscard]] FindMember finder() const;

  private:
    struct Found {
        Member member;
        std::uint32_t type = 0;
    };
    /// A struct or union: its name as a number, and which type it is.
    struct Named {
        std::uint32_t hash;
        std::uint32_t type;
    };
    explicit KernelTypes(Btf types);

    [[nodiscard]] std::optional<std::uint32_t> find_struct(std::string_view name) const;
    [[nodiscard]] std::optional<Found> find(std::uint32_t type, std::string_view name, unsigned depth,
                                            std::uint32_t& steps) const;

    Btf types_;
    LargeVector<Named> structs_;  // in the order of their numbers
};

/// Reads what lies between the kernel's symbols __start_BTF and __stop_BTF.
[[nodiscard]] Result<KernelTypes> read_kernel_types(KernelSpace& space, const FindSymbol& find);

}  // namespace kstrax
