# SPDX-License-Identifier: GPL-2.0-or-later
"""What the analyzer says of real panics, beyond the ground truth."""

import dataclasses
import subprocess
import unittest

from kstraxvm import generated, paths, reports, scenarios
from kstraxvm.readers import rings


class WithPanic(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        reports.command("kstrax-dump")
        cls.folder = paths.scratch(cls.addClassCleanup)
        cls.panic()

    @classmethod
    def panic(cls):
        raise NotImplementedError

    def report(self, dump, *options):
        return reports.report(self.folder / "report", *options, dump)


class Panic(WithPanic):
    @classmethod
    def panic(cls):
        cls.dumps = scenarios.workload_panic(cls.folder)

    def test_forms_of_one_panic_give_the_same_reports(self):
        for option in ("-t", "-r", "-c", "-i"):
            with self.subTest(report=option):
                texts = {self.report(dump, option).read_bytes() for dump in dataclasses.astuple(self.dumps)}
                self.assertEqual(len(texts), 1)

    def test_page_tables_find_what_frame_lists_find(self):
        for option in ("-t", "-r", "-c", "-i"):
            with self.subTest(report=option):
                texts = {self.report(dump, option, *how).read_bytes()
                         for dump in dataclasses.astuple(self.dumps) for how in ((), ("--no-frame-lists",))}
                self.assertEqual(len(texts), 1)

    def test_addresses_are_where_the_kernel_has_them(self):
        """--vtop of the anchor, which the kernel maps in one piece, and of each page of the rings."""
        recording = rings.read(self.dumps.raw)
        expected = {recording.virt: recording.phys}
        for ring in recording.rings:
            expected.update({ring.virt + index * rings.PAGE: frame * rings.PAGE
                             for index, frame in enumerate(ring.pages)})
        for dump in dataclasses.astuple(self.dumps):
            with self.subTest(dump=dump.name):
                done = subprocess.run([reports.command("kstrax-dump"), "--vtop", "-", dump], text=True,
                                      input="\n".join(map(hex, expected)), stdout=subprocess.PIPE, check=True)
                found = dict(tuple(int(word, 16) for word in line.split()) for line in done.stdout.splitlines())
                self.assertEqual(found, expected)

    def test_the_panicking_write_is_in_flight(self):
        header, rows, _ = reports.read_jsonl(self.report(self.dumps.kdump, "-i", "--format=jsonl"))
        recording = header["recording"]
        found = [row for row in rows if row["pid"] == recording["panic_pid"]]
        self.assertEqual([(row["name"], row["args"][0], row["args"][2], row["cpu"]) for row in found],
                         [("write", "0x1", "0x2", recording["panic_cpu"])])

    def test_generated_dumps_have_the_headers_of_this_one(self):
        made = generated.dump(self.folder, "elf", "layout x86_64", 'tables "5 levels"')
        self.assertEqual(generated.header(made), generated.header(self.dumps.elf))
        self.assertEqual(generated.notes(made), {note for note in generated.notes(self.dumps.elf) if note[0] != "QEMU"})

    def test_buffer_files_give_the_same_report(self):
        files = reports.report(self.folder / "X", "-b", self.dumps.elf)
        direct = self.report(self.dumps.elf, "-t").read_bytes()
        reports.report(self.folder / "from-files", "-t", files, tool="kstrax")
        self.assertEqual((self.folder / "from-files").read_bytes(), direct)


class Wrapped(WithPanic):
    """Rings that were written through several times."""

    @classmethod
    def panic(cls):
        cls.wrapped = scenarios.wrapped_rings(cls.folder)

    def test_counts_and_serials_are_exact(self):
        entries = self.wrapped.entries
        oracle = rings.read(self.wrapped.dumps.raw)
        header, rows, _ = reports.read_jsonl(self.report(self.wrapped.dumps.elf, "-r", "--format=jsonl"))
        self.assertEqual([ring.cpu for ring in oracle.rings], [cpu["cpu"] for cpu in header["cpus"]])
        for ring, cpu in zip(oracle.rings, header["cpus"]):
            self.assertGreater(ring.head, 2 * entries)
            self.assertEqual((cpu["capacity"], cpu["entries"], cpu["written"], cpu["overwritten"]),
                             (entries, entries, ring.head, ring.head - entries))
            self.assertEqual((cpu["torn"], cpu["gaps"], cpu["unreadable"], cpu["invalid"]), (0, 0, 0, 0))
            # Every slot is there; those of a name are part of their call's row.
            self.assertEqual(ring.torn, 0)
            serials = {row["serial"] for row in rows if row["cpu"] == cpu["cpu"]}
            self.assertEqual(serials ^ {record.serial for record in ring.records}, set())

    def test_the_storm_is_what_the_guest_says(self):
        _, rows, _ = reports.read_jsonl(self.report(self.wrapped.dumps.elf, "-r", "--format=jsonl"))
        for cpu, (tid, calls) in self.wrapped.storms.items():
            entries = [row for row in rows if row["pid"] == tid and row["kind"] == "entry"]
            self.assertEqual({row["cpu"] for row in entries[1:]}, {cpu})
            made = sum(row["name"] in ("getpid", "read") for row in entries)
            self.assertGreater(made, self.wrapped.entries // 2 * 0.9)
            self.assertLessEqual(made, calls)


if __name__ == "__main__":
    unittest.main()
