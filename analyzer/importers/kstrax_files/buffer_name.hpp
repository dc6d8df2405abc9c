// SPDX-License-Identifier: GPL-2.0-or-later
// How buffer files are named.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "analyzer/recording/recording.hpp"

namespace kstrax {

/// DATETIME_HOSTNAME, for files that nobody named: the last moment that is in them, in UTC, and the
/// host that they are of, of whose name only letters, digits, '-', '_' and '.' stay.
[[nodiscard]] std::string default_buffer_name(std::string_view host, std::int64_t wall_ns);

/// The NAME of the set that a user means: `name` itself where there are files NAME_CPU of it, or
/// without its number where it is one of a set. None where it is the name of something else, or of nothing.
[[nodiscard]] std::optional<std::string> buffer_set_of(const std::string& name);

}  // namespace kstrax
