// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/kernel/stack/code_names.hpp"

#include <elf.h>
#include <fmt/core.h>

#include <algorithm>
#include <array>

namespace kstrax {

namespace {

struct CodeBorders {
    std::string_view first, end;
};
/// Source: include/asm-generic/vmlinux.lds.h.
constexpr std::array kCode{CodeBorders{"_stext", "_etext"}, CodeBorders{"_sinittext", "_einittext"}};
constexpr std::array kData{CodeBorders{"_sdata", "_edata"}, CodeBorders{"__bss_start", "__bss_stop"}};
constexpr CodeBorders kScheduler{"__sched_text_start", "__sched_text_end"};

constexpr std::uint64_t kMostSymbols = 1 << 18;
constexpr std::size_t kMostKnown = 1 << 16;  // answers kept; hostile stacks ask for any
constexpr std::size_t kLongestName = 512;    // KSYM_NAME_LEN

struct ModuleSymbolForm {
    std::uint64_t size, value, section;
};
constexpr ModuleSymbolForm kForm64{sizeof(Elf64_Sym), offsetof(Elf64_Sym, st_value), offsetof(Elf64_Sym, st_shndx)};
constexpr ModuleSymbolForm kForm32{sizeof(Elf32_Sym), offsetof(Elf32_Sym, st_value), offsetof(Elf32_Sym, st_shndx)};

}  // namespace

std::string CodePlace::text(VirtAddr code) const {
    std::string text =
        name.empty() ? fmt::format("{:#x}", code.value) : fmt::format("{}+{:#x}", name, code.value - start.value);
    if (!module.empty()) text += fmt::format(" [{}]", module);
    return text;
}

std::string CodePlace::text_of_data(VirtAddr at) const {
    if (at.value != start.value || name.empty()) return text(at);
    return module.empty() ? name : fmt::format("{} [{}]", name, module);
}

CodeNames::CodeNames(KernelReader memory, const FindMember& member, const FindSymbol& find, FindNearest nearest,
                     std::vector<KernelModule> modules)
    : memory_(std::move(memory)), nearest_(std::move(nearest)), modules_(std::move(modules)) {
    const auto range = [&](const CodeBorders& borders) {
        const auto first = find(borders.first);
        const auto end = find(borders.end);
        return first && end ? CodeRange{first->value, end->value} : CodeRange{};
    };
    for (const CodeBorders& borders : kCode) code_.push_back(range(borders));
    for (const CodeBorders& borders : kData) data_.push_back(range(borders));
    scheduler_ = range(kScheduler);
    table_ = member("module", "kallsyms");
    table_symbols_ = member("mod_kallsyms", "symtab");
    table_count_ = member("mod_kallsyms", "num_symtab");
    table_texts_ = member("mod_kallsyms", "strtab");
}

const CodePlace* CodeNames::at(VirtAddr code) {
    if (known_.size() >= kMostKnown) known_.clear();
    auto found = known_.find(code.value);
    if (found == known_.end()) found = known_.emplace(code.value, find_place(code)).first;
    return found->second ? &*found->second : nullptr;
}

const CodePlace* CodeNames::of_return(VirtAddr address) {
    // Kept under an address of its own: the last byte of the call.
    return at({address.value - 1});
}

const KernelModule* CodeNames::module_at(VirtAddr code) const {
    for (const KernelModule& module : modules_)
        for (const ModuleRange& part : module.memory)
            if (code.value - part.start.value < part.size) return &module;
    return nullptr;
}

std::optional<CodePlace> CodeNames::find_place(VirtAddr code) {
    if (const KernelModule* module = module_at(code)) return in_module(*module, code);
    if (std::ranges::none_of(code_, [&](const CodeRange& range) { return range.contains(code); })) return std::nullopt;
    auto nearest = nearest_(code);
    if (!nearest) return std::nullopt;
    return CodePlace{nearest->address, std::move(nearest->name), {}};
}

std::optional<CodePlace> CodeNames::data_at(VirtAddr at) {
    if (const KernelModule* module = module_at(at)) return in_module(*module, at);
    const auto range = std::ranges::find_if(data_, [&](const CodeRange& one) { return one.contains(at); });
    if (range == data_.end()) return std::nullopt;
    auto nearest = nearest_(at);
    // Kernels may keep no symbols of variables: what is nearest then is code.
    if (!nearest || !range->contains(nearest->address)) return std::nullopt;
    return CodePlace{nearest->address, std::move(nearest->name), {}};
}

std::optional<CodePlace> CodeNames::in_module(const KernelModule& module, VirtAddr code) {
    auto found = of_modules_.find(module.address.value);
    if (found == of_modules_.end()) found = of_modules_.emplace(module.address.value, symbols_of(module)).first;
    const auto& sorted = found->second.sorted;
    const auto behind = std::ranges::upper_bound(sorted, code.value, {}, &ModuleSymbol::address);
    // The module's parts lie apart: a symbol of another part does not name this one.
    const auto holds_both = [&](const ModuleRange& part) {
        return code.value - part.start.value < part.size && (behind - 1)->address - part.start.value < part.size;
    };
    if (behind == sorted.begin() || std::ranges::none_of(module.memory, holds_both))
        return CodePlace{code, {}, module.name};
    // Of several at one address the first, as /proc has it.
    const auto symbol =
        std::ranges::lower_bound(sorted.begin(), behind, (behind - 1)->address, {}, &ModuleSymbol::address);
    return CodePlace{{symbol->address}, text_at(found->second.texts + symbol->name), module.name};
}

CodeNames::ModuleSymbols CodeNames::symbols_of(const KernelModule& module) {
    ModuleSymbols symbols;
    if (!table_ || !table_symbols_ || !table_count_ || !table_texts_) return symbols;
    const auto table = memory_.pointer(module.address.value + table_->offset);
    if (!table) return symbols;
    const auto first = memory_.pointer(*table + table_symbols_->offset);
    const auto count = memory_.number(*table + table_count_->offset, table_count_->size);
    symbols.texts = memory_.pointer(*table + table_texts_->offset).value_or(0);
    const ModuleSymbolForm& form = memory_.word_size() == 8 ? kForm64 : kForm32;
    for (std::uint64_t i = 0; first && i < std::min(count.value_or(0), kMostSymbols); ++i) {
        const std::uint64_t at = *first + i * form.size;
        const auto name = memory_.number(at, 4);
        const auto value = memory_.pointer(at + form.value);
        const auto section = memory_.number(at + form.section, 2);
        if (!name || !value || !section) break;
        if (*name == 0 || *section == SHN_UNDEF) continue;
        symbols.sorted.push_back({*value, static_cast<std::uint32_t>(*name)});
    }
    // Nameless for people: the assembler's own labels.
    std::erase_if(symbols.sorted, [&](const ModuleSymbol& symbol) {
        const auto first_byte = memory_.number(symbols.texts + symbol.name, 1);
        return !first_byte || *first_byte == 0 || *first_byte == '.' || *first_byte == '$';
    });
    std::ranges::stable_sort(symbols.sorted, {}, &ModuleSymbol::address);
    return symbols;
}

std::string CodeNames::text_at(std::uint64_t at) {
    std::string text;
    for (std::optional<std::uint64_t> byte; text.size() < kLongestName; text += static_cast<char>(*byte)) {
        byte = memory_.number(at + text.size(), 1);
        if (!byte || *byte == 0) break;
    }
    return text;
}

}  // namespace kstrax
