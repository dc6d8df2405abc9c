// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/recording/trace_events.hpp"

#include <algorithm>

#include "analyzer/recording/machine_number.hpp"

namespace kstrax {

bool TraceField::is_number() const {
    return is_number_size(size) && type.find('[') == type.npos && !type.starts_with("__data_loc") &&
           !type.starts_with("__rel_loc");
}

const TraceField* find_field(const std::vector<TraceField>& fields, std::string_view name) {
    const auto found = std::ranges::find(fields, name, &TraceField::name);
    return found == fields.end() ? nullptr : &*found;
}

}  // namespace kstrax
