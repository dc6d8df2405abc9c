// SPDX-License-Identifier: GPL-2.0-or-later
// LKCD's pages, each behind a header of its own. They begin at 64 KiB as a rule; an input leaves out the zeros
// between, and says where it goes on (16 bits) and how long its header is (8 bits, of 16 bytes).
#include "tests/fuzz/dumps/sources.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/dumps/lkcd_image.hpp"

namespace kstrax::fuzz {

namespace {

std::string file_of(Bytes bytes) {
    Input input(bytes);
    const std::size_t begin = std::size_t{input.number<std::uint16_t>()} * 16;
    const std::size_t header = std::size_t{input.byte()} * 16;
    std::string file(as_text(input.take(header)));
    file.resize(std::max(file.size(), begin));
    return file.append(as_text(input.rest()));
}

void run(Bytes input) {
    const MemoryFile file;
    file.fill(as_bytes(file_of(input)));
    if (const auto mapped = file.map()) read_source(open_lkcd(mapped));
}

/// The zeros before the first page left out.
std::string short_form(const std::string& file) {
    std::size_t header = 0;
    std::size_t begin = std::min<std::size_t>(file.size(), 64 << 10) / 16 * 16;
    for (std::size_t at = 0; at < begin; ++at)
        if (file[at] != '\0' && at < 255 * 16) header = at / 16 + 1;
    if (file.find_first_not_of('\0', header * 16) < begin) begin = file.find_first_not_of('\0', header * 16) / 16 * 16;
    return packed(static_cast<std::uint16_t>(begin / 16)) + static_cast<char>(header) + file.substr(0, header * 16) +
           file.substr(begin);
}

std::vector<std::string> seeds() {
    using Pages = test::LkcdForm::Pages;
    std::vector<std::string> all;
    const test::Memory memory = small_memory();
    for (const Pages pages : {Pages::Raw, Pages::Rle, Pages::Gzip})
        for (const std::uint32_t version : {8U, 9U})
            all.push_back(short_form(test::lkcd_image(memory, {.version = version, .pages = pages})));
    all.push_back(short_form(test::lkcd_image(memory, {.word_size = 4, .machine = "i686", .end_mark = false})));
    all.push_back(short_form(test::lkcd_image(memory, {.machine = "ia64"})));
    return all;
}

}  // namespace

extern const Target kLkcd;
const Target kLkcd{"lkcd", 32 << 10, run, seeds};

}  // namespace kstrax::fuzz
