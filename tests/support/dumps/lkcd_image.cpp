// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/dumps/lkcd_image.hpp"

#include "tests/support/dumps/kdump_image.hpp"

namespace kstrax::test {

namespace {

using Pages = LkcdForm::Pages;

template <typename T>
void put(std::string& bytes, std::size_t at, const T& value) {
    bytes.replace(at, sizeof value, as_text(bytes_of(value)));
}

/// Runs as LKCD's kernel part writes them: 0, how many more, the byte; two zeros are one.
std::string rle(std::string_view page) {
    std::string out;
    for (std::size_t at = 0; at < page.size();) {
        std::size_t more = 0;
        while (more < 255 && at + more + 1 < page.size() && page[at + more + 1] == page[at]) ++more;
        const char value = page[at];
        if (more > 1 || (more == 1 && value == 0)) out.append({'\0', static_cast<char>(more), value});
        else if (value == 0) out.append(2, '\0');
        else out.append(more + 1, value);
        at += more + 1;
    }
    return out;
}

/// Offsets of utsname and of the kind of compression (0: always RLE).
struct Places {
    std::size_t names, compression;
};
Places places_of(const LkcdForm& form) {
    const bool narrow = form.word_size == 4;
    if (form.version >= 8) return {324, 722};
    if (form.version == 1) return {narrow ? 324U : 336U, 0};
    const std::size_t compression = narrow ? 712 : 728;
    return {narrow ? 316U : 328U, form.version >= 5 ? compression : 0};
}

}  // namespace

std::string lkcd_page(std::uint64_t address, std::uint32_t flags, std::string_view bytes) {
    std::string page;
    page.append(as_text(bytes_of(address))).append(as_text(bytes_of(static_cast<std::uint32_t>(bytes.size()))));
    return page.append(as_text(bytes_of(flags))).append(bytes);
}

std::string lkcd_image(const Memory& memory, const LkcdForm& form) {
    constexpr std::uint64_t kFromVersion9 = 8192;
    std::string file(form.version >= 9 ? kFromVersion9 : 65536, '\0');
    const Places at = places_of(form);
    put(file, 0, std::uint64_t{0xa8190173618f23ed});
    put(file, 8, form.version);
    put(file, 20, static_cast<std::uint32_t>(memory.page_size()));
    put(file, 24, memory.size());
    file.replace(at.names, 5, "Linux");
    file.replace(at.names + 2 * 65, 6, "2.6.10");
    file.replace(at.names + 3 * 65, 2, "#1");
    file.replace(at.names + 4 * 65, form.machine.size(), form.machine);
    if (at.compression != 0) put(file, at.compression, static_cast<std::uint32_t>(form.pages));
    if (form.version >= 9) put(file, 734, kFromVersion9);
    for (const auto& [frame, page] : memory.pages()) {
        const std::string stored = form.pages == Pages::Rle    ? rle(page)
                                   : form.pages == Pages::Gzip ? compress(Codec::Zlib, page)
                                                               : page;
        const bool smaller = stored.size() < page.size();
        file += lkcd_page(frame * memory.page_size(), smaller ? 2 : 1, smaller ? stored : page);
    }
    return form.end_mark ? file + lkcd_page(0, 4, {}) : file;
}

}  // namespace kstrax::test
