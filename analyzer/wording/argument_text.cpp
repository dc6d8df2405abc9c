// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/wording/argument_text.hpp"

#include <algorithm>
#include <iterator>

#include "analyzer/arch/architecture.hpp"
#include "analyzer/sinks/numbers.hpp"

namespace kstrax {

namespace {

ValueMachines values_of(std::uint32_t audit_arch) {
    const Architecture* known = architecture_of_audit(audit_arch);
    return known == nullptr ? ValueMachines::X86 : known->values;
}

void append_octal(TextBuffer& out, std::uint32_t word) {
    if (word != 0) out.push_back('0');
    fmt::format_to(std::back_inserter(out), "{:o}", word);
}

void append_bits(TextBuffer& out, std::uint64_t word) {
    if (word == 0) out.push_back('0');
    else append_hex(out, word);
}

}  // namespace

ArgumentMeanings::ArgumentMeanings(std::uint32_t audit_arch, std::uint8_t word_size)
    : names_(audit_arch), audit_arch_(audit_arch), word_size_(word_size), values_(values_of(audit_arch)) {}

const std::vector<const CallForm*>& ArgumentMeanings::forms(std::uint16_t abi, std::uint16_t nr) const {
    const auto [at, is_new] = found_.try_emplace(std::uint32_t{abi} << 16 | nr);
    const Syscall* call = is_new ? names_.find(abi, nr) : nullptr;
    if (call == nullptr) return at->second;
    const SyscallTable* table = syscall_table(audit_arch_, abi);
    for (const CallForm& form : call_forms())
        if (form.call == call->name && (form.table.empty() || form.table == table->name)) at->second.push_back(&form);
    return at->second;
}

const CallForm* ArgumentMeanings::form_of(std::uint16_t abi, std::uint16_t nr,
                                          std::span<const std::uint64_t> words) const {
    for (const CallForm* form : forms(abi, nr)) {
        if (form->when < 0) return form;
        const auto at = static_cast<std::size_t>(form->when);
        if (at < words.size() && (static_cast<std::uint32_t>(words[at]) & form->mask) == form->value) return form;
    }
    return nullptr;
}

void ArgumentMeanings::append_flags(TextBuffer& out, const ValueKind& kind, std::uint32_t word) const {
    std::uint32_t rest = word;
    bool first = true;
    const auto put = [&](std::string_view name) {
        if (!first) out.push_back('|');
        kstrax::append(out, name);
        first = false;
    };
    for (const NamedValue& value : kind.values) {
        if (!is_of(value.machines)) continue;
        const bool in_mask = kind.mask != 0 && (value.value & ~kind.mask) == 0;
        if (in_mask            ? (word & kind.mask) != value.value
            : value.value == 0 ? word != 0
                               : (rest & value.value) != value.value)
            continue;
        rest &= ~value.value;
        put(value.name);
    }
    if (rest == 0 && !first) return;
    if (!first) out.push_back('|');
    append_bits(out, rest);
}

void ArgumentMeanings::append_named(TextBuffer& out, const ValueKind& kind, std::uint32_t word) const {
    if (kind.flags) {
        append_flags(out, kind, word);
        return;
    }
    for (const NamedValue& value : kind.values) {
        if (value.value != word || !is_of(value.machines)) continue;
        kstrax::append(out, value.name);
        return;
    }
    if (kind.other != ArgumentForm::Bits) append_number(out, static_cast<std::int32_t>(word));
    else append_bits(out, word);
}

void ArgumentMeanings::append(TextBuffer& out, const ArgumentKind& kind, std::uint16_t abi, std::uint64_t word) const {
    const bool narrow = word_size_ == 4 || abi == kAbiCompat;
    const auto low = static_cast<std::uint32_t>(word);
    if (narrow) word = low;
    switch (kind.form) {
        case ArgumentForm::Int:
        case ArgumentForm::Descriptor:
            append_number(out, static_cast<std::int32_t>(low));
            break;
        case ArgumentForm::Unsigned:
            append_number(out, low);
            break;
        case ArgumentForm::Long:
            append_number(out, narrow ? static_cast<std::int32_t>(low) : static_cast<std::int64_t>(word));
            break;
        case ArgumentForm::ULong:
            append_number(out, word);
            break;
        case ArgumentForm::Octal:
            append_octal(out, low);
            break;
        case ArgumentForm::Bits:
            append_bits(out, word);
            break;
        case ArgumentForm::Pointer:
            if (word == 0) kstrax::append(out, "NULL");
            else append_hex(out, word);
            break;
        case ArgumentForm::Named:
            append_named(out, *kind.values, low);
            break;
    }
}

}  // namespace kstrax
