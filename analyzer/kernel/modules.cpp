// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/modules.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <unordered_set>

#include "analyzer/kernel/kernel_reader.hpp"
#include "analyzer/kernel/module_places.hpp"

namespace kstrax {

namespace {

constexpr std::uint64_t kMostModules = 1 << 16;
constexpr std::uint64_t kLongestName = 256;  // MODULE_NAME_LEN is 56 or 64
constexpr std::uint64_t kMostParts = 16;     // MOD_MEM_NUM_TYPES is 7
constexpr std::uint64_t kMostExports = 1 << 16;

/// A place in struct module that says where some of its memory lies.
struct PartMembers {
    Member base, size;
};

/// Since ac3b43283923 (6.4) an array of parts, by what they are for; before, one part to stay and
/// one to be freed once the module has started.
std::vector<PartMembers> part_members(const KernelTypes& types) {
    const auto base = types.member("module_memory", "base");
    const auto size = types.member("module_memory", "size");
    const auto stride = types.size("module_memory");
    const auto parts = types.member("module", "mem");
    std::vector<PartMembers> found;
    if (base && size && stride && parts && *stride > 0) {
        for (std::uint64_t i = 0; i < std::min(parts->size / *stride, kMostParts); ++i) {
            found.push_back({*base, *size});
            found.back().base.offset += parts->offset + i * *stride;
            found.back().size.offset += parts->offset + i * *stride;
        }
        return found;
    }
    const auto core_base = types.member("module", "core_layout.base");
    const auto core_size = types.member("module", "core_layout.size");
    if (core_base && core_size) found.push_back({*core_base, *core_size});
    return found;
}

KernelModule module_at(KernelReader& memory, std::uint64_t at, const Member& name, std::span<const PartMembers> parts) {
    KernelModule module{.address = {at}, .name = {}, .memory = {}};
    std::vector<std::byte> text(static_cast<std::size_t>(std::min(name.size, kLongestName)));
    if (memory.read(at + name.offset, text)) module.name = bounded_text(as_text(text));
    for (const PartMembers& part : parts) {
        const auto start = memory.pointer(at + part.base.offset);
        const auto size = memory.number(at + part.size.offset, part.size.size);
        if (start && size && *start != 0 && *size != 0) module.memory.push_back({{*start}, *size});
    }
    return module;
}

/// Has it a module's name, and is its struct module part of its own memory, as that of every module?
bool is_module(const KernelModule& module) {
    return may_name_a_module(module.name) && std::ranges::any_of(module.memory, [&](const ModuleRange& part) {
               return module.address >= part.start && module.address.value - part.start.value < part.size;
           });
}

/// The tables of exports that a module may have.
struct ExportTable {
    std::string_view symbols, count;
};
constexpr std::array kExportTables{ExportTable{"gpl_syms", "num_gpl_syms"}, ExportTable{"syms", "num_syms"}};

/// One entry of a table of exports: addresses, or since 7290d5809571 (4.19) where the
/// architecture can, 32-bit distances from their own place.
class ExportEntry {
  public:
    static std::optional<ExportEntry> of(const KernelTypes& types) {
        const auto size = types.size("kernel_symbol");
        auto value = types.member("kernel_symbol", "value_offset");
        auto name = types.member("kernel_symbol", "name_offset");
        const bool relative = value && name;
        if (!relative) {
            value = types.member("kernel_symbol", "value");
            name = types.member("kernel_symbol", "name");
        }
        if (!size || *size == 0 || !value || !name) return std::nullopt;
        return ExportEntry(*size, *value, *name, relative);
    }
    [[nodiscard]] std::uint64_t size() const { return size_; }
    [[nodiscard]] std::optional<std::uint64_t> value(KernelReader& memory, std::uint64_t entry) const {
        return target(memory, entry + value_.offset);
    }
    [[nodiscard]] std::optional<std::uint64_t> name(KernelReader& memory, std::uint64_t entry) const {
        return target(memory, entry + name_.offset);
    }

  private:
    ExportEntry(std::uint64_t size, Member value, Member name, bool relative)
        : size_(size), value_(value), name_(name), relative_(relative) {}

    [[nodiscard]] std::optional<std::uint64_t> target(KernelReader& memory, std::uint64_t at) const {
        if (!relative_) return memory.pointer(at);
        const auto distance = memory.number(at, sizeof(std::int32_t));
        if (!distance) return std::nullopt;
        return at + static_cast<std::uint64_t>(static_cast<std::int32_t>(*distance));
    }

    std::uint64_t size_;
    Member value_, name_;
    bool relative_;
};

bool text_at_is(KernelReader& memory, std::uint64_t at, std::string_view text) {
    std::vector<std::byte> bytes(text.size() + 1);
    return memory.read(at, bytes) && bytes.back() == std::byte{0} && as_text(Bytes(bytes).first(text.size())) == text;
}

}  // namespace

Result<ModuleList> read_modules(KernelSpace& space, const KernelTypes& types, const FindSymbol& find,
                                std::uint64_t memory_size) {
    const auto list = types.member("module", "list");
    const auto name = types.member("module", "name");
    const auto parts = part_members(types);
    const auto named = find("modules");
    if (!list || !name || parts.empty())
        return Error{ErrorCode::NotFound, "BTF: struct module has no list, no name or no memory"};
    KernelReader memory(space);
    const auto read = [&](std::uint64_t node) { return module_at(memory, node - list->offset, *name, parts); };

    // Without a symbol, any module leads to the others, and to the head among them, which is none.
    ModuleList found;
    std::uint64_t head = 0;
    if (named) {
        head = named->value;
    } else {
        const auto is_it = [&](VirtAddr at) { return is_module(read(at.value + list->offset)); };
        const auto any = any_module_in_memory(space, is_it);
        if (!any) return any.error().in("the kernel's symbols have no list of modules, and none is found without them");
        head = any->at.value + list->offset;
        found.modules.push_back(read(head));
    }

    const std::uint64_t most =
        std::min(kMostModules, memory_size / std::max<std::uint64_t>(1, types.size("module").value_or(1)) + 1);
    std::unordered_set<std::uint64_t> seen;
    std::size_t before_head = 0;
    // From the head on; `to_next`: from a node to what leads on. True where it leads back to the head.
    const auto follow = [&](std::uint64_t to_next, std::vector<KernelModule>& modules) {
        auto node = memory.pointer(head + to_next);
        while (node && *node != head && seen.size() < most && seen.insert(*node).second) {
            KernelModule one = read(*node);
            node = memory.pointer(*node + to_next);
            if (!named && node && !is_module(one)) before_head = modules.size();
            else if (node || !one.name.empty()) modules.push_back(std::move(one));
        }
        return node && *node == head;
    };
    if (follow(0, found.modules)) {
        const auto newest = found.modules.begin() + static_cast<std::ptrdiff_t>(before_head);
        std::rotate(found.modules.begin(), newest, found.modules.end());
        return found;
    }
    const std::size_t forwards = found.modules.size();
    std::vector<KernelModule> backwards;
    if (list->size >= std::uint64_t{2} * memory.word_size()) (void)follow(memory.word_size(), backwards);
    found.modules.insert(found.modules.end(), backwards.rbegin(), backwards.rend());
    found.damage = fmt::format(
        "the kernel's list of modules breaks off after {}; {} more are known by the list read "
        "backwards",
        forwards, backwards.size());
    return found;
}

std::optional<VirtAddr> exported_symbol(KernelSpace& space, const KernelTypes& types, const KernelModule& module,
                                        std::string_view name) {
    const auto form = ExportEntry::of(types);
    if (!form) return std::nullopt;
    KernelReader memory(space);
    for (const ExportTable& table : kExportTables) {
        const auto symbols = types.member("module", table.symbols);
        const auto number = types.member("module", table.count);
        if (!symbols || !number) continue;
        const auto first = memory.pointer(module.address.value + symbols->offset);
        const auto count = memory.number(module.address.value + number->offset, number->size);
        for (std::uint64_t i = 0; first && i < std::min(count.value_or(0), kMostExports); ++i) {
            const std::uint64_t entry = *first + i * form->size();
            const auto text = form->name(memory, entry);
            if (!text || !text_at_is(memory, *text, name)) continue;
            if (const auto value = form->value(memory, entry)) return VirtAddr{*value};
        }
    }
    return std::nullopt;
}

}  // namespace kstrax
