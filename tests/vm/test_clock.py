# SPDX-License-Identifier: GPL-2.0-or-later
"""The wall clock is set while calls are recorded: times are those that the guest's own clock showed."""

import datetime
import json
import subprocess
import unittest

from kstraxvm import live, paths, reports, scenarios

# What the guest's date says, once before the clock is set and twice after; each time a file is opened whose name is known.
SETS = """mark() { date -u '+%s' >/tmp/date-$1; cat /tmp/mark-$1 2>/dev/null; date -u '+%s' >>/tmp/date-$1; }
mark 1; usleep 50000
date -u -s '2031-03-01 12:00:00' >/dev/null; usleep 50000
mark 2; usleep 50000
date -u -s '2031-03-01 11:00:00' >/dev/null; usleep 50000
mark 3
cat /tmp/date-1 /tmp/date-2 /tmp/date-3"""


class WallClock(unittest.TestCase):
    def setUp(self):
        self.folder = paths.scratch(self.addCleanup)

    def judge(self, report, dates):
        """dates: seconds before and after each mark, as the guest's date had them."""
        header, rows, _ = reports.read_jsonl(report)
        clock = header["recording"]
        steps = header["clock"]["steps"]
        self.assertEqual(len(steps), 2)
        self.assertEqual(header["clock"]["missing_steps"], 0)
        self.assertEqual(header["damage"], [])
        start = int(clock["start_realtime_ns"]) - int(clock["start_monotonic_ns"])
        self.assertEqual(int(header["clock"]["start_offset_ns"]), start)
        for number in (1, 2, 3):
            opened = [int(row["start_ns"]) for row in rows if row.get("path") == f"/tmp/mark-{number}"]
            self.assertEqual(len(opened), 1)
            offset = max(((int(step["from_ns"]), int(step["offset_ns"])) for step in steps if int(step["from_ns"]) <= opened[0]),
                         default=(0, start))[1]
            before, after = dates[number]
            self.assertTrue(before * 10**9 <= opened[0] + offset < (after + 1) * 10**9, (number, before, opened[0] + offset))

    def test_set_forward_and_back(self):
        with live.guest() as guest:
            live.rec(guest, "start")
            guest.run(f"{live.copying('-k -o /tmp/copy', '/tmp/copy_1')}; echo $reader >/tmp/reader")
            seconds = list(map(int, guest.run(SETS).stdout.split()))
            dates = {number: seconds[2 * number - 2:2 * number] for number in (1, 2, 3)}
            guest.run("kill -INT $(cat /tmp/reader); while [ -e /proc/$(cat /tmp/reader) ]; do usleep 50000; done")
            live.kstrax(guest, "-b -R -o /tmp/snap")
            for name in ("copy", "snap"):
                live.fetch(guest, name, self.folder)
            guest.panic()
            dumps = scenarios.dump_all(guest, self.folder)
        self.judge(reports.report(self.folder / "dump.jsonl", "-t", "--format=jsonl", dumps.kdump), dates)
        for name in ("copy", "snap"):
            self.judge(reports.report(self.folder / f"{name}.jsonl", "-t", "--format=jsonl", self.folder / name, tool="kstrax"),
                       dates)
        # A time that there was twice selects both; text is filtered as the dump is.
        for form in ("wall", "monotonic"):
            shown = reports.report(self.folder / "text", "-t", f"--time={form}", dumps.elf)
            for number in (1, 2, 3):
                at = datetime.datetime.fromtimestamp(dates[number][0], datetime.timezone.utc)
                until = datetime.datetime.fromtimestamp(dates[number][1] + 1, datetime.timezone.utc)
                wanted = f'path=="/tmp/mark-{number}" && time>={at:%H:%M:%S} && time<{until:%H:%M:%S}'
                done = subprocess.run([reports.command("kstrax-filter"), "-x", wanted, shown], stdout=subprocess.PIPE,
                                      text=True, check=True)
                self.assertEqual(done.stdout.count(f'"/tmp/mark-{number}"'), 1, (form, wanted))
        summary = reports.report(self.folder / "summary", "--summary", dumps.elf).read_text()
        self.assertRegex(summary, r"(?m)^clock +set by \+\d+\.\d{9} s, from \S+ \S+ to 2031-03-01 12:00:00 UTC$")
        self.assertRegex(summary, r"(?m)^ +set by -3\d{3}\.\d{9} s, from 2031-03-01 12:00:0\d to 2031-03-01 11:00:00 UTC$")
        self.assertRegex(summary, r"(?m)^recorded .* to 2031-03-01 11:00:\d\d UTC")

    def test_more_steps_than_rows(self):
        with live.guest() as guest:
            live.rec(guest, "start")
            guest.run("for i in $(seq 70); do date -u -s '2031-03-01 12:00:00' >/dev/null; done")
            guest.panic()
            dumps = scenarios.dump_all(guest, self.folder)
        report = reports.report(self.folder / "jsonl", "-t", "--format=jsonl", dumps.elf, status=3)
        header = json.loads(report.read_text().splitlines()[0])
        self.assertEqual(len(header["clock"]["steps"]), 64)
        self.assertEqual(header["clock"]["missing_steps"], 6)
        self.assertIn("the wall clock was set 6 times before", header["damage"][0])


if __name__ == "__main__":
    unittest.main()
