// SPDX-License-Identifier: GPL-2.0-or-later
#include <algorithm>
#include <array>

#include "analyzer/importers/kstrax_files/importer.hpp"
#include "analyzer/importers/perf_data/importer.hpp"
#include "analyzer/importers/strace_text/importer.hpp"
#include "analyzer/importers/trace_dat/importer.hpp"
#include "analyzer/session/importers.hpp"

namespace kstrax {

namespace {

constexpr std::array kFileImporters{&kBufferFilesImporter, &kTraceDatImporter, &kPerfDataImporter,
                                    &kStraceTextImporter};

}  // namespace

std::span<const Importer* const> file_importers() { return kFileImporters; }

const Importer* importer_of_files(const ImportInput& input) {
    const auto known = std::ranges::find_if(kFileImporters, [&](const Importer* one) { return one->sniff(input); });
    return known == kFileImporters.end() ? nullptr : *known;
}

}  // namespace kstrax
