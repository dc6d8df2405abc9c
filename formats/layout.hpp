// SPDX-License-Identifier: GPL-2.0-or-later
// Where the fields of an entry lie, as data: a row a layout. The decoder knows
// no layout of its own, so that another recorder's is one more row.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "formats/record.hpp"

namespace kstrax {

/// A little-endian unsigned number of 1, 2, 4 or 8 bytes; size 0: the layout lacks it.
struct Field {
    std::uint16_t offset = 0;
    std::uint16_t size = 0;
};

struct Layout {
    std::string_view name;
    std::uint16_t id;    ///< as rings and files name it
    std::uint16_t size;  ///< bytes of an entry; slots may be larger
    Field serial, time, pid, nr_kind, abi, tgid;
    Field args;  ///< all of them; they are as wide as a word of the machine
    std::uint8_t arg_count;

    [[nodiscard]] constexpr std::size_t arg_size() const { return args.size / arg_count; }
};

inline constexpr std::size_t kMostArgs = 8;

/// All layouts of the ring ABI.
[[nodiscard]] std::span<const Layout> layouts();

/// Null if there is no such layout.
[[nodiscard]] const Layout* find_layout(std::uint16_t id);
[[nodiscard]] const Layout* layout_named(std::string_view name);

/// "ia32, ia64 or x86_64", for messages.
[[nodiscard]] std::string layout_names();

/// One slot as it was recorded: numbers not interpreted, only taken apart.
struct Entry {
    std::uint64_t time;  ///< nanoseconds of CLOCK_MONOTONIC
    std::uint32_t serial;
    std::uint32_t pid;   ///< thread id
    std::uint32_t tgid;  ///< process id; 0 where the layout lacks it
    std::uint16_t nr;    ///< 12 bits; kNrNone and kNrTooBig are no numbers
    std::uint16_t abi;   ///< CallAbi; 0 where the layout lacks it
    std::uint8_t kind;   ///< RecordKind, or any other value of a damaged slot
    std::uint64_t args[kMostArgs];

    bool operator==(const Entry&) const = default;
};

/// Takes entries of one layout apart: chosen once, for it is called millions of times.
class EntryDecoder {
  public:
    /// The layout must outlive the decoder.
    explicit EntryDecoder(const Layout& layout);

    /// Fills all of `entry`. Precondition: slot.size() >= layout.size.
    void operator()(std::span<const std::byte> slot, Entry& entry) const { decode_(*layout_, slot.data(), entry); }

  private:
    const Layout* layout_;
    void (*decode_)(const Layout& layout, const std::byte* slot, Entry& entry);
};

/// One entry. Precondition: slot.size() >= layout.size.
[[nodiscard]] Entry decode_entry(const Layout& layout, std::span<const std::byte> slot);

/// The serial alone: whether the slot holds what its place demands.
[[nodiscard]] std::uint32_t decode_serial(const Layout& layout, std::span<const std::byte> slot);

/// The bytes of a path slot's piece of a file name, with all that follows a NUL.
[[nodiscard]] std::span<const std::byte> path_bytes(const Layout& layout, std::span<const std::byte> slot);

/// Puts an entry into a slot: what decode_entry takes apart. For generators.
void encode_entry(const Layout& layout, const Entry& entry, std::span<std::byte> slot);

}  // namespace kstrax
