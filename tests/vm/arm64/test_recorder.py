# SPDX-License-Identifier: GPL-2.0-or-later
"""The recorder on arm64: ftrace must have seen the same calls."""

import dataclasses
import unittest

from kstraxvm import paths, reports, scenarios
from kstraxvm.kernels import arm64
from kstraxvm.readers import compare, rings

EXECVE, CLONE, RT_SIGRETURN, RESTART_SYSCALL = 221, 220, 139, 128


class GroundTruth(unittest.TestCase):
    AT_EVERY_MOMENT = True  # what is wrong once is wrong: no second try

    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        cls.truth = scenarios.ground_truth(cls.folder, new_guest=arm64.guest)
        cls.ftrace = compare.from_ftrace(cls.truth.events, cls.truth.tids)
        cls.recording = rings.read(cls.truth.dumps.raw)

    def test_rings_equal_ftrace(self):
        """The module, judged by a reader of its own."""
        result = compare.compare(self.ftrace, compare.from_rings(self.recording, self.truth.tids))
        self.assertEqual(result.differences, [])
        self.assertEqual(result.threads, len(self.truth.tids))
        self.assertGreater(result.events, 5000)

    def test_raw_reports_equal_ftrace(self):
        """The module and kstrax-dump, on every form of the dump."""
        for dump in dataclasses.astuple(self.truth.dumps):
            with self.subTest(dump=dump.name):
                path = reports.report(self.folder / (dump.name + ".jsonl"), "-r", "--format=jsonl", dump)
                result = compare.compare(self.ftrace, compare.from_jsonl(path, self.truth.tids))
                self.assertEqual(result.differences, [])
                self.assertGreater(result.events, 5000)

    def test_every_kind_of_call_took_part(self):
        records = [record for ring in self.recording.rings for record in ring.records
                   if record.pid in self.truth.tids]
        self.assertEqual({record.abi for record in records}, {"native", "compat"})
        names = {rings.name_of(record) for record in records}
        self.assertIn(b"n" * 255, names)
        self.assertIn(b"/no/such/file/of/a/late/name", names)
        # Of ARM's open, creat, openat and openat2.
        of_compat = {record.nr: rings.name_of(record) for record in records
                     if record.abi == "compat" and record.path is not None}
        self.assertEqual(of_compat, {5: b"/no/such/file/of/an/arm32/program", 8: b"/tmp/arm32-created",
                                     322: b"/tmp/arm32-created", 437: b"/no/such/file/of/arm32/openat2"})
        entered = {(record.abi, record.nr) for record in records if record.kind == "entry"}
        self.assertLessEqual({("native", EXECVE), ("native", CLONE), ("native", RT_SIGRETURN),
                              ("native", RESTART_SYSCALL), ("compat", rings.NR_TOO_BIG), ("compat", 4000)}, entered)
        # execve leaves by the number that it was entered by, when the task has the new program's table already.
        left = {(record.abi, record.nr) for record in records if record.kind == "exit" and record.args[0] == 0}
        self.assertLessEqual({("native", EXECVE), ("compat", 11)}, left)
        self.assertTrue(left.isdisjoint({("compat", EXECVE), ("native", 11)}))

    def test_threads_know_their_process(self):
        processes = {record.tgid for ring in self.recording.rings for record in ring.records}
        self.assertNotIn(0, processes)


if __name__ == "__main__":
    unittest.main()
