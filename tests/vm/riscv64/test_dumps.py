# SPDX-License-Identifier: GPL-2.0-or-later
"""What dumps of a RISC-V guest say of its kernel and of some two hundred tasks, against what the guest itself says."""

import collections
import dataclasses
import re
import subprocess
import unittest

from dumped.with_actors import LEAST_ACTORS, STATES, Tally, of_call, of_meaning
from kstraxvm import actors, paths, reports, scenarios
from kstraxvm.kernels import riscv64

FORMS = ("elf", "kdump", "raw")


# Behind a call whose number the kernel has taken back before it took a signal.
FORGOTTEN = {"stopped", "stopped-group", "pt-group", "pt-signal"}


class Dumps(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        with riscv64.guest(files={"/bin/actors": riscv64.program("actors")}, cpus=3) as guest:
            cls.release = guest.kernel.release
            cls.skipped = actors.start(guest)
            guest.run("cat /proc/kallsyms >/share/kallsyms; (while :; do :; done) & (while :; do :; done) & "
                      "(while :; do :; done) & (while :; do :; done) & sleep 1")
            guest.get("kallsyms", cls.folder / "kallsyms")
            cls.meant = actors.meant(guest)
            cls.proc = actors.witness(guest)
            guest.freeze()
            guest.dump(cls.folder / "frozen.elf", "elf")
            guest.thaw()
            guest.panic()
            cls.dumps = scenarios.dump_all(guest, cls.folder)

    def text(self, *options, dump="panic.elf"):
        return reports.report(self.folder / "report", *options, self.folder / dump).read_text()

    def rows(self):
        """{tid: row} of --tasks, each with its line of text."""
        file = reports.report(self.folder / "report", "--tasks", "--format=jsonl", self.folder / "frozen.elf")
        rows = {row["pid"]: row for row in reports.read_jsonl(file)[1] if row["pid"] != 0}
        for line in self.text("--tasks", dump="frozen.elf").splitlines():
            found = re.match(r"[>* ] *(\d+) ", line)
            if found and int(found[1]) in rows:
                rows[int(found[1])]["text"] = line
        return rows

    def still(self, rows):
        """Those that did not run between the witness and the dump, whose clock is then the same for all."""
        now = {tid: self.proc[tid].ran + row["off_cpu_ns"] for tid, row in rows.items()
               if tid in self.proc and row["off_cpu_ns"] is not None}
        moment, _ = collections.Counter(now.values()).most_common(1)[0]
        return {tid: rows[tid] for tid, clock in now.items() if clock == moment}

    def test_each_task_is_where_it_was(self):
        tally = Tally()
        still = self.still(self.rows())
        for tid, row in still.items():
            proc, meant = self.proc[tid], self.meant.get(tid)
            tally.add("state", proc.name, row["task_state"], STATES[proc.state])
            # Of a task that a fault or an interrupt has stopped, /proc shows whatever is in the register of the number.
            if row["in_call"] in ("inside", "behind"):
                of_call(tally, proc.name, {**row, "stack_end": "from user mode"}, proc)
            if meant and (proc.state != "Z" or proc.name == "zombie"):
                forgotten = proc.name in FORGOTTEN
                of_meaning(tally, proc.name, row, dataclasses.replace(meant, where="out") if forgotten else meant)
        self.assertEqual(dict(tally.wrong), {})
        print(f"     {self.release}: right, wrong, unknown of {len(self.meant)} actors; "
              f"this kernel lacks {', '.join(self.skipped) or 'none'}")
        for what in tally.right | tally.unknown:
            print(f"     {what:45} {tally.right[what]:5} {len(tally.wrong[what]):3} {tally.unknown[what]:3}", flush=True)
        self.assertGreater(tally.right["call, as meant"], LEAST_ACTORS - 40)  # older calls are not there

    def test_every_form_says_the_same(self):
        for option in ("--tasks", "-i", "--log"):
            with self.subTest(report=option):
                self.assertEqual(len({self.text(option, dump=f"panic.{form}") for form in FORMS}), 1)

    def test_symbols_are_those_of_the_guest(self):
        tool = paths.test_program("kallsyms")
        found = subprocess.run([tool, self.dumps.kdump], stdout=subprocess.PIPE, text=True, check=True).stdout
        expected = [line for line in (self.folder / "kallsyms").read_text().splitlines() if "[" not in line]
        self.assertEqual(found.splitlines(), expected)

    def test_why_it_died(self):
        said = self.text()
        self.assertRegex(said, r"PANIC +sysrq triggered crash")
        self.assertRegex(said, rf"machine .* Linux {re.escape(self.release)} riscv64\n")
        self.assertIn("how stacks are read is not known on this architecture", re.sub(r"\s+", " ", said))


if __name__ == "__main__":
    unittest.main()
