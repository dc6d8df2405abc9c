// SPDX-License-Identifier: GPL-2.0-or-later
// Where the parts of a kernel's log lie: by VMCOREINFO, which names them for readers of dumps, else by the
// kernel's symbols and types.
#pragma once

#include <fmt/core.h>

#include <algorithm>
#include <span>
#include <string>

#include "analyzer/kernel/log/kernel_log.hpp"

namespace kstrax {

/// A place of a struct; an empty member: the size of the struct.
template <typename Places>
struct PlaceRow {
    std::string_view type;
    std::string_view member;
    std::uint64_t Places::*place;
};

class LogPlaces {
  public:
    explicit LogPlaces(const LogAccess& access) : access_(access) {}

    [[nodiscard]] std::optional<std::uint64_t> symbol(std::string_view name) const {
        if (const auto told = access_.info.symbol(name)) return told;
        const auto found = access_.find(name);
        return found ? std::optional(found->value) : std::nullopt;
    }

    [[nodiscard]] std::optional<std::uint64_t> offset(std::string_view type, std::string_view member) const {
        if (const auto told = access_.info.decimal(fmt::format("OFFSET({}.{})", type, member))) return told;
        const auto found = access_.member(type, member);
        return found ? std::optional(found->offset) : std::nullopt;
    }

    [[nodiscard]] std::optional<std::uint64_t> size(std::string_view type) const {
        if (const auto told = access_.info.decimal(fmt::format("SIZE({})", type))) return told;
        const auto found = access_.member(type, "");
        return found ? std::optional(found->size) : std::nullopt;
    }

    /// Fails at the first that is not known, or absurd.
    template <typename Places>
    [[nodiscard]] Result<Places> all(std::span<const PlaceRow<Places>> rows) const {
        constexpr std::uint64_t kLargest = 4096;  // of the structs of a log
        Places places;
        for (const PlaceRow<Places>& row : rows) {
            const auto place = row.member.empty() ? size(row.type) : offset(row.type, row.member);
            const std::string name = fmt::format("{}{}{}", row.type, row.member.empty() ? "" : ".", row.member);
            if (!place)
                return Error{ErrorCode::NotFound,
                             fmt::format("neither VMCOREINFO nor the kernel's types know {}", name)};
            if (*place > kLargest || (row.member.empty() && *place == 0))
                return Error{ErrorCode::Corrupt, fmt::format("{} is said to be {}", name, *place)};
            places.*row.place = *place;
        }
        return places;
    }

  private:
    const LogAccess& access_;
};

/// A number of up to 8 bytes; 0 where it does not lie within.
[[nodiscard]] inline std::uint64_t number_in(Bytes bytes, std::uint64_t at, std::size_t size) {
    std::uint64_t value = 0;
    if (const auto part = slice(bytes, at, size)) std::memcpy(&value, part->data(), std::min(size, sizeof value));
    return value;
}

/// Parts of a log that cannot be used: how many, and what is wrong with the first.
class LogDamage {
  public:
    template <typename... Args>
    void add(fmt::format_string<Args...> format, Args&&... args) {
        if (count_++ == 0) first_ = fmt::format(format, std::forward<Args>(args)...);
    }
    void tell(Findings& findings, bool live) const {
        if (count_ == 0) return;
        if (live)
            findings.add(FindingId::LogUnfinished,
                         fmt::format("{} records of the kernel's log changed while it was read", count_), count_);
        else
            findings.add(FindingId::LogDamaged,
                         fmt::format("{} parts of the kernel's log are damaged; the first: {}", count_, first_),
                         count_);
    }

  private:
    std::uint64_t count_ = 0;
    std::string first_;
};

/// Reads what there is of `out`, and answers how many bytes.
[[nodiscard]] std::size_t read_as_far_as_there_is(KernelReader& memory, std::uint64_t at, MutableBytes out);

}  // namespace kstrax
