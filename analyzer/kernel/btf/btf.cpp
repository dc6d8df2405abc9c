// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/btf/btf.hpp"

#include <fmt/core.h>
#include <linux/btf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>

namespace kstrax {

namespace {

constexpr unsigned kDeepest = 32;          // types that lead to one another
constexpr std::size_t kLongestName = 512;  // KSYM_NAME_LEN; a hostile name is as long as all texts

/// What follows a type, by its kind: bytes, and bytes for each of its parts.
struct Following {
    std::uint8_t fixed = 0;
    std::uint8_t each = 0;
};
constexpr auto kFollowing = [] {
    std::array<std::optional<Following>, NR_BTF_KINDS> kinds;
    for (std::size_t kind = BTF_KIND_INT; kind < kinds.size(); ++kind) kinds[kind] = Following{};
    kinds[BTF_KIND_INT]->fixed = sizeof(std::uint32_t);
    kinds[BTF_KIND_ARRAY]->fixed = sizeof(btf_array);
    kinds[BTF_KIND_STRUCT]->each = sizeof(btf_member);
    kinds[BTF_KIND_UNION]->each = sizeof(btf_member);
    kinds[BTF_KIND_ENUM]->each = sizeof(btf_enum);
    kinds[BTF_KIND_FUNC_PROTO]->each = sizeof(btf_param);
    kinds[BTF_KIND_VAR]->fixed = sizeof(btf_var);
    kinds[BTF_KIND_DATASEC]->each = sizeof(btf_var_secinfo);
    kinds[BTF_KIND_DECL_TAG]->fixed = sizeof(btf_decl_tag);
    kinds[BTF_KIND_ENUM64]->each = sizeof(btf_enum64);
    return kinds;
}();

/// The kinds whose size stands in the type itself.
constexpr std::array<std::uint8_t, 7> kSized{BTF_KIND_INT,   BTF_KIND_STRUCT,  BTF_KIND_UNION, BTF_KIND_ENUM,
                                             BTF_KIND_FLOAT, BTF_KIND_DATASEC, BTF_KIND_ENUM64};
constexpr std::array<std::uint8_t, 5> kAliases{BTF_KIND_TYPEDEF, BTF_KIND_CONST, BTF_KIND_VOLATILE, BTF_KIND_RESTRICT,
                                               BTF_KIND_TYPE_TAG};

/// Precondition: it lies within.
template <typename T>
T record_at(Bytes bytes, std::size_t at) {
    T record;
    std::memcpy(&record, bytes.data() + at, sizeof record);
    return record;
}

/// Precondition: the type and what follows it lie within.
BtfType type_at(Bytes types, std::size_t at) {
    const auto raw = record_at<btf_type>(types, at);
    BtfType type{.name = raw.name_off,
                 .kind = static_cast<std::uint8_t>(BTF_INFO_KIND(raw.info)),
                 .bit_fields = BTF_INFO_KFLAG(raw.info) != 0,
                 .size_or_type = raw.size,
                 .parts = {},
                 .part_count = BTF_INFO_VLEN(raw.info)};
    const Following following = *kFollowing[type.kind];
    const std::size_t size = following.fixed + std::size_t{following.each} * type.part_count;
    type.parts = types.subspan(at + sizeof raw, size);
    return type;
}

Error damaged(const std::string& what) { return {ErrorCode::Corrupt, "BTF that is damaged: " + what}; }

}  // namespace

bool BtfType::is_composite() const { return kind == BTF_KIND_STRUCT || kind == BTF_KIND_UNION; }
bool BtfType::is_alias() const { return std::ranges::find(kAliases, kind) != kAliases.end(); }

Result<Btf> Btf::open(LargeBytes bytes, std::uint8_t pointer_size) {
    Btf btf(std::move(bytes), pointer_size);
    const auto header = copy_record<btf_header>(btf.bytes_);
    if (!header || header->magic != BTF_MAGIC || header->version != BTF_VERSION)
        return Error{ErrorCode::Corrupt, "what should be BTF is none, or damaged"};
    const auto part = [&](std::uint32_t offset, std::uint32_t size) {
        return slice(btf.bytes_, std::uint64_t{header->hdr_len} + offset, size);
    };
    const auto types = part(header->type_off, header->type_len);
    const auto texts = part(header->str_off, header->str_len);
    if (!types || !texts) return damaged("it is cut off");
    btf.types_ = *types;
    btf.texts_ = as_text(*texts);
    // Every text ends within, then.
    if (btf.texts_.empty() || btf.texts_.front() != '\0' || btf.texts_.back() != '\0')
        return damaged("its names have no end");
    if (const auto found = btf.find_types(); !found) return found.error();
    return btf;
}

Result<void> Btf::find_types() {
    places_.reserve(types_.size() / (2 * sizeof(btf_type)));
    places_.push_back(0);  // void
    for (std::size_t at = 0; at < types_.size();) {
        const std::size_t left = types_.size() - at;
        if (left < sizeof(btf_type)) return damaged("its last type is cut off");
        const auto info = record_at<btf_type>(types_, at).info;
        const std::size_t kind = BTF_INFO_KIND(info);
        if (kind >= kFollowing.size() || !kFollowing[kind])
            return damaged(fmt::format("type {} is of the unknown kind {}", count(), kind));
        const Following following = *kFollowing[kind];
        const std::size_t size = sizeof(btf_type) + following.fixed + std::size_t{following.each} * BTF_INFO_VLEN(info);
        if (size > left) return damaged(fmt::format("type {} is cut off", count()));
        places_.push_back(static_cast<std::uint32_t>(at));
        at += size;
    }
    return {};
}

std::optional<BtfType> Btf::type(std::uint32_t id) const {
    if (id == 0 || id >= count()) return std::nullopt;
    return type_at(types_, places_[id]);
}

StructMember Btf::member(const BtfType& type, std::uint32_t index) {
    const auto raw = record_at<btf_member>(type.parts, std::size_t{index} * sizeof(btf_member));
    if (!type.bit_fields) return {raw.name_off, raw.type, raw.offset, 0};
    return {raw.name_off, raw.type, BTF_MEMBER_BIT_OFFSET(raw.offset), BTF_MEMBER_BITFIELD_SIZE(raw.offset)};
}

std::string_view Btf::text(std::uint32_t at) const {
    if (at >= texts_.size()) return {};
    const std::string_view rest = texts_.substr(at);
    return rest.substr(0, strnlen(rest.data(), std::min(rest.size(), kLongestName)));
}

std::optional<std::uint64_t> Btf::size_of(std::uint32_t id) const {
    std::uint64_t elements = 1;
    for (unsigned depth = 0; depth < kDeepest; ++depth) {
        const auto known = type(id);
        if (!known) return std::nullopt;
        std::optional<std::uint64_t> size;
        if (std::ranges::find(kSized, known->kind) != kSized.end()) size = known->size_or_type;
        if (known->kind == BTF_KIND_PTR) size = pointer_size_;
        if (size) {
            if (elements != 0 && *size > std::numeric_limits<std::uint32_t>::max() / elements) return std::nullopt;
            return *size * elements;
        }
        if (known->kind == BTF_KIND_ARRAY) {
            const auto array = record_at<btf_array>(known->parts, 0);
            if (array.nelems != 0 && elements > std::numeric_limits<std::uint32_t>::max() / array.nelems)
                return std::nullopt;
            elements *= array.nelems;
            id = array.type;
        } else if (known->is_alias() || known->kind == BTF_KIND_VAR) {
            id = known->size_or_type;
        } else {
            return std::nullopt;
        }
    }
    return std::nullopt;
}

std::uint32_t Btf::plain(std::uint32_t id) const {
    for (unsigned depth = 0; depth < kDeepest; ++depth) {
        const auto known = type(id);
        if (!known) return 0;
        if (!known->is_alias()) return id;
        id = known->size_or_type;
    }
    return 0;
}

}  // namespace kstrax
