# SPDX-License-Identifier: GPL-2.0-or-later
"""Some two hundred tasks, each in another call or stall: of none of them a dump says anything that is not so.

What the dump does not tell is counted. The counts are printed: they are the rows of docs/tested.md.
"""

import os
import re
import subprocess
import unittest

from kstraxvm import actors, reports

from .with_actors import LEAST_ACTORS, OWN_LOCKS, OWNERS, WithActors

# All that does not change while it waits.
OF_A_TASK = ("pid", "tgid", "task_state", "command", "in_call", "abi", "nr", "name", "args", "waits_for", "lock",
             "owner_pid", "stack", "stack_end")
# What a panic by sysrq comes from, whatever the panic then does.
SYSRQ = ["panic", "sysrq_handle_crash", "__handle_sysrq.cold", "write_sysrq_trigger", "proc_reg_write", "vfs_write",
         "ksys_write", "do_syscall_64", "entry_SYSCALL_64_after_hwframe"]


def panicked(dump):
    """The functions of the task that panicked by sysrq, which ran on a CPU."""
    (row,) = [row for rows in actors.stacks(dump).values() for row in rows
              if any("sysrq_handle_crash" in frame for frame in row[3])]
    cpu, _, end, frames = row
    assert cpu != "-" and end == "user", row
    return [frame.lstrip("?").partition("+")[0] for frame in frames]


class Actors(WithActors):
    """KASLR, and on QEMU's "max" five levels of page tables."""

    def test_nothing_is_wrong(self):
        for dump in ("frozen.elf", "frozen.kdump"):
            tally = self.tally(dump)
            with self.subTest(dump=dump):
                self.assertEqual(dict(tally.wrong), {})
                self.assertGreater(tally.right["call, as meant"], LEAST_ACTORS)
        print(f"     {self.release}: right, wrong, unknown of {len(self.meant)} actors; "
              f"this kernel lacks {', '.join(self.skipped) or 'none'}")
        for what in tally.right | tally.unknown:
            print(f"     {what:45} {tally.right[what]:5} {len(tally.wrong[what]):3} {tally.unknown[what]:3}", flush=True)

    def test_the_running_machine_says_the_same(self):
        """Its own memory, /proc/kcore, a moment before."""
        live = {row["pid"]: row for row in reports.read_jsonl(self.folder / "kcore.jsonl")[1]}
        dumped, still = self.tasks("frozen.elf"), self.still("frozen.elf")
        self.assertGreater(len(still), LEAST_ACTORS)
        for tid in still:
            # One that was woken since may wait for the CPU that the last actor does not leave.
            if dumped[tid]["task_state"] == "RU" != live[tid]["task_state"]:
                continue
            with self.subTest(task=self.names[tid]):
                self.assertEqual([live[tid][name] for name in OF_A_TASK], [dumped[tid][name] for name in OF_A_TASK])

    def test_every_actor_acts(self):
        self.assertEqual(self.complaints, "")

    def test_reports_in_text(self):
        """What a person reads: of the task that waits, for whom; a stack of one task; nothing raw."""
        text = reports.report(self.folder / "report", "--tasks", self.folder / "frozen.elf").read_text()
        holder = next(tid for tid, name in self.names.items() if name == "fpos-hold")
        self.assertRegex(text, rf"  UN +- .*  fpos-wait +lseek\(\d+</bin/busybox>\??, 0, SEEK_SET\); waits for an? (rt_)?mutex held by {holder} fpos-hold; ")
        self.assertRegex(text, r"  IN .*  read-pipe +read\(\d+<pipe:\[\d+\]>, 0x[0-9a-f]+, 1\); other end: \d+ [^;]*; (anon_)?pipe_read < (.* < )?vfs_read < ksys_read\n")
        self.assertRegex(text, r'  IN .*  open-fifo +openat\(AT_FDCWD, "/tmp/actors\.fifo", O_RDONLY\); ')
        self.assertRegex(text, r"  ZO .*  zombie +it has no stack any more\n")
        self.assertRegex(text, r"\n# \d+ tasks\n$")
        stack = reports.report(self.folder / "report", "--stack", str(holder), self.folder / "frozen.elf").read_text()
        self.assertRegex(stack, rf"\n{holder} fpos-hold  IN  read\(\d+</bin/busybox>, 0x[0-9a-f]+, 100\)\n  #0 +__schedule\+0x")
        self.assertRegex(stack, r"\n        \(from user mode\)\n# \d+ frames of 1 tasks\n$")
        frames = [(row["frame"], f"{row['function']}+{row['offset']:#x}") for row in self.rows("--stack", str(holder))]
        ((_, _, _, whole),) = actors.stacks(self.folder / "frozen.elf")[holder]
        self.assertEqual(frames, list(enumerate(frame.lstrip("!") for frame in whole)))

    def test_who_waits_for_which_lock(self):
        holders = {row["command"]: row["owner_command"] for row in self.rows("--locks")}
        for name in OWNERS:
            if holders.get(name) or "-rt-" not in self.release:
                self.assertEqual(holders[name], self.owner(name, holders[name]), name)
        self.assertEqual({row["command"] for row in self.rows("--locks") if row["deadlock"]}, OWN_LOCKS)

    def test_who_has_the_other_end(self):
        """Of pipes, as descriptors of /proc have it."""
        rows, still = self.tasks("frozen.elf"), self.still("frozen.elf")
        compared = 0
        for tid, row in rows.items():
            pipe = re.search(r"<(pipe:\[\d+\])>", row["text"])
            if row["other_end"] is None or not pipe or tid not in still:
                continue
            useless = os.O_WRONLY if "pipe_write" in row["stack"] else os.O_RDONLY
            holders = {rows[pid]["tgid"] for (pid, _), (_, flags, path) in self.files.descriptors.items()
                       if pid in rows and path == pipe[1].encode() and flags & os.O_ACCMODE != useless}
            with self.subTest(task=row["command"], text=row["text"]):
                said = {rows[int(one.split()[0])]["tgid"] for one in row["other_end"].split(", ") if one}
                self.assertEqual(said, holders)
                self.assertIn("no task has the other end among its descriptors" if not said else "other end: ", row["text"])
            compared += 1
        self.assertGreater(compared, 8)
        print(f"other ends of {compared} pipes are those of /proc")

    def test_a_task_that_is_not_there(self):
        done = subprocess.run([reports.command("kstrax-dump"), "--stack", "99999", self.folder / "frozen.elf"],
                              text=True, capture_output=True)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("99999: the kernel has no task of this id", done.stderr)

    def test_the_stack_that_panicked(self):
        self.assertEqual(panicked(self.folder / "panic.elf")[-len(SYSRQ):], SYSRQ)

    def test_every_cpu_has_a_whole_stack(self):
        self.expect_whole_stacks_of_cpus()


if os.environ.get("KSTRAX_ALL_MACHINES"):  # make vm-check-kernels; else one machine is enough
    class FourLevels(Actors):
        """Four levels of page tables, of which user mode has its own (PTI); no KASLR."""
        machine = {"cpu_model": "max,-la57", "cmdline": "pti=on", "kaslr": False}


if __name__ == "__main__":
    unittest.main()
