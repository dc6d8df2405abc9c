// SPDX-License-Identifier: GPL-2.0-or-later
#include "analyzer/session/importers.hpp"

#include <algorithm>
#include <array>

#include "analyzer/importers/ftrace_memory/importer.hpp"
#include "analyzer/importers/kstrax_files/importer.hpp"
#include "analyzer/importers/kstrax_memory/importer.hpp"
#include "analyzer/importers/trace_dat/importer.hpp"

namespace kstrax {

namespace {

/// Behind those that know their input by its content stands what takes any memory image.
constexpr std::array kImporters{&kBufferFilesImporter, &kTraceDatImporter, &kFtraceMemoryImporter, &kMemoryImporter};

}  // namespace

std::span<const Importer* const> importers() { return kImporters; }

const Importer* importer_of(const ImportInput& input) {
    const auto known = std::ranges::find_if(kImporters, [&](const Importer* one) { return one->sniff(input); });
    return known == kImporters.end() ? nullptr : *known;
}

}  // namespace kstrax
