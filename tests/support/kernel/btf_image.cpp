// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/support/kernel/btf_image.hpp"

#include <bpf/btf.h>

#include <map>
#include <memory>
#include <stdexcept>

#include "analyzer/base/bytes.hpp"

namespace kstrax::test {

namespace {

int checked(int id) {
    if (id < 0) throw std::runtime_error("libbpf refuses the test's BTF");
    return id;
}

}  // namespace

std::string btf_image(const std::vector<BtfStruct>& structs) {
    const std::unique_ptr<btf, void (*)(btf*)> image(btf__new_empty(), btf__free);
    std::map<std::string, int> types;
    types["char"] = checked(btf__add_int(image.get(), "char", 1, BTF_INT_CHAR));
    types["int"] = checked(btf__add_int(image.get(), "int", 4, BTF_INT_SIGNED));
    types["long"] = checked(btf__add_int(image.get(), "long unsigned int", 8, 0));
    types["ptr"] = checked(btf__add_ptr(image.get(), 0));
    const auto type_of = [&](const std::string& name) {
        const std::size_t bracket = name.find('[');
        if (bracket == name.npos) return types.at(name);
        const auto count = static_cast<std::uint32_t>(std::stoul(name.substr(bracket + 1)));
        return checked(btf__add_array(image.get(), types["int"], types.at(name.substr(0, bracket)), count));
    };
    for (const BtfStruct& s : structs) {
        std::vector<int> members;  // arrays are types of their own: not in the midst of a struct
        for (const BtfMember& member : s.members) members.push_back(type_of(member.type));
        // A typedef and a qualifier stand before every struct, as they may in a kernel.
        const int id =
            checked(btf__add_struct(image.get(), s.name.starts_with('.') ? nullptr : s.name.c_str(), s.size));
        for (std::size_t i = 0; i < members.size(); ++i) {
            const BtfMember& member = s.members[i];
            checked(btf__add_field(image.get(), member.name.empty() ? nullptr : member.name.c_str(), members[i],
                                   member.offset * 8 + member.first_bit, member.bits));
        }
        types[s.name] = checked(btf__add_typedef(image.get(), "named", checked(btf__add_const(image.get(), id))));
    }
    std::uint32_t size = 0;
    const void* bytes = btf__raw_data(image.get(), &size);
    return {static_cast<const char*>(bytes), size};
}

LargeBytes large_bytes(std::string_view bytes) {
    const Bytes all = as_bytes(bytes);
    return {all.begin(), all.end()};
}

}  // namespace kstrax::test
