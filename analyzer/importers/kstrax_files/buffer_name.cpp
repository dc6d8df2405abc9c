// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/importers/kstrax_files/buffer_name.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <fstream>

#include "analyzer/base/bytes.hpp"
#include "analyzer/importers/kstrax_files/buffer_files.hpp"
#include "formats/kstrax_abi.h"

namespace kstrax {

namespace {

bool is_buffer_file(const std::string& path) {
    constexpr unsigned char kMagic[8] = KSTRAX_FILE_MAGIC;
    struct stat info {};
    if (::stat(path.c_str(), &info) != 0 || !S_ISREG(info.st_mode)) return false;  // a pipe would wait
    std::array<char, sizeof kMagic> magic{};
    std::ifstream(path, std::ios::binary).read(magic.data(), magic.size());
    return std::memcmp(magic.data(), kMagic, sizeof kMagic) == 0;
}

}  // namespace

std::string default_buffer_name(std::string_view host, std::int64_t wall_ns) {
    constexpr std::int64_t kSecond = 1'000'000'000;
    const auto seconds = static_cast<std::time_t>(wall_ns / kSecond - (wall_ns % kSecond < 0 ? 1 : 0));
    std::tm parts{};
    std::array<char, 32> time{};
    if (::gmtime_r(&seconds, &parts) != nullptr) std::strftime(time.data(), time.size(), "%Y%m%d%H%M%S_", &parts);
    std::string name = time.data();
    constexpr std::string_view kKept = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    for (const char c : host) name.push_back(kKept.find(c) != kKept.npos ? c : '.');
    return name;
}

std::optional<std::string> buffer_set_of(const std::string& name) {
    if (!buffer_file_numbers(name).empty()) {
        struct stat info {};
        if (::stat(name.c_str(), &info) != 0) return name;
    }
    const std::size_t number = name.find_last_not_of("0123456789");
    if (number == name.npos || number == 0 || name[number] != '_' || number + 1 == name.size()) return std::nullopt;
    return is_buffer_file(name) ? std::optional(name.substr(0, number)) : std::nullopt;
}

}  // namespace kstrax
