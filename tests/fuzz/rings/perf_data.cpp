// SPDX-License-Identifier: GPL-2.0-or-later
// A perf.data file, read to its end as the commands would. An input: which report, and the file.
#include "analyzer/importers/perf_data/importer.hpp"
#include "tests/fuzz/rings/reports.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/rings/perf_file_image.hpp"

namespace kstrax::fuzz {

namespace {

void run(Bytes bytes) { report_file(kPerfDataImporter, bytes); }

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    for (std::uint8_t choice = 0; choice < 8; ++choice) {
        test::PerfFileImage image{.order = (choice & 1) != 0 ? std::endian::big : std::endian::little};
        constexpr std::uint64_t kRaw = 1 << 10;
        if ((choice & 2) != 0)
            image.counters.push_back({.type = 0, .sample_type = test::PerfFileImage::kAsPerfDoes & ~kRaw, .ids = {21}});
        std::string records = image.command(9, 10, "cat");
        for (std::uint16_t i = 0; i < 4; ++i)
            records += image.sample(i / 2, 100 + i, 9, 10, image.event(static_cast<std::uint16_t>(1 + i % 3), 39, i),
                                    i == 3 ? 21 : 11);
        records += image.lost(1, 5) + image.sample(1, 200, 9, 10, image.event(2, 39, 7));
        if ((choice & 4) != 0) {
            const auto pieces = test::compressed_pieces({records.substr(0, 100), records.substr(100)});
            records = image.record(PerfRecordType::Compressed, pieces[0]) + image.compressed2(pieces[1]);
        }
        image.records = records;
        all.push_back(packed(choice) + image.bytes());
    }
    return all;
}

}  // namespace

extern const Target kPerfData;
const Target kPerfData{"perf-data", 32 << 10, run, seeds};

}  // namespace kstrax::fuzz
