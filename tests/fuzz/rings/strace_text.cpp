// SPDX-License-Identifier: GPL-2.0-or-later
// What strace has printed, read to its end as the commands would. An input: which report, and the text.
#include "analyzer/importers/strace_text/importer.hpp"
#include "tests/fuzz/rings/reports.hpp"
#include "tests/fuzz/target.hpp"

namespace kstrax::fuzz {

namespace {

void run(Bytes bytes) { report_file(kStraceTextImporter, bytes); }

std::vector<std::string> seeds() {
    const std::string all =
        "12 1700000000.000100 openat(AT_FDCWD, \"/a\\tb\\x41\\101\"..., O_RDONLY) = 3</a> <0.000010>\n"
        "12 1700000000.000200 read(3,  <unfinished ...>\n"
        "13<cat> 1700000000.000210 [ 39] getpid() = 13 <0.000001>\n"
        "13 1700000000.000220 --- SIGCHLD {si_signo=SIGCHLD} ---\n"
        "12 1700000000.000300 <... read resumed>\"x\", 1) = ? ERESTARTSYS (To be restarted) <0.000100>\n"
        "strace: Process 14 attached\n"
        "strace: [ Process PID=14 runs in 32 bit mode. ]\n"
        "14 1700000000.000400 _llseek(1, 0, [0], SEEK_SET) = -1 ESPIPE (Illegal seek) <0.000002>\n"
        "14 1700000000.000500 syscall_0x1b7(0, 0x1) = -1 (errno 530) <0.000002>\n"
        "14 1700000000.000600 exit_group(0) = ?\n14 1700000000.000700 +++ exited with 0 +++\n";
    std::vector<std::string> texts;
    for (std::uint8_t choice = 0; choice < 8; ++choice) texts.push_back(packed(choice) + all);
    texts.push_back(packed(std::uint8_t{0}) +
                    "23:59:59.999999 close(1) = 0 <0.1>\n00:00:00.1 umask(022) = 022 <0.2>\n");
    texts.push_back(packed(std::uint8_t{1}) + "     0.000001 close(1) = 0\n[pid  1] 1.5 <... x resumed>) = ?\n");
    return texts;
}

}  // namespace

extern const Target kStraceText;
const Target kStraceText{"strace-text", 8 << 10, run, seeds};

}  // namespace kstrax::fuzz
