# SPDX-License-Identifier: GPL-2.0-or-later
"""32-bit kernels, without PAE and with it: record, panic, read the dump on this host."""

import shutil
import subprocess
import unittest

import test_in_flight
import test_tasks
from kstraxvm import generated, paths, reports, scenarios
from kstraxvm.kernels import i386
from kstraxvm.readers import compare, elf32, ftrace, kdump32


class WithI386(unittest.TestCase):
    flavour = None

    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        with i386.guest(cls.flavour) as guest:
            guest.load_recorder(40000)
            with ftrace.Recording(guest) as recording:
                cls.tids = scenarios.run_workload(guest)
            guest.run(scenarios.WAITING)
            cls.cast = test_tasks.appear(guest)
            cls.guests = test_tasks.tasks_of(guest)
            cls.calls = test_in_flight.calls_of(guest)
            guest.run("dmesg >/share/dmesg")
            cls.log = (guest.share / "dmesg").read_text(encoding="ascii").splitlines()
            guest.panic()
            cls.dumps = scenarios.dump_all(guest, cls.folder)
            cls.ftrace = compare.from_ftrace(recording.events, cls.tids)
        cls.elf32 = cls.folder / "panic.elf32"
        shutil.copy(cls.dumps.elf, cls.elf32)
        elf32.rewrite(cls.elf32)
        kdump32.like_proc_vmcore(cls.elf32)
        cls.kdump32 = {level: cls.folder / f"panic.kdump32-{level}" for level in (0, 31)}
        for level, path in cls.kdump32.items():
            kdump32.make(cls.elf32, path, level)

    def report(self, dump, *options):
        return reports.report(self.folder / "report", *options, dump)

    def forms(self):
        return (self.dumps.elf, self.dumps.kdump, self.dumps.raw, self.elf32, *self.kdump32.values())

    def test_raw_reports_equal_ftrace(self):
        for dump in self.forms():
            with self.subTest(dump=dump.name):
                path = self.report(dump, "-r", "--format=jsonl")
                result = compare.compare(self.ftrace, compare.from_jsonl(path, self.tids))
                self.assertEqual(result.differences, [])
                self.assertEqual(result.threads, len(self.tids))
                self.assertGreater(result.events, 3000)

    def test_page_tables_find_what_frame_lists_find(self):
        for option in ("-t", "-r", "-c", "-i"):
            texts = {self.report(dump, option, *how).read_bytes()
                     for dump in self.forms() for how in ((), ("--no-frame-lists",))}
            with self.subTest(report=option):
                self.assertEqual(len(texts), 1)

    def test_the_panicking_write_is_in_flight(self):
        header, rows, _ = reports.read_jsonl(self.report(self.dumps.elf, "-i", "--format=jsonl"))
        pid = header["recording"]["panic_pid"]
        self.assertEqual([(row["name"], row["args"][2]) for row in rows if row["pid"] == pid],
                         [("write", "0x2")])

    def test_the_log_is_the_guests(self):
        logs = {self.report(dump, "--log").read_text(encoding="ascii") for dump in self.forms()}
        self.assertEqual(len(logs), 1)
        lines = logs.pop().splitlines()
        begin = lines.index(self.log[0])
        self.assertEqual(lines[begin:begin + len(self.log)], self.log)

    def test_tasks_without_types_are_the_guests(self):
        """These kernels carry no BTF, and symbols of functions only."""
        rows = {}
        for dump in (self.dumps.elf, self.dumps.kdump):
            done = subprocess.run([paths.test_program("tasks"), "--by-structure", dump], text=True,
                                  stdout=subprocess.PIPE, check=True)
            rows = {int(row[0]): row for row in map(str.split, done.stdout.splitlines()) if row[0] != "0"}
            newest = max(self.cast)
            known = {tid for tid, task in self.guests.items() if tid <= newest and not task.command.startswith(b"kworker/")}
            self.assertGreater(len(known), 40)
            self.assertLessEqual(known, rows.keys())
            for tid in known:
                task = self.guests[tid]
                self.assertEqual((int(rows[tid][1]), bytes.fromhex("".join(rows[tid][5:]))),
                                 (task.tgid, task.command[:test_tasks.LONGEST]))
            for tid in self.cast:
                self.assertEqual(rows[tid][2], test_tasks.STATES[self.guests[tid].state])

    def test_rows_in_flight_have_state_and_command(self):
        for dump in self.forms():
            header, rows, _ = reports.read_jsonl(self.report(dump, "-i", "--format=jsonl"))
            mine = {row["pid"]: row for row in rows if row["pid"] in self.cast}
            # Those that were stopped have left their call, and the dead one is in none.
            self.assertLessEqual({tid for tid in self.cast if self.guests[tid].state in "SD"}, mine.keys())
            for tid, row in mine.items():
                with self.subTest(dump=dump.name, row=row):
                    self.assertEqual(row["task_state"], test_tasks.STATES[self.guests[tid].state])
            panicked = [row for row in rows if row["pid"] == header["recording"]["panic_pid"]]
            self.assertEqual([(row["task_state"], row["command"]) for row in panicked], [("RU", "sh")])

    def test_the_overview_says_what_symbols_allow(self):
        """No types, no stacks; who panicked is only in the recording."""
        screen = self.report(self.dumps.elf).read_text()
        self.assertRegex(screen, r"\APANIC      sysrq triggered crash\n")
        self.assertRegex(screen, r"\ntask       \d+ sh on CPU \d: write\(1, 0x[0-9a-f]+, 2\), for 0\.\d{3} s\n")
        self.assertRegex(screen, r"\ncalls      the last of \d+ sh ")
        self.assertNotIn("\nstack ", screen)
        self.assertRegex(" ".join(screen.split()), r"trust \d+ tasks, all of the list; the kernel's symbols name no BTF")

    def test_registers_say_the_calls_of_proc(self):
        done = subprocess.run([paths.test_program("tasks"), "--by-structure", "--calls", self.dumps.elf], text=True,
                              stdout=subprocess.PIPE, check=True)
        rows = {int(row[0]): (int(row[1]), row[2:8]) for row in map(str.split, done.stdout.splitlines())}
        asleep = {tid for tid in self.cast if self.guests[tid].state in "SD"}
        self.assertGreaterEqual(len(asleep), 7)
        self.assertEqual({tid: rows.get(tid) for tid in asleep}, {tid: self.calls.get(tid) for tid in asleep})

    def test_generated_dumps_have_the_headers_of_this_one(self):
        for form, real in (("elf32", self.elf32), ("elf", self.dumps.elf)):
            made = generated.dump(self.folder, form, "layout ia32", f'tables "{self.tables}"')
            with self.subTest(form=form):
                self.assertEqual(generated.header(made), generated.header(real))
                self.assertEqual(generated.notes(made), {note for note in generated.notes(real) if note[0] != "QEMU"})


class NoPae(WithI386):
    flavour = "686"
    tables = "2 levels"


class Pae(WithI386):
    flavour = "686-pae"
    tables = "PAE"


if __name__ == "__main__":
    unittest.main()
