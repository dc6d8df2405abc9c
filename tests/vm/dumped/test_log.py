# SPDX-License-Identifier: GPL-2.0-or-later
"""The log of a dump is what the guest's own dmesg showed, whoever filtered the dump. No recorder was ever loaded."""

import re
import shutil
import subprocess
import sys
import unittest

from kstraxvm import paths, reports
from kstraxvm.guest import Guest

FOR_MAKEDUMPFILE = paths.ROOT / "tests/crash/for_makedumpfile.py"
# A line of user space, its level and facility, two lines at once, bytes for a terminal, and more than a ring holds.
TO_KMSG = r"""exec 3>/dev/kmsg
printf '<30>a daemon speaks' >&3
printf '<3>first line\nsecond line' >&3
printf 'red \033[31m, \377 and \\' >&3"""
MEMORY = 384  # MiB
FLOOD = 6000
LEVELS = ("emerg", "alert", "crit", "err", "warn", "notice", "info", "debug")
FACILITIES = ("kern", "user", "mail", "daemon")


def flood(guest, count):
    guest.run(f"exec 3>/dev/kmsg; i=0; while [ $i -lt {count} ]; do echo flood $i of many lines >&3; i=$((i+1)); done")


def dmesg(guest, options=""):
    """Lines as bytes: the guest's own view."""
    guest.run(f"dmesg {options} >/share/dmesg")
    return (guest.share / "dmesg").read_bytes().splitlines()


def escaped(line):
    """What is no printable ASCII, as dmesg and the report write it."""
    return re.sub(rb"[^\x20-\x7e\t]", lambda byte: b"\\x%02x" % byte.group()[0], line).decode()


class WithLog:
    """Subclasses say what went into the log of the guest that panicked."""

    wrapped = False

    @classmethod
    def setUpClass(cls):
        reports.command("kstrax-dump")
        cls.folder = paths.scratch(cls.addClassCleanup)
        with Guest(memory=MEMORY, cmdline="printk.devkmsg=on") as guest:
            guest.run(TO_KMSG)
            cls.early = dmesg(guest)
            cls.raw = dmesg(guest, "-r")
            if cls.wrapped:
                flood(guest, FLOOD)
            cls.late = dmesg(guest)
            guest.panic()
            guest.dump(cls.folder / "elf", "elf")
            guest.dump(cls.folder / "kdump", "kdump-zlib")
            guest.raw_memory(cls.folder / "raw")
        shutil.copy(cls.folder / "elf", cls.folder / "moved")
        subprocess.run([sys.executable, FOR_MAKEDUMPFILE, cls.folder / "moved"], check=True)
        subprocess.run(["makedumpfile", "-c", "-d", "31", cls.folder / "moved", cls.folder / "filtered"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def lines(self, name="elf", *options):
        text = reports.report(self.folder / "report", "--log", *options, self.folder / name).read_text(encoding="ascii")
        return text.splitlines()

    def test_every_form_of_the_dump_has_the_same(self):
        elf = self.lines()
        for name in ("kdump", "raw", "moved", "filtered"):
            with self.subTest(dump=name):
                self.assertEqual(self.lines(name), elf)

    def test_the_overview_of_every_form_is_the_same(self):
        """But a raw image has no registers of the CPUs, and says so for each that did not idle."""
        def screen(name):
            return reports.report(self.folder / "report", self.folder / name).read_text()

        elf = screen("elf")
        self.assertRegex(elf, r"(?m)^stack +sysrq_handle_crash < ")
        for name in ("kdump", "moved", "filtered"):
            with self.subTest(dump=name):
                self.assertEqual(screen(name), elf)
        raw = screen("raw")
        self.assertIn("it ran: the dump does not have the registers of its CPU", raw)
        ends = {text[text.index("\nblocked "):] for text in (raw, elf)}
        self.assertEqual(len(ends), 1, ends)

    def test_it_is_the_guests(self):
        """dmesg shows the newest that fit its buffer; the panic came later."""
        ours = self.lines()[1:-1]
        theirs = [escaped(line) for line in self.late]
        self.assertGreater(len(theirs), 200)
        begin = ours.index(theirs[0])
        self.assertEqual(ours[begin:begin + len(theirs)], theirs)
        self.assertTrue(any("Kernel panic - not syncing: sysrq triggered crash" in line for line in ours[begin:]))

    def test_it_is_makedumpfiles(self):
        """A line for each record; it goes on with further lines of a text in its own way."""
        path = self.folder / "dmesg-of-makedumpfile"
        path.unlink(missing_ok=True)
        subprocess.run(["makedumpfile", "--dump-dmesg", self.folder / "filtered", path], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        # makedumpfile 1.7.2 extends the sign of bytes from 0x80 on.
        theirs = [line.decode("ascii").replace("\\xffffff", "\\x")
                  for line in path.read_bytes().splitlines() if line.startswith(b"[")]
        _, rows, _ = reports.read_jsonl(reports.report(self.folder / "report", "--log", "--format=jsonl", self.folder / "filtered"))
        lines = self.lines("filtered")[1:-1]
        firsts = []
        for row in rows:  # its first line, and those that stand behind it
            firsts.append(lines[0])
            del lines[:row["text"].count("\n") + 1]
        self.assertEqual(firsts, theirs)

    def test_crashs_command_says_the_same(self):
        crash = paths.BUILD / "tests/fake-crash"
        if not crash.exists():
            self.skipTest("build/tests/fake-crash is not built")
        done = subprocess.run([crash, self.folder / "elf", f"max_pfn={MEMORY << 8}", "--", "--log"], check=True,
                              stdout=subprocess.PIPE, text=True)
        self.assertEqual(done.stdout.splitlines(), self.lines())

    def test_no_way_to_rings_was_looked_for(self):
        done = subprocess.run([reports.command("kstrax-dump"), "--log", self.folder / "kdump"], stdout=subprocess.DEVNULL,
                              stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (0, ""))


class Log(WithLog, unittest.TestCase):
    def test_rows_have_levels_and_facilities(self):
        _, rows, trailer = reports.read_jsonl(reports.report(self.folder / "report", "--log", "--format=jsonl", self.folder / "elf"))
        self.assertEqual((trailer["rows"], trailer["overwritten"], trailer["findings"]), (len(rows), 0, []))
        self.assertEqual([row["seq"] for row in rows], list(range(len(rows))))
        daemon, two, red = (next(row for row in rows if row["text"].startswith(text)) for text in ("a daemon", "first line", "red "))
        self.assertEqual((daemon["level"], daemon["facility"]), ("info", "daemon"))
        self.assertEqual((two["level"], two["facility"], two["text"]), ("err", "user", "first line\nsecond line"))
        self.assertEqual(red["text"], "red \x1b[31m, \ufffd and \\")
        self.assertRegex(daemon["caller"], "^T[0-9]+$")
        # busybox: "<6>[    0.000000] text", with the facility in the number.
        known = {}
        for row in rows:
            known.setdefault(row["text"].split("\n")[0], []).append(row)
        checked = 0
        for line in self.raw:
            number, text = re.match(rb"<(\d+)>\[[^]]*\] (.*)", line).groups() if line.startswith(b"<") else (b"0", b"")
            for row in known.get(text.decode(errors="replace"), ()):
                checked += 1
                level, facility = LEVELS[int(number) & 7], FACILITIES[int(number) >> 3]
                self.assertIn((level, facility), {(one["level"], one["facility"]) for one in known[row["text"].split("\n")[0]]})
        self.assertGreater(checked, 200)


class Wrapped(WithLog, unittest.TestCase):
    wrapped = True

    def test_older_lines_are_counted(self):
        _, rows, trailer = reports.read_jsonl(reports.report(self.folder / "report", "--log", "--format=jsonl", self.folder / "elf"))
        self.assertGreater(trailer["overwritten"], 0)
        self.assertEqual(rows[0]["seq"], trailer["overwritten"])
        flooded = [int(row["text"].split()[1]) for row in rows if row["text"].startswith("flood ")]
        self.assertEqual(flooded, list(range(flooded[0], FLOOD)))
        self.assertNotEqual(flooded[0], 0)


if __name__ == "__main__":
    unittest.main()
