// SPDX-License-Identifier: GPL-2.0-or-later
// Sets of files: split dumps in any order, and flattened ones, which are rearranged before they are read.
// An input is a number of files, and for each its size (24 bits) and its bytes.
#include "tests/fuzz/dumps/sources.hpp"
#include "tests/fuzz/memory_file.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/dumps/kdump_image.hpp"

namespace kstrax::fuzz {

namespace {

constexpr std::size_t kMostFiles = 4;

void run(Bytes bytes) {
    Input input(bytes);
    const MemoryFile files[kMostFiles];
    std::vector<LogicalFilePtr> logical;
    const std::size_t count = 1 + input.byte() % kMostFiles;
    for (std::size_t i = 0; i < count; ++i) {
        const std::size_t size = input.number<std::uint16_t>() + (std::size_t{input.byte()} << 16);
        files[i].fill(input.take(size));
        const auto file = files[i].logical();
        if (file == nullptr) return;
        std::size_t shown = 0;
        file->pieces(0, ~std::uint64_t{0}, [&](const LogicalFile::Piece& piece) { shown += piece.data.size(); });
        require(!file->flattened() || shown <= bytes.size(), "a flattened file holds no more than its records");
        logical.push_back(file);
    }
    read_source(open_kdump(logical));
}

std::string set_of(const std::vector<std::string>& files) {
    std::string bytes(1, static_cast<char>(files.size() - 1));
    for (const std::string& file : files)
        bytes += packed(static_cast<std::uint16_t>(file.size())) + static_cast<char>(file.size() >> 16) + file;
    return bytes;
}

std::vector<std::string> seeds() {
    const test::Memory memory = small_memory();
    const auto part = [&](std::uint64_t first, std::uint64_t end) {
        return test::kdump_image(memory, {.part = FrameRange{first, end}, .vmcoreinfo = "X=1"}).bytes;
    };
    const std::string whole = test::kdump_image(memory, {}).bytes;
    return {set_of({part(0, 8), part(8, 16)}),
            set_of({part(12, 16), part(0, 4), part(4, 12)}),
            set_of({part(0, 8), part(0, 8)}),
            set_of({flat(whole, 900)}),
            set_of({flat(part(0, 8), 2000), flat(part(8, 16), 3000)}),
            set_of({test::flattened({{0, whole}}, false)})};
}

}  // namespace

extern const Target kSet;
const Target kSet{"set", 96 << 10, run, seeds};

}  // namespace kstrax::fuzz
