// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/kernel/typed_kernel.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

namespace kstrax::test {

namespace {

constexpr std::uint64_t kDirect = 0xffff888000000000;
constexpr std::uint64_t kImage = 0xffffffff80000000;
constexpr std::uint64_t kLargePage = 1 << 21;

const TableForm& four_levels() { return *find_form(*architecture_named("x86_64"), "4 levels"); }

}  // namespace

TypedKernel::TypedKernel(const std::vector<BtfStruct>& structs)
    : structs_(structs), memory_(4096, 4096), view_(memory_), tables_(memory_, four_levels()) {
    tables_.map(kImage + tables_.root().value, tables_.root());
    const std::size_t level = four_levels().level_count - std::size_t{2};
    for (std::uint64_t at = 0; at < memory_.size(); at += kLargePage) tables_.map_large(kDirect + at, {at}, level);
    vmcoreinfo_ =
        fmt::format("PAGESIZE=4096\nSYMBOL(swapper_pg_dir)={:x}\nNUMBER(phys_base)=0\n", kImage + tables_.root().value);
    const std::string btf = btf_image(structs);
    const std::uint64_t at = make_bytes(btf.size());
    put_text(at, btf);
    name("__start_BTF", at);
    name("__stop_BTF", at + btf.size());
}

std::uint64_t TypedKernel::make_bytes(std::uint64_t size) {
    return kDirect + memory_.take((size + memory_.page_size() - 1) / memory_.page_size()).value;
}

void TypedKernel::map(std::uint64_t also, std::uint64_t address) { tables_.map(also, {address - kDirect}); }

std::uint64_t TypedKernel::make(std::string_view type) { return make_bytes(*types().size(type)); }

std::uint64_t TypedKernel::at(std::uint64_t address, std::string_view type, std::string_view member) const {
    const auto found = types().member(type, member);
    if (!found) throw std::runtime_error(fmt::format("the test's kernel has no {}.{}", type, member));
    return address + found->offset;
}

void TypedKernel::set(std::uint64_t address, std::string_view type, std::string_view member, std::uint64_t value) {
    // Of a member of two words (struct list_head), the first.
    const std::uint64_t size = std::min<std::uint64_t>(types().member(type, member)->size, sizeof value);
    put(at(address, type, member), value, static_cast<std::size_t>(size));
}

void TypedKernel::set(std::uint64_t address, std::string_view type, std::string_view member, std::string_view text) {
    put_text(at(address, type, member), text);
}

void TypedKernel::put(std::uint64_t address, std::uint64_t value, std::size_t size) {
    memory_.write({address - kDirect}, bytes_of(value).first(size));
}

void TypedKernel::put_text(std::uint64_t address, std::string_view text) {
    memory_.write({address - kDirect}, as_bytes(text));
}

void TypedKernel::drop(std::uint64_t address) { memory_.drop({address - kDirect}); }

std::uint64_t TypedKernel::word(std::uint64_t address) const { return memory_.get<std::uint64_t>({address - kDirect}); }

void TypedKernel::append(std::uint64_t head, std::uint64_t node) {
    const std::uint64_t last = word(head + 8);
    put(node, head);
    put(node + 8, last);
    put(last, node);
    put(head + 8, node);
}

FindSymbol TypedKernel::find() const {
    return [this](std::string_view symbol) -> std::optional<VirtAddr> {
        const auto found = symbols_.find(symbol);
        if (found == symbols_.end()) return std::nullopt;
        return VirtAddr{found->second};
    };
}

KernelTypes TypedKernel::types() const {
    auto opened = KernelTypes::open(large_bytes(btf_image(structs_)), 8);
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(*opened);
}

KernelSpace TypedKernel::space() const {
    auto opened = KernelSpace::open(view_, vmcoreinfo_, architecture_named("x86_64"));
    if (!opened) throw std::runtime_error(opened.error().message);
    return std::move(*opened);
}

}  // namespace kstrax::test
