// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/kernel/kallsyms_image.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <stdexcept>

namespace kstrax::test {

namespace {

/// Tokens as scripts/kallsyms.c leaves them: characters that occur stand for themselves, the others' numbers for pairs.
struct Tokens {
    explicit Tokens(const std::vector<TestSymbol>& symbols) {
        for (const TestSymbol& symbol : symbols)
            for (const char c : symbol.type + symbol.name) texts[static_cast<unsigned char>(c)] = std::string(1, c);
        for (char c = '0'; c <= '9'; ++c) texts[static_cast<unsigned char>(c)] = std::string(1, c);
        static constexpr std::string_view kPairs[] = {"T_", "st", "ex", "_text", "long", "Tl", "in"};
        std::size_t next = 0;
        for (std::string& text : texts)
            if (text.empty()) text = next < std::size(kPairs) ? kPairs[next++] : "";
    }
    /// The longest token that fits, each time.
    [[nodiscard]] std::string compress(std::string_view text) const {
        std::string out;
        while (!text.empty()) {
            std::size_t best = static_cast<unsigned char>(text[0]);
            for (std::size_t i = 0; i < texts.size(); ++i)
                if (text.starts_with(texts[i]) && texts[i].size() > texts[best].size()) best = i;
            out.push_back(static_cast<char>(best));
            text.remove_prefix(texts[best].size());
        }
        return out;
    }
    std::array<std::string, 256> texts;
};

template <typename T>
void append(std::string& image, T value) {
    image += as_text(bytes_of(value));
}

void align(std::string& image) {
    while (image.size() % 8 != 0) image.push_back('\0');
}

std::string name_of(const Tokens& tokens, const TestSymbol& symbol, bool wide) {
    const std::string text = tokens.compress(symbol.type + symbol.name);
    std::string out;
    if (wide && text.size() >= 128) {
        out.push_back(static_cast<char>((text.size() & 0x7f) | 0x80));
        out.push_back(static_cast<char>(text.size() >> 7));
    } else {
        out.push_back(static_cast<char>(text.size()));
    }
    return out + text;
}

}  // namespace

KallsymsImage::KallsymsImage(const KallsymsForm& form, const std::vector<TestSymbol>& symbols) {
    const Tokens tokens(symbols);
    std::string image(4080, '\x90');  // the places begin at the end of a page
    const auto part = [&](std::string_view name) {
        align(image);
        parts_.emplace_back(name, kTables + image.size());
    };
    part("places");
    for (const TestSymbol& symbol : symbols) {
        const std::uint64_t below = kText - 1 - symbol.address;
        const std::uint64_t here = kTables + image.size();
        if (form.places == Places::Absolute) append(image, symbol.address);
        else if (form.places == Places::BaseRelative) append(image, static_cast<std::uint32_t>(symbol.address - kText));
        else if (form.places == Places::PlaceRelative) append(image, static_cast<std::uint32_t>(symbol.address - here));
        else append(image, static_cast<std::uint32_t>(symbol.address < kText ? symbol.address : below));
    }
    const bool relative = form.places == Places::BaseRelative || form.places == Places::PerCpuAbsolute;
    if (relative) {
        part("base");
        append(image, kText);
    }
    part("count");
    append(image, static_cast<std::uint32_t>(symbols.size()));
    part("names");
    const std::size_t names = image.size();
    std::vector<std::uint32_t> markers;
    for (std::size_t i = 0; i < symbols.size(); ++i) {
        if (i % 256 == 0) markers.push_back(static_cast<std::uint32_t>(image.size() - names));
        image += name_of(tokens, symbols[i], form.wide);
    }
    part("markers");
    for (const std::uint32_t marker : markers) append(image, marker);
    part("tokens");
    std::string index;
    const std::size_t texts = image.size();
    for (const std::string& text : tokens.texts) {
        append(index, static_cast<std::uint16_t>(image.size() - texts));
        image += text;
        image.push_back('\0');
    }
    part("token_index");
    image += index;

    const std::uint64_t directory = 0xffffffff80000000 + tables_.root().value;
    map(directory, tables_.root());
    while (image.size() % 4096 != 0) image.push_back('\0');
    for (std::size_t at = 0; at < image.size(); at += 4096)
        memory.write(map(kTables + at), as_bytes(std::string_view(image).substr(at, 4096)));
    vmcoreinfo = fmt::format(
        "OSRELEASE=6.1.0-test\nBUILD-ID=00112233\nPAGESIZE=4096\nSYMBOL(swapper_pg_dir)={:x}\n"
        "SYMBOL(_stext)={:x}\nNUMBER(phys_base)=0\n",
        directory, kText);
    if (!form.named) return;
    static constexpr std::pair<std::string_view, std::string_view> kNames[] = {{"kallsyms_names", "names"},
                                                                               {"kallsyms_num_syms", "count"},
                                                                               {"kallsyms_token_table", "tokens"},
                                                                               {"kallsyms_token_index", "token_index"}};
    for (const auto& [symbol, name] : kNames) vmcoreinfo += fmt::format("SYMBOL({})={:x}\n", symbol, at(name));
    vmcoreinfo += fmt::format(
        "SYMBOL({})={:x}\n", form.places == Places::Absolute ? "kallsyms_addresses" : "kallsyms_offsets", at("places"));
    if (relative) vmcoreinfo += fmt::format("SYMBOL(kallsyms_relative_base)={:x}\n", at("base"));
}

std::uint64_t KallsymsImage::at(std::string_view part) const {
    for (const auto& [name, address] : parts_)
        if (name == part) return address;
    throw std::invalid_argument(std::string(part));
}

PhysAddr KallsymsImage::phys(std::uint64_t at) const { return pages_.at(at / 4096 * 4096) + at % 4096; }

void KallsymsImage::map(std::uint64_t at, PhysAddr page) {
    tables_.map(at, page);
    pages_[at] = page;
}

PhysAddr KallsymsImage::map(std::uint64_t at) {
    const PhysAddr page = memory.take();
    map(at, page);
    return page;
}

void KallsymsImage::write(std::uint64_t at, Bytes bytes) {
    for (std::size_t i = 0; i < bytes.size(); ++i) memory.write(phys(at + i), bytes.subspan(i, 1));
}

void KallsymsImage::drop_page(std::uint64_t at) { memory.drop(phys(at)); }

}  // namespace kstrax::test
