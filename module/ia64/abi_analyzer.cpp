// SPDX-License-Identifier: GPL-2.0-or-later
// What the analyzer makes of the ring ABI, in the form of abi_sizes.c's lines:
// entries as its table of layouts has them, the rest as its compiler does.
#include <cstddef>
#include <cstdio>
#include <string>

#include "formats/kstrax_abi.h"
#include "formats/layout.hpp"

namespace {

void say(const std::string& type, const char* member, std::size_t offset, std::size_t size) {
    std::printf("%s %s %zu %zu\n", type.c_str(), member, offset, size);
}

void say(const std::string& type, const char* member, kstrax::Field field) {
    if (field.size != 0) say(type, member, field.offset, field.size);
}

void say(const kstrax::Layout& layout) {
    const std::string type = "kstrax_entry_" + std::string(layout.name);
    say(type, ".", 0, layout.size);
    say(type, "serial", layout.serial);
    say(type, "time", layout.time);
    say(type, "pid", layout.pid);
    say(type, "nr_kind", layout.nr_kind);
    say(type, "abi", layout.abi);
    say(type, "tgid", layout.tgid);
    say(type, "args", layout.args);
}

bool is_entry(const std::string& type) { return type.starts_with("kstrax_entry_"); }

}  // namespace

#define STRUCT(type) \
    if (!is_entry(#type)) say(#type, ".", 0, sizeof(type));
#define FIELD(type, member) \
    if (!is_entry(#type)) say(#type, #member, offsetof(type, member), sizeof(type::member));

int main() {
    for (const kstrax::Layout& layout : kstrax::layouts()) say(layout);
#include "module/ia64/abi_fields.h"
}
