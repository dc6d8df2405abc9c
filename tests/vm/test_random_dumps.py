# SPDX-License-Identifier: GPL-2.0-or-later
"""Dumps at random moments of a running machine: wherever its CPUs were, the rings make sense.

And again when nothing leads to them any more.
"""

import os
import pathlib
import random
import shutil
import tempfile
import time
import unittest

from kstraxvm import reports, scenarios
from kstraxvm.readers import carved, counted, rings

CPUS, ENTRIES = 4, 3001


class RandomMoments(unittest.TestCase):
    AT_EVERY_MOMENT = True  # what is wrong once is wrong: no second try

    dumps = int(os.environ.get("KSTRAX_RANDOM_DUMPS", "5"))

    def test_dumps_of_a_storm(self):
        moments = random.Random(6)
        totals = {"records": 0, "calls": 0, "torn": 0, "carved": 0, "dumps": 0}
        with (tempfile.TemporaryDirectory(prefix="kstraxvm-") as folder,
              scenarios.guest_with_programs(cpus=CPUS, memory=160, timeout=1800 + 60 * self.dumps) as guest):
            folder = pathlib.Path(folder)
            guest.load_recorder(ENTRIES)
            guest.run(f"workload counted {2 * CPUS} 1000000 >/dev/null 2>&1 &")
            # On a busy host the guest's CPUs start one by one; one that was idle so far is carved as another recording's.
            guest.run("until awk '/^cpu[0-9]/ && $2 + $4 < 100 { late = 1 } END { exit late }' /proc/stat; do usleep 100000; done")
            earlier = None
            for number in range(self.dumps):
                time.sleep(moments.uniform(0, 0.3))
                guest.freeze()
                dump = folder / "moment.elf"
                guest.dump(dump)
                guest.thaw()
                with self.subTest(dump=number):
                    earlier = self.judge(folder, dump, earlier, totals)
            guest.check()
        print(f"     {totals['dumps']} dumps: {totals['records']} records, {totals['calls']} calls checked, "
              f"{totals['torn']} torn slots; {totals['carved']} records carved", flush=True)
        self.assertEqual(totals["dumps"], self.dumps)
        # Else nothing was going on.
        self.assertGreater(totals["calls"], 100 * self.dumps)

    def judge(self, folder, dump, earlier, totals):
        header, raw, _ = reports.read_jsonl(reports.report(folder / "raw", "-r", "--format=jsonl", dump))
        moment = counted.Moment(header, raw)
        if earlier:
            moment.check_after(earlier)
        header, rows, _ = reports.read_jsonl(reports.report(folder / "paired", "-t", "--format=jsonl", dump))
        wrong, calls = counted.check_pairs(header, rows)
        wrong = moment.wrong + wrong
        self.keep(dump, wrong)
        self.assertEqual(wrong[:5], [])
        totals["carved"] += self.judge_carved(folder, dump, header, raw)
        totals["records"] += moment.records()
        totals["calls"] += calls
        totals["torn"] += moment.torn()
        totals["dumps"] += 1
        return moment

    def judge_carved(self, folder, dump, header, raw):
        """What is left when the anchor is gone, and then the frame lists; spoils the dump."""
        for magic in (rings.ANCHOR_MAGIC, rings.FRAMES_MAGIC):
            self.assertGreater(carved.forget(dump, magic), 0)
            comparison = carved.Comparison(header, raw, self.carve(folder, dump))
            self.keep(dump, comparison.wrong())
            self.assertEqual(comparison.wrong(), [])
            if magic == rings.ANCHOR_MAGIC:
                self.assertTrue(all(ring == cpu for ring, cpu in comparison.numbers.items()), comparison.numbers)
        return comparison.found

    @staticmethod
    def carve(folder, dump):
        """The records of all that was carved.

        Of a CPU that did nothing while the others wrote their rings through, pages do not tell whether
        it is of an older recording: the report says so, and shows it as one.
        """
        report = [folder / "carved", "-r", "--format=jsonl", dump]
        header, rows, _ = reports.read_jsonl(reports.report(*report, status=3))
        idle = sum("CPUs that have been idle" in sentence for sentence in header["damage"])
        for number in range(2, 2 + idle):
            older = reports.read_jsonl(reports.report(*report, "--instance", f"carved-{number}", status=3))[1]
            rows += [row | {"cpu": (number, row["cpu"])} for row in older]
        return rows

    @staticmethod
    def keep(dump, wrong):
        """KSTRAX_KEEP_DUMPS=FOLDER: those that fail, to be looked at."""
        folder = os.environ.get("KSTRAX_KEEP_DUMPS")
        if folder and wrong:
            shutil.copy(dump, pathlib.Path(folder) / f"{time.time_ns()}.elf")


class TraceRings(unittest.TestCase):
    """The same of the kernel's own rings, whose writers nobody has stopped either."""
    AT_EVERY_MOMENT = True

    dumps = int(os.environ.get("KSTRAX_RANDOM_DUMPS", "5"))

    def test_dumps_of_a_storm(self):
        moments = random.Random(7)
        calls = 0
        with (tempfile.TemporaryDirectory(prefix="kstraxvm-") as folder,
              scenarios.guest_with_programs(cpus=CPUS, memory=256, timeout=1800 + 60 * self.dumps) as guest):
            folder = pathlib.Path(folder)
            guest.run("""cd /sys/kernel/tracing && echo mono > trace_clock && echo 256 > buffer_size_kb || exit
                echo 1 > events/raw_syscalls/enable""")
            guest.run(f"workload counted {2 * CPUS} 1000000 >/dev/null 2>&1 &")
            earlier = {}
            for number in range(self.dumps):
                time.sleep(moments.uniform(0.05, 0.3))
                guest.freeze()
                guest.dump(folder / "moment.elf")
                guest.thaw()
                with self.subTest(dump=number):
                    earlier, checked = self.judge(folder, folder / "moment.elf", earlier)
                    calls += checked
            guest.check()
        print(f"     {self.dumps} dumps: {calls} calls checked", flush=True)
        self.assertGreater(calls, 100 * self.dumps)

    def judge(self, folder, dump, earlier):
        options = ("--find=ftrace", "--format=jsonl", dump)
        header, raw, _ = reports.read_jsonl(reports.report(folder / "raw", "-r", *options))
        rows = {(row["cpu"], row["serial"]): row for row in raw}
        # What both dumps hold is the same in both.
        for place in earlier.keys() & rows.keys():
            self.assertEqual(rows[place], earlier[place])
        for cpu in header["cpus"]:
            # The one that was being written.
            self.assertLessEqual(cpu["torn"], 1, cpu)
            self.assertEqual(cpu["written"], cpu["overwritten"] + cpu["entries"] + cpu["torn"], cpu)
            self.assertEqual((cpu["invalid"], cpu["unreadable"], cpu["gaps"]), (0, 0, 0), cpu)
        serials = [(row["cpu"], row["serial"]) for row in raw]
        self.assertEqual(len(serials), len(rows))
        header, paired, _ = reports.read_jsonl(reports.report(folder / "paired", "-t", *options))
        wrong, calls = counted.check_pairs(header, paired)
        self.assertEqual(wrong[:5], [])
        return rows, calls


if __name__ == "__main__":
    unittest.main()
