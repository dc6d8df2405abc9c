# SPDX-License-Identifier: GPL-2.0-or-later
"""How a dumped kernel is found its way about in, with no debug information: KASLR is on."""

import pathlib
import subprocess
import tempfile
import unittest

from kstraxvm import i386, scenarios
from kstraxvm.paths import test_program


class WithDumps(unittest.TestCase):
    @classmethod
    def guest(cls):
        raise unittest.SkipTest("only what its subclasses share")

    @classmethod
    def setUpClass(cls):
        guest = cls.guest()
        scratch = tempfile.TemporaryDirectory(prefix="kstraxvm-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        with guest:
            guest.load_recorder(40000)
            scenarios.run_workload(guest)
            guest.run("cp /proc/kallsyms /share/kallsyms")
            guest.get("kallsyms", cls.folder / "kallsyms")
            guest.panic()
            guest.dump(cls.folder / "panic.elf", "elf")
            guest.dump(cls.folder / "panic.kdump", "kdump-zlib")

    def test_every_symbol_is_the_running_kernels(self):
        # Those of modules come last, with a tab and the module behind them.
        expected = [line for line in (self.folder / "kallsyms").read_text().splitlines() if "[" not in line]
        for name in ("panic.elf", "panic.kdump"):
            with self.subTest(dump=name):
                done = subprocess.run([test_program("kallsyms"), self.folder / name], text=True,
                                      stdout=subprocess.PIPE, check=True)
                self.assertEqual(done.stdout.splitlines(), expected)
                self.assertGreater(len(expected), 40000)


class Amd64(WithDumps):
    @classmethod
    def guest(cls):
        return scenarios.guest_with_programs(memory=384)


class Pae(WithDumps):
    @classmethod
    def guest(cls):
        return i386.guest("686-pae", memory=256)


if __name__ == "__main__":
    unittest.main()
