// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/recording/trace_events.hpp"

#include <algorithm>

namespace kstrax {

bool TraceField::is_number() const {
    const bool whole = size == 1 || size == 2 || size == 4 || size == 8;
    return whole && type.find('[') == type.npos && !type.starts_with("__data_loc") && !type.starts_with("__rel_loc");
}

const TraceField* find_field(const std::vector<TraceField>& fields, std::string_view name) {
    const auto found = std::ranges::find(fields, name, &TraceField::name);
    return found == fields.end() ? nullptr : &*found;
}

}  // namespace kstrax
