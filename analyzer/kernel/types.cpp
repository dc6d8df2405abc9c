// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/types.hpp"

#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <vector>

namespace kstrax {

namespace {

constexpr std::uint64_t kMostBytes = 32 << 20;  // Debian's kernels have 4 to 6 MB
constexpr std::size_t kLongestName = 512;       // KSYM_NAME_LEN; a hostile name is as long as all strings
constexpr unsigned kDeepest = 16;               // anonymous structs in one another
constexpr std::uint32_t kMostSteps = 1 << 20;   // members looked at for one name; task_struct has some 300

/// libbpf hands out nothing but texts that end within its strings.
std::string_view name_of(const btf* types, std::uint32_t offset) {
    const char* name = btf__name_by_offset(types, offset);
    return name == nullptr ? std::string_view() : std::string_view(name, strnlen(name, kLongestName));
}

}  // namespace

void KernelTypes::Free::operator()(btf* types) const { btf__free(types); }

KernelTypes::KernelTypes(std::unique_ptr<btf, Free> types) : types_(std::move(types)) {
    const std::uint32_t count = btf__type_cnt(types_.get());
    for (std::uint32_t id = 1; id < count; ++id) {
        const btf_type* type = btf__type_by_id(types_.get(), id);
        if (type != nullptr && btf_is_composite(type) && type->name_off != 0)
            structs_.try_emplace(name_of(types_.get(), type->name_off), id);
    }
}

Result<KernelTypes> KernelTypes::open(Bytes bytes) {
    libbpf_set_print(nullptr);  // it would tell of damage on standard error
    if (bytes.size() > kMostBytes)
        return Error{ErrorCode::Corrupt, fmt::format("{} bytes of BTF: that many no kernel has", bytes.size())};
    // It holds the sizes of header, types and strings against the bytes; ids and offsets
    // of names only when they are asked for.
    std::unique_ptr<btf, Free> types(btf__new(bytes.data(), static_cast<std::uint32_t>(bytes.size())));
    if (!types) return Error{ErrorCode::Corrupt, "what should be BTF is none, or damaged"};
    return KernelTypes(std::move(types));
}

/// Behind typedefs and qualifiers; 0 (void) where they lead nowhere.
std::uint32_t KernelTypes::plain(std::uint32_t id) const {
    for (unsigned depth = 0; depth < kDeepest; ++depth) {
        const btf_type* type = btf__type_by_id(types_.get(), id);
        if (type == nullptr) return 0;
        if (!btf_is_mod(type) && !btf_is_typedef(type) && !btf_is_type_tag(type)) return id;
        id = type->type;
    }
    return 0;
}

std::optional<KernelTypes::Found> KernelTypes::find(std::uint32_t id, std::string_view name, unsigned depth,
                                                    std::uint32_t& steps) const {
    const btf_type* type = btf__type_by_id(types_.get(), plain(id));
    if (type == nullptr || !btf_is_composite(type) || depth > kDeepest) return std::nullopt;
    const btf_member* members = btf_members(type);
    const std::uint32_t count = btf_vlen(type);
    for (std::uint32_t i = 0; i < count; ++i) {
        if (++steps > kMostSteps) return std::nullopt;
        const std::uint32_t bit = btf_member_bit_offset(type, i);
        if (members[i].name_off == 0) {
            auto inner = find(members[i].type, name, depth + 1, steps);
            if (!inner) continue;
            inner->member.offset += bit / 8;
            return inner;
        }
        if (name_of(types_.get(), members[i].name_off) != name) continue;
        const auto size = btf__resolve_size(types_.get(), members[i].type);
        Found found{
            .member = {.offset = bit / 8, .size = static_cast<std::uint64_t>(std::max<decltype(size)>(size, 0))},
            .type = members[i].type};
        found.member.bits = btf_member_bitfield_size(type, i);
        if (found.member.bits > 0) found.member.first_bit = bit % 8;
        return found;
    }
    return std::nullopt;
}

std::optional<Member> KernelTypes::member(std::string_view type, std::string_view path) const {
    const auto start = structs_.find(type);
    if (start == structs_.end()) return std::nullopt;
    Found found{.member = {}, .type = start->second};
    std::uint32_t steps = 0;
    while (true) {
        const std::size_t end = std::min(path.find('.'), path.size());
        auto next = find(found.type, path.substr(0, end), 0, steps);
        if (!next) return std::nullopt;
        next->member.offset += found.member.offset;
        found = *next;
        if (end == path.size()) return found.member;
        path.remove_prefix(end + 1);
    }
}

std::optional<std::uint64_t> KernelTypes::size(std::string_view type) const {
    const auto found = structs_.find(type);
    if (found == structs_.end()) return std::nullopt;
    return btf__type_by_id(types_.get(), found->second)->size;
}

FindMember KernelTypes::finder() const {
    return [this](std::string_view type, std::string_view path) -> std::optional<Member> {
        if (!path.empty()) return member(type, path);
        const auto whole = size(type);
        if (!whole) return std::nullopt;
        return Member{.size = *whole};
    };
}

Result<KernelTypes> read_kernel_types(KernelSpace& space, const FindSymbol& find) {
    const auto start = find("__start_BTF");
    const auto stop = find("__stop_BTF");
    if (!start || !stop)
        return Error{ErrorCode::NotFound, "the kernel's symbols name no BTF (__start_BTF, __stop_BTF)"};
    if (*stop <= *start || stop->value - start->value > kMostBytes)
        return Error{ErrorCode::Corrupt, fmt::format("__start_BTF {:#x} and __stop_BTF {:#x} hold no BTF between them",
                                                     start->value, stop->value)};
    std::vector<std::byte> bytes(static_cast<std::size_t>(stop->value - start->value));
    if (const auto read = space.read(*start, bytes); !read) return read.error().in("the kernel's BTF");
    return KernelTypes::open(bytes);
}

}  // namespace kstrax
