// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>

#include "analyzer/importers/ftrace_memory/importer.hpp"
#include "analyzer/importers/kstrax_memory/importer.hpp"
#include "analyzer/session/importers.hpp"

namespace kstrax {

namespace {

/// The last one takes any memory.
constexpr std::array kMemoryImporters{&kFtraceMemoryImporter, &kMemoryImporter};

}  // namespace

std::span<const Importer* const> memory_importers() { return kMemoryImporters; }

const Importer& importer_of_memory(const ImportInput& input) {
    const auto known = std::ranges::find_if(kMemoryImporters, [&](const Importer* one) { return one->sniff(input); });
    return known == kMemoryImporters.end() ? *kMemoryImporters.back() : **known;
}

}  // namespace kstrax
