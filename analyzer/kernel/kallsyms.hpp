// SPDX-License-Identifier: GPL-2.0-or-later
// The kernel's own symbols, decoded from the tables that it carries for /proc/kallsyms.
// Source: kernel/kallsyms.c and scripts/kallsyms.c of Linux 4.6 to 7.0.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/address/find_symbol.hpp"
#include "analyzer/address/kernel_space.hpp"
#include "analyzer/memory/large_vector.hpp"

namespace kstrax {

/// Where the tables lie. VMCOREINFO names them since Linux 6.0.
struct KallsymsTables {
    VirtAddr names;                ///< a length and that many tokens for each symbol, in the order of addresses
    VirtAddr count;                ///< 32 bits: how many symbols
    VirtAddr tokens;               ///< 256 texts, each with NUL behind it
    VirtAddr token_index;          ///< 16 bits for each token: where its text begins
    VirtAddr places;               ///< of the symbols: a word or 32 bits each
    std::optional<VirtAddr> base;  ///< a word that places may be relative to
    bool words = false;            ///< places are whole addresses (kallsyms_addresses)
};

/// As VMCOREINFO has them; none if it names fewer than are needed.
[[nodiscard]] std::optional<KallsymsTables> tables_by_vmcoreinfo(const Vmcoreinfo& info);

struct KallsymsEncoding;

class Kallsyms {
  public:
    /// Opens the tables that VMCOREINFO names. Which encoding they are in is found out by trying:
    /// the right one gives _stext the address that VMCOREINFO has. Fails with NotFound where the
    /// tables are not named, with Corrupt where they make no sense or no encoding fits.
    /// `space` must outlive this.
    [[nodiscard]] static Result<Kallsyms> open(KernelSpace& space);
    [[nodiscard]] static Result<Kallsyms> open(KernelSpace& space, const KallsymsTables& tables);

    /// The first symbol with this name (names of statics may occur several times). None if there is
    /// none before the end of the tables, or before their first unreadable part.
    [[nodiscard]] std::optional<VirtAddr> find(std::string_view name);

    /// The same for several at once, in about the time of one; at most 64.
    [[nodiscard]] std::vector<std::optional<VirtAddr>> find_all(std::span<const std::string_view> names);

    struct Symbol {
        VirtAddr address;
        char type = 0;  ///< as nm has it
        std::string_view name;
    };
    /// Shows all symbols in the tables' order. Fails where they cannot be read further.
    [[nodiscard]] Result<void> each(const std::function<void(const Symbol&)>& visit);

    /// The last symbol that begins at `at` or below; of several at one address the first, as /proc has it.
    /// None where there is none, or the tables cannot be read that far. The first question reads all places.
    [[nodiscard]] std::optional<NearestSymbol> nearest(VirtAddr at);

    [[nodiscard]] std::uint32_t count() const { return count_; }
    /// "base-relative, per-CPU absolute"
    [[nodiscard]] std::string_view encoding() const;

  private:
    Kallsyms(KernelSpace& space, const KallsymsTables& tables) : space_(&space), tables_(tables) {}

    [[nodiscard]] Result<void> load_tokens();
    [[nodiscard]] Result<void> choose_encoding(VirtAddr stext);
    [[nodiscard]] Result<Bytes> name_bytes(std::uint64_t at, bool wide);
    [[nodiscard]] Bytes name_within(std::uint64_t at, bool wide);
    template <typename Take>
    Result<void> each_name(bool wide, const Take& take);
    [[nodiscard]] bool matches(Bytes tokens, std::string_view name) const;
    [[nodiscard]] Result<std::optional<std::uint32_t>> index_of(std::string_view name, bool wide);
    [[nodiscard]] Result<VirtAddr> address_of(std::uint32_t index, const KallsymsEncoding& encoding);
    [[nodiscard]] VirtAddr address_by(const KallsymsEncoding& encoding, std::uint32_t index, std::uint64_t entry) const;
    [[nodiscard]] std::size_t place_size() const;  ///< of an entry, in bytes
    [[nodiscard]] Result<std::uint64_t> place_entry(std::uint32_t index);
    void list_places();
    [[nodiscard]] std::optional<std::string> name_at(std::uint32_t index);

    KernelSpace* space_;
    KallsymsTables tables_;
    std::uint32_t count_ = 0;
    std::uint64_t base_ = 0;
    std::vector<std::string> tokens_;
    const KallsymsEncoding* encoding_ = nullptr;
    LargeBytes names_;                        // as far as they were needed yet
    std::uint64_t name_end_ = 0;              // of the name that name_bytes gave last
    LargeBytes places_;                       // a window
    std::uint64_t places_at_ = 0;             // its offset in the table
    LargeVector<std::uint64_t> addresses_;    // in the table's order, for nearest()
    std::vector<std::uint64_t> name_places_;  // where every kNamesApart-th name begins
};

}  // namespace kstrax
