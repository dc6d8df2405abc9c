// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/btf/kernel_types.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <tuple>

namespace kstrax {

namespace {

constexpr std::uint64_t kMostBytes = 32 << 20;  // Debian's kernels have 4 to 6 MB
constexpr unsigned kDeepest = 16;               // anonymous structs in one another
constexpr std::uint32_t kMostSteps = 1 << 20;   // members looked at for one name; task_struct has some 300

/// FNV-1a.
std::uint32_t hash_of(std::string_view name) {
    std::uint32_t hash = 2166136261;
    for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
    return hash;
}

}  // namespace

KernelTypes::KernelTypes(Btf types) : types_(std::move(types)) {
    for (std::uint32_t id = 1; id < types_.count(); ++id) {
        const auto type = types_.type(id);
        if (type && type->is_composite() && type->name != 0) structs_.push_back({hash_of(types_.text(type->name)), id});
    }
    std::ranges::sort(structs_, {}, [](const Named& one) { return std::tuple(one.hash, one.type); });
}

Result<KernelTypes> KernelTypes::open(LargeBytes bytes, std::uint8_t word_size) {
    if (bytes.size() > kMostBytes)
        return Error{ErrorCode::Corrupt, fmt::format("{} bytes of BTF: that many no kernel has", bytes.size())};
    auto types = Btf::open(std::move(bytes), word_size);
    if (!types) return types.error();
    return KernelTypes(std::move(*types));
}

std::optional<std::uint32_t> KernelTypes::find_struct(std::string_view name) const {
    const std::uint32_t hash = hash_of(name);
    for (auto one = std::ranges::lower_bound(structs_, hash, {}, &Named::hash);
         one != structs_.end() && one->hash == hash; ++one)
        if (types_.text(types_.type(one->type)->name) == name) return one->type;
    return std::nullopt;
}

std::optional<KernelTypes::Found> KernelTypes::find(std::uint32_t id, std::string_view name, unsigned depth,
                                                    std::uint32_t& steps) const {
    const auto type = types_.type(types_.plain(id));
    if (!type || !type->is_composite() || depth > kDeepest) return std::nullopt;
    for (std::uint32_t i = 0; i < type->part_count; ++i) {
        if (++steps > kMostSteps) return std::nullopt;
        const StructMember member = Btf::member(*type, i);
        if (member.name == 0) {
            auto inner = find(member.type, name, depth + 1, steps);
            if (!inner) continue;
            inner->member.offset += member.first_bit / 8;
            return inner;
        }
        if (types_.text(member.name) != name) continue;
        Found found{.member = {.offset = member.first_bit / 8, .size = types_.size_of(member.type).value_or(0)},
                    .type = member.type};
        found.member.bits = member.bits;
        if (member.bits > 0) found.member.first_bit = member.first_bit % 8;
        return found;
    }
    return std::nullopt;
}

std::optional<Member> KernelTypes::member(std::string_view type, std::string_view path) const {
    const auto start = find_struct(type);
    if (!start) return std::nullopt;
    Found found{.member = {}, .type = *start};
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
    const auto found = find_struct(type);
    if (!found) return std::nullopt;
    return types_.type(*found)->size_or_type;
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
    LargeBytes bytes(static_cast<std::size_t>(stop->value - start->value));
    if (const auto read = space.read(*start, bytes); !read) return read.error().in("the kernel's BTF");
    return KernelTypes::open(std::move(bytes), space.architecture().word_size);
}

}  // namespace kstrax
