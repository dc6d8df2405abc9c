# SPDX-License-Identifier: GPL-2.0-or-later
"""32-bit kernels, without PAE and with it: record, panic, read the dump on this host."""

import pathlib
import shutil
import tempfile
import unittest

from kstraxvm import compare, elf32, ftrace, generated, i386, kdump32, reports, scenarios


class WithI386(unittest.TestCase):
    flavour = None

    @classmethod
    def setUpClass(cls):
        scratch = tempfile.TemporaryDirectory(prefix="kstraxvm-")
        cls.addClassCleanup(scratch.cleanup)
        cls.folder = pathlib.Path(scratch.name)
        with i386.guest(cls.flavour) as guest:
            guest.load_recorder(40000)
            with ftrace.Recording(guest) as recording:
                cls.tids = scenarios.run_workload(guest)
            guest.run(scenarios.WAITING)
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
