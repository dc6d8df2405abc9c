# SPDX-License-Identifier: GPL-2.0-or-later
"""ftrace and kstrax record the same run: they must have seen the same calls."""

import dataclasses
import shutil
import unittest

from kstraxvm import paths, reports, scenarios
from kstraxvm.readers import compare, rings


class WithFtrace(unittest.TestCase):
    """One guest run for all tests of a class."""

    AT_EVERY_MOMENT = True  # what is wrong once is wrong: no second try

    options = {}

    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        cls.truth = scenarios.ground_truth(cls.folder, **cls.options)
        cls.ftrace = compare.from_ftrace(cls.truth.events, cls.truth.tids)
        cls.recording = rings.read(cls.truth.dumps.raw)
        cls.since = rings.whole_since(cls.recording)

    def differences(self, kstrax):
        return compare.compare(self.ftrace, kstrax, self.since).differences

    def judge(self, kstrax, events):
        result = compare.compare(self.ftrace, kstrax, self.since)
        self.assertEqual(result.differences, [])
        self.assertEqual(result.threads, len(self.truth.tids))
        self.assertGreater(result.events, events)
        # kstrax was there first, so its entries are earlier, by what the two hooks take.
        # Emulated CPUs pause now and then between the two, and ftrace prints microseconds.
        times = sorted(result.time_differences)
        self.assertLessEqual(times[-1], 1000)
        self.assertLess(abs(times[len(times) // 2]), 20_000)
        self.assertLess(abs(times[len(times) // 20]), 200_000)

    def raw_report(self, dump):
        """What kstrax-dump makes of it."""
        path = reports.report(self.folder / (dump.name + ".jsonl"), "-r", "--format=jsonl", dump)
        return compare.from_jsonl(path, self.truth.tids)

    def dumps(self):
        return dataclasses.astuple(self.truth.dumps)


class GroundTruth(WithFtrace):
    # Debian's kernel knows x32 calls, but refuses them unless told.
    options = {"cmdline": "syscall.x32=y"}

    def test_rings_equal_ftrace(self):
        """The module, judged by a reader of its own."""
        self.assertIsNone(self.since)
        self.judge(compare.from_rings(self.recording, self.truth.tids), 5000)

    def test_raw_reports_equal_ftrace(self):
        """The module and kstrax-dump, on every form of the dump."""
        for dump in self.dumps():
            with self.subTest(dump=dump.name):
                self.judge(self.raw_report(dump), 5000)

    def altered(self):
        """The raw dump with one bit changed in one thread's record."""
        some = next(record for record in self.recording.rings[0].records
                    if record.pid in self.truth.tids and record.kind == "entry" and record.nr == 39)
        copy = self.folder / "altered"
        shutil.copy(self.truth.dumps.raw, copy)
        rings.alter(copy, some)
        return copy

    def test_an_altered_slot_is_seen(self):
        kstrax = compare.from_rings(rings.read(self.altered()), self.truth.tids)
        self.assertEqual(len(self.differences(kstrax)), 1)

    def test_an_altered_slot_is_seen_in_the_raw_report(self):
        self.assertEqual(len(self.differences(self.raw_report(self.altered()))), 1)

    def test_every_kind_of_call_took_part(self):
        records = [record for ring in self.recording.rings for record in ring.records
                   if record.pid in self.truth.tids]
        self.assertEqual({record.abi for record in records}, {"native", "compat", "x32"})
        names = {rings.name_of(record) for record in records}
        self.assertIn(b"n" * 255, names)
        self.assertIn(b"evil\x1b[31m\nname\t\"<b>\\\x01\xff", names)
        self.assertIn(b"/no/such/file/of/a/late/name", names)
        self.assertIn(b"/no/such/file/of/an/ia32/program", names)
        self.assertIn(b"/no/such/compat/file", names)
        self.assertIn(b"/no/such/x32/file", names)
        self.assertIn(b"", names)
        cut = [record for record in records if record.cut]
        self.assertEqual([len(record.path) for record in cut], [4080] * 3)
        # rt_sigreturn, restart_syscall, execve; and an exit whose number is gone
        self.assertTrue({15, 219, 59} <= {record.nr for record in records if record.kind == "entry"})
        self.assertIn(rings.NR_NONE, {record.nr for record in records if record.kind == "exit"})
        # A restartable call that a signal interrupts: ERESTARTSYS, ERESTART_RESTARTBLOCK
        returned = {record.args[0] for record in records if record.kind == "exit"}
        self.assertTrue({2**64 - 512, 2**64 - 516} <= returned)


class WrappedGroundTruth(WithFtrace):
    """The rings hold the end of the workload only, and what the harness needs for its own end."""

    options = {"entries": 6000, "cpus": 2, "rounds": 3}

    def test_rings_equal_ftrace(self):
        self.assertIsNotNone(self.since)
        self.judge(compare.from_rings(self.recording, self.truth.tids), 1000)

    def test_raw_reports_equal_ftrace(self):
        for dump in self.dumps():
            with self.subTest(dump=dump.name):
                self.judge(self.raw_report(dump), 1000)


if __name__ == "__main__":
    unittest.main()
