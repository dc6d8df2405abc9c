// SPDX-License-Identifier: GPL-2.0-or-later
// BTF, the type information that a kernel carries in its memory, as it lies there.
// Source: Documentation/bpf/btf.rst and include/uapi/linux/btf.h of Linux 4.18 to 7.0.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "analyzer/base/bytes.hpp"
#include "analyzer/base/result.hpp"
#include "analyzer/memory/large_vector.hpp"

namespace kstrax {

/// One type. Types are named by numbers, from 1; 0 is void.
struct BtfType {
    std::uint32_t name = 0;          ///< where its text begins
    std::uint8_t kind = 0;           ///< BTF_KIND_…
    bool bit_fields = false;         ///< of a struct or union: its members' places say how many bits they have
    std::uint32_t size_or_type = 0;  ///< bytes, or the type that it leads to
    Bytes parts;                     ///< what follows it: its members, an array's elements
    std::uint32_t part_count = 0;

    /// A struct or a union.
    [[nodiscard]] bool is_composite() const;
    /// A typedef, a qualifier or a tag: another name for the type that it leads to.
    [[nodiscard]] bool is_alias() const;
};

struct StructMember {
    std::uint32_t name = 0;
    std::uint32_t type = 0;
    std::uint32_t first_bit = 0;  ///< from the start of the struct
    std::uint32_t bits = 0;       ///< of a bit field; 0: it is none
};

/// The bytes may be anything: all that is asked for is held against their borders.
class Btf {
  public:
    /// `pointer_size`: of the machine, in bytes. Fails with Corrupt where header, texts or types do not fit in.
    [[nodiscard]] static Result<Btf> open(LargeBytes bytes, std::uint8_t pointer_size);

    Btf(Btf&&) = default;
    Btf& operator=(Btf&&) = default;

    /// How many types there are, void included.
    [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(places_.size()); }
    /// None of void, and of numbers that stand for no type.
    [[nodiscard]] std::optional<BtfType> type(std::uint32_t id) const;
    /// Precondition: a struct or union, and index < part_count.
    [[nodiscard]] static StructMember member(const BtfType& type, std::uint32_t index);
    /// A name; empty where there is none.
    [[nodiscard]] std::string_view text(std::uint32_t at) const;
    /// Bytes that a value of the type takes; none where it has no size, or its types lead in a circle.
    [[nodiscard]] std::optional<std::uint64_t> size_of(std::uint32_t id) const;
    /// The type behind typedefs, qualifiers and tags; 0 where they lead nowhere.
    [[nodiscard]] std::uint32_t plain(std::uint32_t id) const;

  private:
    Btf(LargeBytes bytes, std::uint8_t pointer_size) : bytes_(std::move(bytes)), pointer_size_(pointer_size) {}
    [[nodiscard]] Result<void> find_types();

    LargeBytes bytes_;
    Bytes types_;  // parts of bytes_
    std::string_view texts_;
    LargeVector<std::uint32_t> places_;  // of each type in types_
    std::uint8_t pointer_size_;
};

}  // namespace kstrax
