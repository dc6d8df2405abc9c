# SPDX-License-Identifier: GPL-2.0-or-later
"""Dumps of arm64 guests: every form says the same, and the kernel's own words are found in each."""

import dataclasses
import re
import subprocess
import unittest

from kstraxvm import paths, reports, scenarios
from kstraxvm.kernels import arm64


# By the kernel's pages: how it runs on the CPUs of kstraxvm.kernels.arm64.
TABLES = {4096: "4 KiB pages, 48 bits", 16384: "16 KiB pages, 47 bits"}


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
        # Of most kernels, kallsyms names variables, too, and so the list of modules.
        cls.names_variables = " modules\n" in (cls.folder / "kallsyms").read_text()
        cls.tables = TABLES[int(re.search(rb"\nPAGESIZE=(\d+)", cls.dumps.elf.read_bytes())[1])]

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
        self.assertIn(f"arm64, {self.tables}", said)

    def test_symbols_are_those_of_the_guest(self):
        tool = paths.test_program("kallsyms")
        found = subprocess.run([tool, self.dumps.kdump], stdout=subprocess.PIPE, text=True, check=True).stdout
        expected = [line for line in (self.folder / "kallsyms").read_text().splitlines() if "[" not in line]
        self.assertEqual(found.splitlines(), expected)

    def test_waiting_calls_are_in_flight(self):
        calls = self.said("-i", self.dumps.elf)
        for call in ('openat(0xffffffffffffff9c, "/tmp/orders.fifo"', "clock_nanosleep(", "wait4("):
            with self.subTest(call=call):
                self.assertRegex(calls, rf" both .*{re.escape(call)}")


if __name__ == "__main__":
    unittest.main()
