// SPDX-License-Identifier: GPL-2.0-or-later
// A head that is not what the slots say: of memory copied while they were written, and of damage.
#include <fmt/core.h>

#include <boost/test/unit_test.hpp>

#include "analyzer/trace/survey.hpp"
#include "tests/support/findings.hpp"
#include "tests/support/reports.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

/// A ring of 100 slots with so many records.
RingImage ring(unsigned records) {
    std::string script = "entries 100\n";
    for (unsigned i = 0; i < records; ++i) script += fmt::format("0 {} tid=10 getpid\n", 1000 + i);
    return RingImage(script);
}

struct Read {
    CpuTrust trust;
    bool doubted;
};

Read with_head(RingImage image, std::uint64_t head) {
    image.memory.put(KSTRAX_TEST_AT(image.places.cpus[0].descriptor, kstrax_cpu, head), head);
    const SearchedMemory searched(image.memory);
    const Recording recording = searched.recording();
    return {survey(recording).at(0), has(recording.findings, FindingId::HeadWrong)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(proven_head)

BOOST_AUTO_TEST_CASE(a_right_head_is_believed) {
    for (const unsigned records : {0U, 1U, 50U, 100U, 150U}) {
        const Read read = with_head(ring(records), records);
        BOOST_TEST(!read.doubted);
        BOOST_TEST(read.trust.entries == std::min(records, 100U));
    }
}

BOOST_AUTO_TEST_CASE(slots_that_go_on_behind_it_are_read) {
    for (const unsigned records : {3U, 50U, 100U, 150U, 230U})
        for (const unsigned fewer : {1U, 3U}) {
            const Read read = with_head(ring(records), records - fewer);
            BOOST_TEST(read.doubted);
            BOOST_TEST(read.trust.head == records);
            BOOST_TEST(read.trust.entries == std::min(records, 100U));
            BOOST_TEST(read.trust.torn == 0U);
        }
}

// One more than there are looks like a record that was begun.
BOOST_AUTO_TEST_CASE(one_bit_of_it_changes_nothing) {
    for (const unsigned records : {50U, 150U})
        for (unsigned bit = 1; bit < 48; ++bit) BOOST_TEST_CONTEXT(records << " records, bit " << bit) {
                const std::uint64_t head = records ^ std::uint64_t{1} << bit;
                const Read read = with_head(ring(records), head);
                BOOST_TEST((read.doubted || read.trust.damaged()));
                if (head < records || head - records > 64) BOOST_TEST(read.trust.entries == std::min(records, 100U));
            }
}

BOOST_AUTO_TEST_CASE(a_head_that_is_gone) {
    const Read read = with_head(ring(150), 0);
    BOOST_TEST(read.doubted);
    BOOST_TEST(read.trust.head == 150U);
}

BOOST_AUTO_TEST_SUITE_END()
