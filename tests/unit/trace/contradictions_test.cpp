// SPDX-License-Identifier: GPL-2.0-or-later
// Records that cannot all be true, and those that only seem so.
#include "analyzer/trace/contradictions.hpp"

#include "tests/unit/trace/pairing.hpp"

using namespace kstrax;
using namespace kstrax::test;

namespace {

/// The sentence on contradictions, also in the raw report; empty: there are none. The machine has panicked.
std::string contradictions_of(const std::string& script, const std::string& head = "panic 200 0 10\n") {
    const RingImage image(head + "cpus 2\n" + script);
    const SearchedMemory memory(image.memory);
    std::string sentence;
    for (const ReportKind kind : {ReportKind::Raw, ReportKind::Paired, ReportKind::Statistics, ReportKind::Summary}) {
        std::string found;
        for (const Finding& finding : make_report(memory.recording(), kind).findings)
            if (finding.id == FindingId::RecordsContradict) found += finding.text;
        if (kind == ReportKind::Raw) sentence = found;
        BOOST_TEST(found == sentence);
    }
    return sentence;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(contradictions)

BOOST_AUTO_TEST_CASE(what_a_changed_bit_leaves) {
    const struct {
        const char* records;
        const char* serial;
        const char* says;
    } cases[] = {
        // The number, or the ABI, of an entry or of an exit.
        {"0 100 tid=10 read\n0 110 tid=10 write = 5", "2", "leaves another call"},
        // An exit that another thread has now, or an entry.
        {"0 100 tid=10 read\n0 110 tid=11 read = 5\n0 120 tid=10 write", "3", "enters a call while"},
        {"0 90 tid=10 getpid\n0 95 tid=10 getpid = 10\n0 100 tid=11 read\n0 110 tid=10 read = 5", "4",
         "leaves a call that it has not entered"},
        // A process id.
        {"0 100 tid=10/10 read\n0 110 tid=10/11 read = 5", "2", "of another process"},
    };
    for (const auto& row : cases) BOOST_TEST_CONTEXT(row.records) {
            const std::string said = contradictions_of(row.records);
            BOOST_TEST(has(said, row.says));
            BOOST_TEST(has(said, std::string("CPU 0, serial ") + row.serial + ": thread 10 "));
        }
}

BOOST_AUTO_TEST_CASE(what_happens_on_sound_machines) {
    for (const char* records : {
             // In a call when recording began.
             "0 100 tid=10 read = 5\n0 110 tid=10 write",
             // Refused by seccomp, before the recorder's hook.
             "0 100 tid=10 read\n0 110 tid=10 read = 5\n0 120 tid=10 mount = -EPERM",
             // A signal's end has no number, and is followed by whatever was interrupted.
             "0 100 tid=10 rt_sigreturn\n0 110 tid=10 -1 = 5\n0 120 tid=10 read",
             "0 100 tid=10 rt_sigreturn\n0 120 tid=10 read",
             // The id of a thread that is gone, of another process now.
             "0 100 tid=10/10 exit\n0 110 tid=10/12 clone = 0\n0 120 tid=10/12 read",
             "0 100 tid=10/9 read\n0 105 tid=10/9 read = 1\n0 110 tid=10/12 clone = 0",
             // A kernel thread's new program, under such an id.
             "0 100 tid=10/10 exit\n0 110 tid=10/10 execve = 0",
             // A thread that becomes its process's leader.
             "0 90 tid=10/10 futex\n0 100 tid=11/10 execve\n0 105 tid=10/10 futex = -EINTR\n"
             "0 110 tid=10/10 execve = 0\n0 120 tid=10/10 read",
         })
        BOOST_TEST_CONTEXT(records) BOOST_TEST(contradictions_of(records) == "");
}

BOOST_AUTO_TEST_CASE(what_lost_records_explain) {
    for (const char* records :
         {"0 100 tid=10 read\n0 torn\n0 110 tid=10 write = 5",
          // CPU 0 has overwritten the exit.
          "entries 2\n1 90 tid=10 read\n0 95 tid=10 read = 1\n0 100 tid=9 read\n0 105 tid=10 write"})
        BOOST_TEST_CONTEXT(records) BOOST_TEST(contradictions_of(records) == "");
}

BOOST_AUTO_TEST_CASE(what_the_recorder_was_told_to_leave_out) {
    const std::string records = "0 100 tid=10 read\n0 110 tid=10 write = 5";
    BOOST_TEST(contradictions_of(records, "panic 200 0 10\nfilter 0\n") == "");
    BOOST_TEST(contradictions_of(records, "panic 200 0 10\nfilter 2\n") == "");
    BOOST_TEST(contradictions_of(records) != "");
}

BOOST_AUTO_TEST_CASE(rings_that_are_read_while_they_are_written) {
    // CPU 1 was read first: the exit there came later.
    const std::string ahead = "1 90 tid=10 getpid\n1 95 tid=10 getpid = 10\n0 100 tid=10 read\n0 120 tid=10 write";
    BOOST_TEST(contradictions_of(ahead, "") == "");
    BOOST_TEST(contradictions_of(ahead) != "");
    // Before that it is held against the rest all the same.
    BOOST_TEST(contradictions_of("0 100 tid=10 read\n0 120 tid=10 write\n1 130 tid=11 read", "") != "");
}

BOOST_AUTO_TEST_SUITE_END()
