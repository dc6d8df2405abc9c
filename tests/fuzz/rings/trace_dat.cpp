// SPDX-License-Identifier: GPL-2.0-or-later
// A trace.dat file, read to its end as the commands would. An input: which report, and the file.
#include "analyzer/importers/trace_dat/importer.hpp"
#include "tests/fuzz/rings/reports.hpp"
#include "tests/fuzz/target.hpp"
#include "tests/support/rings/ring_page_image.hpp"
#include "tests/support/rings/trace_file_image.hpp"

namespace kstrax::fuzz {

namespace {

void run(Bytes bytes) { report_file(kTraceDatImporter, bytes); }

std::string ring(const RingPageForm& form, std::uint8_t id) {
    test::RingPageImage image(1000, form);
    std::vector<std::uint8_t> data(8 + 7 * form.word_size);
    data[form.order == std::endian::little ? 0 : 1] = id;
    for (int i = 0; i < 3; ++i) image.event(5, data).time_extend(std::uint64_t{1} << 30);
    const auto page = image.page(1024, image.events() | std::uint64_t{id == 3} << 31);
    return std::string(as_text(page));
}

std::vector<std::string> seeds() {
    std::vector<std::string> all;
    for (std::uint8_t choice = 0; choice < 8; ++choice) {
        const RingPageForm form{.order = (choice & 1) != 0 ? std::endian::big : std::endian::little,
                                .word_size = static_cast<std::uint8_t>((choice & 2) != 0 ? 4 : 8)};
        test::TraceFileImage image{.version = (choice & 4) != 0 ? 7U : 6U,
                                   .form = form,
                                   .page_size = 1024,
                                   .rings = {ring(form, 1), ring(form, 2)},
                                   .instance = choice % 3 == 0 ? "foo" : "",
                                   .instance_rings = {ring(form, 3), ring(form, 3)},
                                   .options = {{TraceOption::Uname, "Linux host 6.1.0 x86_64"},
                                               {TraceOption::Clock, "local [mono] boot"},
                                               {TraceOption::CpuStatistics, "CPU: 1\nentries: 3\ndropped events: 4\n"},
                                               {TraceOption::Offset, "-5"}}};
        all.push_back(packed(choice) + image.bytes());
    }
    return all;
}

}  // namespace

extern const Target kTraceDat;
const Target kTraceDat{"trace-dat", 32 << 10, run, seeds};

}  // namespace kstrax::fuzz
