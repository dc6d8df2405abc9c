// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/kallsyms.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <bit>

namespace kstrax {

/// What an entry of the places' table means.
struct KallsymsEncoding {
    std::string_view name;
    bool words;      ///< of tables with whole addresses
    bool with_base;  ///< of tables with a base
    bool wide;       ///< a length of 128 or more takes two bytes (since 6.1; fewer had one byte)
    std::uint64_t (*address)(std::uint64_t base, std::uint64_t place, std::uint64_t entry);
};

namespace {

// Limits that no kernel comes near, so that hostile tables cost little.
constexpr std::uint32_t kMostSymbols = 1 << 22;  // Debian's have 0.1 to 0.2 million
constexpr std::size_t kMostNameBytes = 64 << 20;
constexpr std::size_t kUsualNameBytes = 4 << 20;  // Debian's have 1 to 2
constexpr std::size_t kMostTokens = 512;          // a name; KSYM_NAME_LEN
constexpr std::size_t kTokens = 256;
constexpr std::size_t kMostTokenBytes = 1 << 16;   // the index has 16 bits
constexpr std::uint64_t kChunk = 64 << 10;         // of names and places, read at a time
constexpr std::uint32_t kNamesApart = 64;          // a name is reached from one of those whose place is kept
constexpr std::size_t kMostNamesAtOnce = 64;       // of find_all: a bit each
constexpr std::size_t kLengths = kMostTokens + 1;  // of names that are told apart by them

std::uint64_t extended(std::uint64_t entry) {
    return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(static_cast<std::uint32_t>(entry))});
}
std::uint64_t whole(std::uint64_t, std::uint64_t, std::uint64_t entry) { return entry; }
std::uint64_t from_base(std::uint64_t base, std::uint64_t, std::uint64_t entry) { return base + entry; }
/// Per-CPU symbols stand at small absolute addresses, the others below zero.
std::uint64_t from_base_but_per_cpu(std::uint64_t base, std::uint64_t, std::uint64_t entry) {
    const std::uint64_t offset = extended(entry);
    return (offset >> 63) == 0 ? offset : base - 1 - offset;
}
std::uint64_t from_place(std::uint64_t, std::uint64_t place, std::uint64_t entry) { return place + extended(entry); }

constexpr std::array kEncodings{
    KallsymsEncoding{"absolute", true, false, true, whole},
    KallsymsEncoding{"absolute, short names", true, false, false, whole},
    KallsymsEncoding{"base-relative, per-CPU absolute", false, true, true, from_base_but_per_cpu},
    KallsymsEncoding{"base-relative", false, true, true, from_base},
    KallsymsEncoding{"base-relative, per-CPU absolute, short names", false, true, false, from_base_but_per_cpu},
    KallsymsEncoding{"base-relative, short names", false, true, false, from_base},
    KallsymsEncoding{"place-relative", false, false, true, from_place},
};

Error nonsense(const std::string& what, VirtAddr at) {
    return {ErrorCode::Corrupt, fmt::format("kallsyms at virtual {:#x}: {}", at.value, what), at.value};
}

/// Appends up to `size` bytes of virtual memory; fewer where they end, at a page's border.
/// Fails if there are none.
Result<void> append(KernelSpace& space, VirtAddr at, std::uint64_t size, LargeBytes& bytes) {
    const std::size_t before = bytes.size();
    for (std::uint64_t done = 0; done < size;) {
        const std::uint64_t part = std::min(size - done, kSmallestPage - (at.value + done) % kSmallestPage);
        bytes.resize(before + static_cast<std::size_t>(done + part));
        const auto read = space.read({at.value + done}, MutableBytes(bytes).last(static_cast<std::size_t>(part)));
        if (!read) {
            bytes.resize(before + static_cast<std::size_t>(done));
            return done > 0 ? Result<void>() : read.error();
        }
        done += part;
    }
    return {};
}

Result<std::uint64_t> read_number(KernelSpace& space, VirtAddr at, std::size_t size) {
    std::array<std::byte, 8> bytes{};
    if (const auto read = space.read(at, MutableBytes(bytes).first(size)); !read) return read.error();
    return *copy_record<std::uint64_t>(bytes);
}

}  // namespace

std::optional<KallsymsTables> tables_by_vmcoreinfo(const Vmcoreinfo& info) {
    const auto names = info.symbol("kallsyms_names");
    const auto count = info.symbol("kallsyms_num_syms");
    const auto tokens = info.symbol("kallsyms_token_table");
    const auto index = info.symbol("kallsyms_token_index");
    const auto offsets = info.symbol("kallsyms_offsets");
    const auto base = info.symbol("kallsyms_relative_base");
    const auto addresses = info.symbol("kallsyms_addresses");
    if (!names || !count || !tokens || !index || !(offsets || addresses)) return std::nullopt;
    KallsymsTables tables{{*names}, {*count}, {*tokens}, {*index}, {}, {}, !offsets};
    tables.places = {offsets ? *offsets : *addresses};
    if (offsets && base) tables.base = VirtAddr{*base};
    return tables;
}

Result<Kallsyms> Kallsyms::open(KernelSpace& space) {
    const auto tables = tables_by_vmcoreinfo(space.vmcoreinfo());
    if (!tables)
        return Error{ErrorCode::NotFound,
                     "VMCOREINFO does not say where the kernel has its symbols (it does since Linux 6.0)"};
    return open(space, *tables);
}

Result<Kallsyms> Kallsyms::open(KernelSpace& space, const KallsymsTables& tables) {
    const auto stext = space.vmcoreinfo().symbol("_stext");
    if (!stext)
        return Error{ErrorCode::NotFound, "VMCOREINFO has no _stext that the kernel's symbols could be held against"};
    Kallsyms symbols(space, tables);
    // The names end before the tokens begin.
    if (const std::uint64_t size = tables.tokens.value - tables.names.value; size <= kUsualNameBytes)
        symbols.names_.reserve(static_cast<std::size_t>(size) + kChunk);
    const auto count = read_number(space, tables.count, 4);
    if (!count) return count.error().in("kallsyms_num_syms");
    if (*count == 0 || *count > kMostSymbols) return nonsense(fmt::format("{} symbols", *count), tables.count);
    symbols.count_ = static_cast<std::uint32_t>(*count);
    if (tables.base) {
        const auto base = read_number(space, *tables.base, space.architecture().word_size);
        if (!base) return base.error().in("kallsyms_relative_base");
        symbols.base_ = *base;
    }
    if (const auto loaded = symbols.load_tokens(); !loaded) return loaded.error();
    if (const auto chosen = symbols.choose_encoding({*stext}); !chosen) return chosen.error();
    return symbols;
}

Result<void> Kallsyms::load_tokens() {
    LargeBytes index;
    if (const auto read = append(*space_, tables_.token_index, kTokens * 2, index); !read)
        return read.error().in("kallsyms_token_index");
    FieldReader starts(index);
    LargeBytes texts;
    // Only the begin of the last text is known. An unreadable part beyond its end does no harm.
    const std::uint64_t most = starts.u16((kTokens - 1) * 2) + kMostTokens;
    if (const auto read = append(*space_, tables_.tokens, most, texts); !read)
        return read.error().in("kallsyms_token_table");
    for (std::size_t token = 0; token < kTokens; ++token) {
        const auto rest = slice(texts, starts.u16(token * 2), 0);
        if (!rest) return nonsense(fmt::format("token {} lies outside of its table", token), tables_.token_index);
        const std::string_view text = as_text(Bytes(texts).subspan(starts.u16(token * 2)));
        const std::size_t end = text.find('\0');
        if (end == text.npos || end > kMostTokens)
            return nonsense(fmt::format("token {} has no end", token), tables_.tokens);
        tokens_.emplace_back(text.substr(0, end));
    }
    if (!starts.ok()) return nonsense("the index of tokens is cut off", tables_.token_index);
    return {};
}

Result<void> Kallsyms::choose_encoding(VirtAddr stext) {
    std::optional<Error> first;
    for (const KallsymsEncoding& encoding : kEncodings) {
        if (encoding.words != tables_.words || encoding.with_base != tables_.base.has_value()) continue;
        const auto index = index_of("_stext", encoding.wide);
        if (!index) {
            if (!first) first = index.error();
            continue;
        }
        if (!*index) continue;
        const auto address = address_of(**index, encoding);
        if (!address) return address.error().in("kallsyms_offsets");
        if (*address != stext) continue;
        encoding_ = &encoding;
        return {};
    }
    if (first) return *first;
    return nonsense(fmt::format("in no known encoding do {} symbols hold _stext at {:#x}", count_, stext.value),
                    tables_.names);
}

/// The same as name_bytes() at a fraction of its cost; nothing where a name of full length would reach beyond what is
/// read, or makes no sense.
inline Bytes Kallsyms::name_within(std::uint64_t at, bool wide) {
    if (at + 2 + kMostTokens > names_.size()) return {};
    const std::byte* begin = names_.data() + at;
    std::size_t length = std::to_integer<std::size_t>(*begin++);
    if (wide && (length & 0x80) != 0) length = (length & 0x7f) | std::to_integer<std::size_t>(*begin++) << 7;
    if (length == 0 || length > kMostTokens) return {};
    name_end_ = static_cast<std::uint64_t>(begin - names_.data()) + length;
    return {begin, length};
}

/// Hands over each name's index, place and tokens until `take` answers false. Fails where names cannot be read further.
template <typename Take>
Result<void> Kallsyms::each_name(bool wide, const Take& take) {
    std::uint64_t at = 0;
    for (std::uint32_t index = 0; index < count_; ++index) {
        Bytes tokens = name_within(at, wide);
        if (tokens.empty()) {
            const auto read = name_bytes(at, wide);
            if (!read) return read.error();
            tokens = *read;
        }
        if (!take(index, at, tokens)) break;
        at = name_end_;
    }
    return {};
}

/// The tokens of the name that begins at `at`; name_end_ is then where the next one does.
Result<Bytes> Kallsyms::name_bytes(std::uint64_t at, bool wide) {
    const auto reaches = [&](std::uint64_t end) -> Result<void> {
        while (names_.size() < end) {
            if (names_.size() >= kMostNameBytes) return nonsense("names without an end", tables_.names);
            const VirtAddr next{tables_.names.value + names_.size()};
            if (const auto read = append(*space_, next, kChunk - next.value % kChunk, names_); !read)
                return read.error().in("kallsyms_names");
        }
        return {};
    };
    if (const auto there = reaches(at + 1); !there) return there.error();
    std::uint64_t length = std::to_integer<std::uint64_t>(names_[static_cast<std::size_t>(at)]);
    std::uint64_t begin = at + 1;
    if (wide && (length & 0x80) != 0) {
        if (const auto there = reaches(at + 2); !there) return there.error();
        length = (length & 0x7f) | std::to_integer<std::uint64_t>(names_[static_cast<std::size_t>(at + 1)]) << 7;
        begin = at + 2;
    }
    if (length == 0 || length > kMostTokens)
        return nonsense(fmt::format("a name of {} tokens", length), {tables_.names.value + at});
    if (const auto there = reaches(begin + length); !there) return there.error();
    name_end_ = begin + length;
    return Bytes(names_).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(length));
}

/// Compares token by token: nearly every name differs in its first.
bool Kallsyms::matches(Bytes tokens, std::string_view name) const {
    bool type = true;  // the first character is not of the name
    for (const std::byte token : tokens) {
        std::string_view text = tokens_[std::to_integer<std::size_t>(token)];
        if (type && !text.empty()) {
            text.remove_prefix(1);
            type = false;
        }
        if (!name.starts_with(text)) return false;
        name.remove_prefix(text.size());
    }
    return name.empty() && !type;
}

Result<std::optional<std::uint32_t>> Kallsyms::index_of(std::string_view name, bool wide) {
    std::optional<std::uint32_t> found;
    const auto read = each_name(wide, [&](std::uint32_t index, std::uint64_t, Bytes tokens) {
        if (matches(tokens, name)) found = index;
        return !found;
    });
    if (!read) return read.error();
    return found;
}

std::size_t Kallsyms::place_size() const { return tables_.words ? space_->architecture().word_size : 4; }

Result<std::uint64_t> Kallsyms::place_entry(std::uint32_t index) {
    const std::size_t size = place_size();
    const std::uint64_t at = std::uint64_t{index} * size;
    if (at < places_at_ || at + size > places_at_ + places_.size()) {
        places_.clear();
        places_at_ = at;
        // No more than one page for the one entry that a look-up wants.
        const std::uint64_t page = kSmallestPage - (tables_.places.value + at) % kSmallestPage;
        if (const auto read =
                append(*space_, {tables_.places.value + at}, std::max<std::uint64_t>(page, size), places_);
            !read)
            return read.error();
        if (places_.size() < size) return nonsense("the table of places is cut off", {tables_.places.value + at});
    }
    std::uint64_t entry = 0;
    std::memcpy(&entry, places_.data() + (at - places_at_), size);
    return entry;
}

Result<VirtAddr> Kallsyms::address_of(std::uint32_t index, const KallsymsEncoding& encoding) {
    const auto entry = place_entry(index);
    if (!entry) return entry.error();
    return address_by(encoding, index, *entry);
}

VirtAddr Kallsyms::address_by(const KallsymsEncoding& encoding, std::uint32_t index, std::uint64_t entry) const {
    const std::uint64_t mask = space_->architecture().word_size == 4 ? 0xffffffff : ~std::uint64_t{0};
    return {encoding.address(base_, tables_.places.value + std::uint64_t{index} * 4, entry) & mask};
}

std::optional<VirtAddr> Kallsyms::find(std::string_view name) {
    const auto index = index_of(name, encoding_->wide);
    if (!index || !*index) return std::nullopt;
    const auto address = address_of(**index, *encoding_);
    return address ? std::optional(*address) : std::nullopt;
}

std::vector<std::optional<VirtAddr>> Kallsyms::find_all(std::span<const std::string_view> names) {
    std::vector<std::optional<VirtAddr>> found(names.size());
    // Which of the names may begin with a token, and which have a length, type included: a bit for each. Nearly every
    // symbol differs in one of them.
    std::array<std::uint64_t, kTokens> begin{};
    std::array<std::uint64_t, kLengths> long_as{};
    std::array<std::uint32_t, kTokens> length{};
    std::uint64_t wanted = 0;
    for (std::size_t i = 0; i < std::min(names.size(), kMostNamesAtOnce); ++i) {
        const std::uint64_t bit = std::uint64_t{1} << i;
        if (names[i].size() + 1 < kLengths) long_as[names[i].size() + 1] |= bit;
        wanted |= bit;
        for (std::size_t token = 0; token < kTokens; ++token) {
            const std::string_view text = tokens_[token];
            length[token] = static_cast<std::uint32_t>(text.size());
            if (names[i].starts_with(text.substr(std::min<std::size_t>(text.size(), 1)))) begin[token] |= bit;
        }
    }
    // Of what cannot be read, nothing is found.
    (void)each_name(encoding_->wide, [&](std::uint32_t index, std::uint64_t, Bytes tokens) {
        std::uint64_t left = begin[std::to_integer<std::size_t>(tokens.front())] & wanted;
        if (left == 0) return wanted != 0;
        std::size_t size = 0;
        for (const std::byte token : tokens) size += length[std::to_integer<std::size_t>(token)];
        left &= size < kLengths ? long_as[size] : 0;
        for (; left != 0; left &= left - 1) {
            const auto i = static_cast<std::size_t>(std::countr_zero(left));
            if (!matches(tokens, names[i])) continue;
            wanted &= ~(std::uint64_t{1} << i);
            if (const auto address = address_of(index, *encoding_)) found[i] = *address;
        }
        return wanted != 0;
    });
    return found;
}

Result<void> Kallsyms::each(const std::function<void(const Symbol&)>& visit) {
    std::string text;
    Result<void> placed;
    const auto read = each_name(encoding_->wide, [&](std::uint32_t index, std::uint64_t, Bytes tokens) {
        text.clear();
        for (const std::byte token : tokens) text += tokens_[std::to_integer<std::size_t>(token)];
        const auto address = address_of(index, *encoding_);
        if (!address) placed = address.error();
        else if (!text.empty()) visit({*address, text[0], std::string_view(text).substr(1)});
        return placed.ok();
    });
    return read ? placed : read;
}

void Kallsyms::list_places() {
    const std::size_t size = place_size();
    LargeBytes places;
    places.reserve(count_ * size);
    // As many as can be read.
    (void)append(*space_, tables_.places, std::uint64_t{count_} * size, places);
    addresses_.resize(places.size() / size);
    for (std::uint32_t index = 0; index < addresses_.size(); ++index) {
        std::uint64_t entry = 0;
        std::memcpy(&entry, places.data() + index * size, size);
        addresses_[index] = address_by(*encoding_, index, entry).value;
    }
    (void)each_name(encoding_->wide, [&](std::uint32_t index, std::uint64_t at, Bytes) {
        if (index % kNamesApart == 0) name_places_.push_back(at);
        return index < addresses_.size();
    });
}

std::optional<std::string> Kallsyms::name_at(std::uint32_t index) {
    if (index / kNamesApart >= name_places_.size()) return std::nullopt;
    std::uint64_t at = name_places_[index / kNamesApart];
    for (std::uint32_t before = index % kNamesApart; before > 0; --before) {
        if (!name_bytes(at, encoding_->wide)) return std::nullopt;
        at = name_end_;
    }
    const auto tokens = name_bytes(at, encoding_->wide);
    if (!tokens) return std::nullopt;
    std::string text;
    for (const std::byte token : *tokens) text += tokens_[std::to_integer<std::size_t>(token)];
    if (!text.empty()) text.erase(0, 1);  // its type
    return text;
}

std::optional<NearestSymbol> Kallsyms::nearest(VirtAddr at) {
    if (addresses_.empty()) list_places();
    const auto behind = std::ranges::upper_bound(addresses_, at.value);
    if (behind == addresses_.begin()) return std::nullopt;
    const auto first = std::ranges::lower_bound(addresses_.begin(), behind, *(behind - 1));
    // In a damaged table addresses do not ascend, and the search may end anywhere.
    if (*first > at.value) return std::nullopt;
    auto name = name_at(static_cast<std::uint32_t>(first - addresses_.begin()));
    if (!name) return std::nullopt;
    return NearestSymbol{{*first}, std::move(*name)};
}

std::string_view Kallsyms::encoding() const { return encoding_->name; }

}  // namespace kstrax
