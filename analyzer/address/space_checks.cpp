// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/address/space_facts.hpp"

namespace kstrax {

bool maps_itself(const MemorySource& source, const PageTables& tables, VirtAddr directory) {
    PageWalker walker(source, tables);
    const Walk walk = walker.walk(directory.value);
    if (walk.end == WalkEnd::NoTable) return walk.step_count > 1;  // the root itself must be there
    return walk.end == WalkEnd::Mapped && walk.phys == tables.root;
}

bool is_uts_namespace(const MemorySource& source, PhysAddr at) {
    // The name is the first member since Linux 5.11; before, a counter stood in front of it.
    std::array<std::byte, 16> start{};
    return source.read(at, start) && as_text(start).find(std::string_view("Linux\0", 6)) <= 8;
}

}  // namespace kstrax
