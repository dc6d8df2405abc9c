// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/fields/all_fields.hpp"

namespace kstrax {

std::span<const FieldInfo> field_infos() { return kFieldInfos; }

const FieldInfo* find_field(std::string_view name) {
    const auto* info = std::ranges::find(kFieldInfos, name, &FieldInfo::name);
    return info == kFieldInfos.end() ? nullptr : info;
}

}  // namespace kstrax
