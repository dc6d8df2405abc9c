# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest read by its QMP socket, in its memory file or by a dump: the same reports as of QEMU's own dump."""

import re
import signal
import subprocess
import time
import unittest

from kstraxvm import actors, paths, reports

REPORTS = ([], ["-t", "--columns=full"], ["-i"], ["--tasks"], ["--stack", "all"], ["--log"], ["--locks"])
STOOD = r"note: the guest stood for (\d+\.\d) ms\n"


class WithGuest:
    def setUp(self):
        self.folder = paths.scratch(self.addCleanup)
        self.socket = self.folder / "qmp"
        self.guest = self.enterContext(actors.guest_with_actors(
            memory=768, cpus=2, qemu_options=["-qmp", f"unix:{self.socket},server=on,wait=off", *self.memory()]))
        self.guest.load_recorder(20000)
        actors.start(self.guest)

    def dump(self, *options, qmp="--qmp", program=None):
        """What is printed, and said."""
        done = subprocess.run([program or reports.command("kstrax-dump"), *options, qmp, self.socket], text=True,
                              capture_output=True, env=reports.ENVIRONMENT)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout, done.stderr

    def status(self):
        return self.guest._qmp.command("query-status")["status"]

    def stood(self, said):
        """The one note of it, in ms; the guest runs again."""
        self.assertEqual(self.status(), "running")
        (stood,) = re.findall(STOOD, said)
        return float(stood)

    def check_reports(self):
        """Of a guest that is stopped, and stays so."""
        self.guest.freeze()
        elf = self.folder / "dump.elf"
        self.guest.dump(elf)
        for options in REPORTS:
            with self.subTest(report=options):
                text = reports.report(self.folder / "report", *options, elf).read_text()
                for program in {reports.command("kstrax-dump"), reports.watched("kstrax-dump")}:  # mostly the same
                    own, said = self.dump(*options, program=program)
                    self.assertGreater(len(own), 100)
                    self.assertEqual(own.replace(str(self.socket), str(elf)), text)
                    self.assertNotRegex(said, STOOD)
                    self.assertEqual(self.status(), "paused")
        elf.unlink()
        self.guest.thaw()

    def check_running(self):
        """It goes on after reports, errors and kills."""
        self.guest.run("true")
        _, said = self.dump()
        print(f"{type(self).__name__}: overview, stood for {self.stood(said)} ms")
        self.guest.run("true")
        done = subprocess.run([reports.command("kstrax-dump"), "-t", "--instance", "1", "--qmp", self.socket],
                              text=True, capture_output=True)
        self.assertIn(done.returncode, (1, 2), done.stderr)
        self.stood(done.stderr)
        for number in (signal.SIGINT, signal.SIGKILL):
            process = subprocess.Popen([reports.command("kstrax-dump"), "--open-files", "all", "--qmp", self.socket],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.until("paused")
            process.send_signal(number)
            self.assertEqual(process.wait(), -number)
            self.until("running")
        self.guest.run("true")

    def until(self, status):
        end = time.monotonic() + 60
        while self.status() != status:
            self.assertLess(time.monotonic(), end, f"the guest is not {status}")


class InItsMemoryFile(WithGuest, unittest.TestCase):
    def memory(self):
        ram = self.folder / "ram"
        # With most of it above 4 GiB.
        return ["-object", f"memory-backend-file,id=m,size=768M,mem-path={ram},share=on",
                "-machine", "memory-backend=m,max-ram-below-4g=256M"]

    def test_it(self):
        self.check_reports()
        self.check_running()
        text, said = self.dump("--tasks", qmp="--qmp-running")
        self.assertNotRegex(said, STOOD)
        self.assertIn("futex-pi", text)
        self.assertNotIn("dumped into", said)
        # A file of that name which is not the guest's memory.
        ram = self.folder / "ram"
        ram.rename(self.folder / "true-ram")
        ram.write_bytes(b"\0")
        with ram.open("r+b") as file:
            file.truncate(768 << 20)
        text, said = self.dump("--tasks")
        self.assertIn("its memory file holds other memory than the guest", said)
        self.assertIn("futex-pi", text)


class ByADump(WithGuest, unittest.TestCase):
    def memory(self):
        return []

    def test_it(self):
        self.check_reports()
        self.check_running()
        text, said = self.dump("--tasks", qmp="--qmp-running")
        self.assertRegex(said, r"cannot be read in place \(.*\): 768 MiB are dumped into ")
        self.assertIn("futex-pi", text)


if __name__ == "__main__":
    unittest.main()
