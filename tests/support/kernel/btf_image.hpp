// SPDX-License-Identifier: GPL-2.0-or-later
// BTF of a kernel that never was, from a few lines; written by libbpf.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analyzer/memory/large_vector.hpp"

namespace kstrax::test {

struct BtfMember {
    std::string name;  ///< empty: an anonymous struct or union
    /// "int", "long", "ptr", "char[N]", or the name of a struct that came before
    std::string type;
    std::uint32_t offset = 0;               ///< bytes
    std::uint32_t first_bit = 0, bits = 0;  ///< of a bit field
};

struct BtfStruct {
    std::string name;  ///< what begins with '.' is anonymous, and named so in this list only
    std::uint32_t size = 0;
    std::vector<BtfMember> members;
};

[[nodiscard]] std::string btf_image(const std::vector<BtfStruct>& structs);
[[nodiscard]] LargeBytes large_bytes(std::string_view bytes);

}  // namespace kstrax::test
