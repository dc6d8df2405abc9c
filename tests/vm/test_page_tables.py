# SPDX-License-Identifier: GPL-2.0-or-later
"""x86-64's kinds of page tables: rings through them alone are what frame lists lead to.

Four boots in which every two settings of levels, KASLR and page-table isolation meet.
"""

import pathlib
import tempfile
import unittest

from kstraxvm import reports, scenarios

ENTRIES = 3000
LEVELS = {"5 levels": "max", "4 levels": "max,-la57"}


class PageTables(unittest.TestCase):
    def compare(self, levels, kaslr, isolation):
        with tempfile.TemporaryDirectory(prefix="kstraxvm-") as scratch:
            self.compare_in(pathlib.Path(scratch), levels, kaslr, isolation)

    def compare_in(self, folder, levels, kaslr, isolation):
        with scenarios.guest_with_programs(memory=256, cpu_model=LEVELS[levels], kaslr=kaslr,
                                           cmdline="pti=on" if isolation else "pti=off") as guest:
            self.check_settings(guest, levels, kaslr, isolation)
            guest.load_recorder(ENTRIES)
            scenarios.run_workload(guest, "threads")
            guest.run(scenarios.WAITING)
            guest.panic()
            dumps = scenarios.dump_all(guest, folder)
        # QEMU's own dump holds VMCOREINFO; in a raw image it is to be found.
        forms = dumps.elf, dumps.raw
        for option in ("-t", "-r", "-c", "-i"):
            texts = {reports.report(folder / "report", option, *how, dump).read_bytes()
                     for dump in forms for how in ((), ("--no-frame-lists",))}
            self.assertEqual(len(texts), 1, option)
        for dump in forms:
            found = reports.report(folder / "report", "--no-frame-lists", dump).read_text()
            self.assertIn(f"through page tables (x86_64, {levels},", found)

    def check_settings(self, guest, levels, kaslr, isolation):
        """The kernel did as it was told: else the four would not be different."""
        log = guest.run("dmesg").stdout
        flags = guest.run("grep -m 1 ^flags /proc/cpuinfo").stdout.split()
        self.assertEqual("la57" in flags, levels == "5 levels")
        self.assertEqual("Kernel/User page tables isolation: enabled" in log, isolation)
        # Without KASLR the kernel's text is where it was linked to be.
        text = guest.run("grep -m 1 ' _stext$' /proc/kallsyms").stdout.split()[0]
        self.assertEqual(text != "ffffffff81000000", kaslr)

    def test_5_levels_kaslr_isolation(self):
        self.compare("5 levels", kaslr=True, isolation=True)

    def test_5_levels(self):
        self.compare("5 levels", kaslr=False, isolation=False)

    def test_4_levels_kaslr(self):
        self.compare("4 levels", kaslr=True, isolation=False)

    def test_4_levels_isolation(self):
        self.compare("4 levels", kaslr=False, isolation=True)


if __name__ == "__main__":
    unittest.main()
