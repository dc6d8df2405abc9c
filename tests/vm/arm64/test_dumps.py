# SPDX-License-Identifier: GPL-2.0-or-later
"""Dumps of arm64 guests: every form says the same, and the kernel's own words are found in each."""

import dataclasses
import re
import subprocess
import unittest

from kstraxvm import paths, reports, scenarios
from kstraxvm.kernels import arm64


class Panic(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        with arm64.guest(cmdline="kptr_restrict=0") as guest:
            guest.load_recorder(20000)
            scenarios.run_workload(guest)
            guest.run("cat /proc/kallsyms > /share/kallsyms")
            guest.get("kallsyms", cls.folder / "kallsyms")
            guest.run(scenarios.WAITING)
            guest.panic()
            cls.dumps = scenarios.dump_all(guest, cls.folder)
        # Of such kernels, kallsyms names variables, too, and so the list of tasks, and the kernel's types.
        symbols = (cls.folder / "kallsyms").read_text()
        cls.names_variables = " init_task\n" in symbols and " __start_BTF\n" in symbols

    def said(self, *arguments):
        """On both outputs."""
        done = subprocess.run([reports.command("kstrax-dump"), *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        self.assertEqual(done.returncode, 0, done.stdout[-2000:])
        return done.stdout

    def test_every_form_gives_the_same_reports(self):
        for option in ("-t", "-r", "-c", "-i"):
            with self.subTest(report=option):
                texts = {self.said(option, dump) for dump in dataclasses.astuple(self.dumps)}
                self.assertEqual(len(texts), 1)

    def test_the_recording_is_found_without_a_search(self):
        """QEMU's compressed dump has blocks of 64 KiB, and does not say which machine it is of."""
        said = self.said("-v", "--summary", self.dumps.kdump)
        step = "list of modules" if self.names_variables else "modules' memory"
        self.assertRegex(said, rf"{step} .* found: .*kstrax_buf")
        self.assertIn("arm64, 4 KiB pages, 48 bits", said)

    def test_symbols_are_those_of_the_guest(self):
        tool = paths.test_program("kallsyms")
        found = subprocess.run([tool, self.dumps.kdump], stdout=subprocess.PIPE, text=True, check=True).stdout
        expected = [line for line in (self.folder / "kallsyms").read_text().splitlines() if "[" not in line]
        self.assertEqual(found.splitlines(), expected)

    def test_waiting_calls_are_in_flight(self):
        calls = self.said("-i", self.dumps.elf)
        source = "both" if self.names_variables else "ring"
        for call in ('openat(0xffffffffffffff9c, "/tmp/orders.fifo"', "clock_nanosleep(", "wait4("):
            with self.subTest(call=call):
                self.assertRegex(calls, rf" {source} .*{re.escape(call)}")


if __name__ == "__main__":
    unittest.main()
