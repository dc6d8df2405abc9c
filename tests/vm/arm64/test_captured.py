# SPDX-License-Identifier: GPL-2.0-or-later
"""A real kdump of arm64: the dump that a capture kernel has, and what makedumpfile makes of it there."""

import unittest

from kstraxvm import actors, paths, reports, scenarios
from kstraxvm.kernels import arm64

CAPTURE_CMDLINE = "console=ttyAMA0 loglevel=5 panic=0 nr_cpus=1 reset_devices"
FILTERED = {"zlib": "-c", "lzo": "-l", "zstd": "-z", "plain": "", "core": "-E"}
REPORTS = ("-t", "-r", "-c", "-i", "--log", "--tasks", "--locks", "--stack=all")
# Of kernels built for addresses of 52 bits: makedumpfile up to 1.7.8.
NOT_TAKEN = "VA Bits 52 not supported"
# kexec-tools ask for _text there to place memory. With KASLR, Debian 12's and sid's load the capture kernel all the same;
# its /proc/vmcore has physical addresses that no machine has, and reading it ends in an oops. Without, they refuse.
NO_TEXT = "6.1's kallsyms has no _text"


@unittest.skipIf(arm64.NAME == "6.1", NO_TEXT)
class Captured(unittest.TestCase):
    dumps = ("vmcore", "raw")

    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        programs = {**arm64.debian_program("kexec-tools", "usr/sbin/kexec"),
                    **arm64.debian_program("makedumpfile", "usr/bin/makedumpfile")}
        with arm64.guest(cpus=2, memory=1024, cmdline="crashkernel=320M", files=programs) as guest:
            kernel = guest.put(guest.kernel.image, "vmlinuz")
            (guest.share / "initramfs").write_bytes(guest.ramdisk({"/bin/busybox": arm64.busybox(), **programs}))
            guest.run(f"/usr/sbin/kexec -p {kernel} --initrd=/share/initramfs --append='{CAPTURE_CMDLINE}'")
            guest.load_recorder(20000)
            scenarios.run_workload(guest)
            guest.run(scenarios.WAITING)
            guest.crash_into_capture_kernel()
            guest.run("cat /proc/vmcore >/share/vmcore", timeout=600)
            guest.get("vmcore", cls.folder / "vmcore")
            for name, how in FILTERED.items():
                made = guest.run(f"/usr/bin/makedumpfile {how} -d 31 /proc/vmcore /share/{name}", check=False, timeout=600)
                if made.rc != 0 and NOT_TAKEN in made.stdout:
                    break
                assert made.rc == 0, made.stdout
                guest.get(name, cls.folder / name)
                cls.dumps = (*cls.dumps, name)
            guest.freeze()
            guest.raw_memory(cls.folder / "raw")
        print(f"     {arm64.release()}: {', '.join(cls.dumps)}", flush=True)

    def report(self, option, name):
        return reports.report(self.folder / "report", option, self.folder / name).read_text()

    def test_all_forms_say_the_same(self):
        for option in REPORTS:
            whole = self.report(option, "vmcore")
            self.assertGreater(len(whole.splitlines()), 1)
            for name in self.dumps[1:]:
                with self.subTest(report=option, dump=name):
                    self.assertEqual(self.report(option, name).splitlines(), whole.splitlines())

    def test_the_stack_that_panicked(self):
        for name in self.dumps:
            rows = [row for rows in actors.stacks(self.folder / name).values() for row in rows if row[0] != "-"]
            with self.subTest(dump=name):
                self.assertEqual({row[2] in ("user", "whole") for row in rows}, {True}, rows)
                self.assertTrue(any("sysrq_handle_crash+" in " ".join(row[3]) for row in rows), rows)


if __name__ == "__main__":
    unittest.main()
