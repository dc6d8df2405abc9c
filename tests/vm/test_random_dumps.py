# SPDX-License-Identifier: GPL-2.0-or-later
"""Dumps at random moments of a running machine: wherever its CPUs were, the rings make sense."""

import os
import pathlib
import random
import shutil
import tempfile
import time
import unittest

from kstraxvm import counted, reports, scenarios

CPUS, ENTRIES = 4, 3001


class RandomMoments(unittest.TestCase):
    dumps = int(os.environ.get("KSTRAX_RANDOM_DUMPS", "10"))

    def test_dumps_of_a_storm(self):
        moments = random.Random(6)
        totals = {"records": 0, "calls": 0, "torn": 0, "dumps": 0}
        with (tempfile.TemporaryDirectory(prefix="kstraxvm-") as folder,
              scenarios.guest_with_programs(cpus=CPUS, memory=160, timeout=1800 + 60 * self.dumps) as guest):
            folder = pathlib.Path(folder)
            guest.load_recorder(ENTRIES)
            guest.run(f"workload counted {2 * CPUS} 1000000 >/dev/null 2>&1 &")
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
              f"{totals['torn']} torn slots", flush=True)
        self.assertEqual(totals["dumps"], self.dumps)
        # Else nothing was going on.
        self.assertGreater(totals["calls"], 100 * self.dumps)

    def judge(self, folder, dump, earlier, totals):
        header, rows, _ = reports.read_jsonl(reports.report(folder / "raw", "-r", "--format=jsonl", dump))
        moment = counted.Moment(header, rows)
        if earlier:
            moment.check_after(earlier)
        header, rows, _ = reports.read_jsonl(reports.report(folder / "paired", "-t", "--format=jsonl", dump))
        wrong, calls = counted.check_pairs(header, rows)
        self.keep(dump, moment.wrong + wrong)
        self.assertEqual((moment.wrong + wrong)[:5], [])
        totals["records"] += moment.records()
        totals["calls"] += calls
        totals["torn"] += moment.torn()
        totals["dumps"] += 1
        return moment

    @staticmethod
    def keep(dump, wrong):
        """KSTRAX_KEEP_DUMPS=FOLDER: those that fail, to be looked at."""
        folder = os.environ.get("KSTRAX_KEEP_DUMPS")
        if folder and wrong:
            shutil.copy(dump, pathlib.Path(folder) / f"{time.time_ns()}.elf")


if __name__ == "__main__":
    unittest.main()
