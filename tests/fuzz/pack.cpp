// SPDX-License-Identifier: GPL-2.0-or-later
// A pack is a zstd frame of inputs, each behind its size (32 bits, little-endian).
#include "tests/fuzz/pack.hpp"

#include <zstd.h>

#include <algorithm>
#include <fstream>
#include <stdexcept>

#include "tests/fuzz/target.hpp"
#include "tests/support/temp_folder.hpp"

namespace kstrax::fuzz {

namespace fs = std::filesystem;

std::vector<std::string> read_pack(const fs::path& file) {
    if (!fs::exists(file)) return {};
    const std::string packed = test::read_file(file.string());
    const auto size = ZSTD_getFrameContentSize(packed.data(), packed.size());
    if (size == ZSTD_CONTENTSIZE_ERROR || size == ZSTD_CONTENTSIZE_UNKNOWN)
        throw std::runtime_error(file.string() + ": no pack");
    std::string bytes(static_cast<std::size_t>(size), '\0');
    const std::size_t got = ZSTD_decompress(bytes.data(), bytes.size(), packed.data(), packed.size());
    if (ZSTD_isError(got) != 0U || got != bytes.size()) throw std::runtime_error(file.string() + ": damaged");
    std::vector<std::string> inputs;
    for (Input input(as_bytes(bytes)); !input.empty();) {
        const auto length = input.number<std::uint32_t>();
        inputs.emplace_back(as_text(input.take(length)));
    }
    return inputs;
}

void write_pack(const fs::path& folder, const fs::path& file) {
    std::vector<fs::path> files;
    for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
    std::ranges::sort(files);
    std::string bytes;
    for (const fs::path& one : files) {
        const std::string input = test::read_file(one.string());
        bytes += ::kstrax::fuzz::packed(static_cast<std::uint32_t>(input.size())) + input;
    }
    std::string packed(ZSTD_compressBound(bytes.size()), '\0');
    const std::size_t size = ZSTD_compress(packed.data(), packed.size(), bytes.data(), bytes.size(), 19);
    if (ZSTD_isError(size) != 0U) throw std::runtime_error("cannot compress");
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out.write(packed.data(), static_cast<std::streamsize>(size));
    if (!out.flush()) throw std::runtime_error("cannot write " + file.string());
}

}  // namespace kstrax::fuzz
