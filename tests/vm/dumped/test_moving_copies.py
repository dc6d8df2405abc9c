# SPDX-License-Identifier: GPL-2.0-or-later
"""Memory that is copied while the machine writes to it, as LiME does: no record that was not, and none lost without a word."""

import json
import pathlib
import subprocess
import tempfile
import time
import unittest

from kstraxvm import reports, scenarios
from kstraxvm.readers import counted

CPUS, ENTRIES, MEMORY = 4, 20000, 192  # MiB
PARTS = 24


def copy_slowly(ram, copy, seconds):
    """Page after page, while the machine goes on; from the top of memory in every other part."""
    size = ram.stat().st_size
    part = size // PARTS
    with ram.open("rb") as source, copy.open("wb") as target:
        target.truncate(size)
        for number in sorted(range(PARTS), key=lambda number: number * 7 % PARTS):
            source.seek(number * part)
            target.seek(number * part)
            target.write(source.read(part))
            time.sleep(seconds / PARTS)


class MovingCopies(unittest.TestCase):
    AT_EVERY_MOMENT = True  # what is wrong once is wrong: no second try

    def read(self, dump):
        """The raw report, and its status."""
        done = subprocess.run([reports.command("kstrax-dump"), "-r", "--format=jsonl", dump], capture_output=True, text=True, check=False)
        self.assertIn(done.returncode, (0, 3), done.stderr)
        header, *rows, _ = map(json.loads, done.stdout.splitlines())
        return header, rows, done.returncode, done.stderr

    def test_copies_of_a_storm(self):
        with tempfile.TemporaryDirectory(prefix="kstraxvm-") as folder:
            folder = pathlib.Path(folder)
            ram, copy = folder / "ram", folder / "copy.raw"
            memory = ["-object", f"memory-backend-file,id=m,size={MEMORY}M,mem-path={ram},share=on", "-machine", "memory-backend=m"]
            with scenarios.guest_with_programs(cpus=CPUS, memory=MEMORY, qemu_options=memory, timeout=900) as guest:
                guest.load_recorder(ENTRIES)
                guest.run(f"workload counted {2 * CPUS} 1000000 >/dev/null 2>&1 &")
                guest.run("until awk '/^cpu[0-9]/ && $2 + $4 < 100 { late = 1 } END { exit late }' /proc/stat; do usleep 100000; done")
                same = doubted = 0
                for seconds in (0, 0.05, 0.2):
                    copy_slowly(ram, copy, seconds)
                    guest.freeze()
                    header, rows, status, said = self.read(copy)
                    later, now, still, _ = self.read(ram)
                    guest.thaw()
                    self.assertEqual(still, 0)
                    with self.subTest(seconds=seconds):
                        same += self.compare(header, rows, later, now)
                    doubted += status == 3
                    print(f"     copied in {seconds} s: status {status}, {len(rows)} records; {said.splitlines()[:2]}", flush=True)
                    self.compare_counts(header, rows, status)
                guest.check()
        self.assertGreater(same, 100)
        # Else the machine stood still.
        self.assertGreater(doubted, 0)

    def compare(self, header, rows, later, now):
        """What is in the copy and in memory is the same in both. How many records are."""
        there = {(row["cpu"], row["serial"]): row for row in now}
        oldest = {cpu["cpu"]: cpu["overwritten"] for cpu in later["cpus"]}
        newest = {cpu["cpu"]: cpu["written"] for cpu in later["cpus"]}
        wrong, same = [], 0
        for row in rows:
            after = there.get((row["cpu"], row["serial"]))
            if after is None:
                # Overwritten since, or the rest of a name whose record is; never one that was not written.
                if row["serial"] > newest[row["cpu"]] or (row["serial"] > oldest[row["cpu"]] and row["kind"] != "path"):
                    wrong.append(row)
            elif after == row or (row["path_end"] == "cut" or row["path"] is None and after["path"] is not None):
                same += 1
            else:
                wrong.append((row, after))
        self.assertEqual(wrong[:3], [])
        return same

    def compare_counts(self, header, rows, status):
        """A report that says nothing has every record that its counts promise."""
        if status == 0:
            moment = counted.Moment(header, rows)
            self.assertEqual(moment.wrong, [])


if __name__ == "__main__":
    unittest.main()
