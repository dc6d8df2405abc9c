# SPDX-License-Identifier: GPL-2.0-or-later
"""Some two hundred tasks of an arm64 guest, each in another call or stall: what a dump says of them, against /proc."""

import unittest

from dumped import test_actors
from dumped.with_actors import LEAST_ACTORS, OWN_LOCKS, OWNERS, WithActors
from kstraxvm.kernels import arm64

# What a panic by sysrq comes from.
SYSRQ = ["panic", "sysrq_handle_crash", "__handle_sysrq", "write_sysrq_trigger", "proc_reg_write", "vfs_write", "ksys_write",
         "__arm64_sys_write"]


class Actors(WithActors):
    asks_itself = False
    machine = {"new_guest": arm64.guest, "made": arm64.program}
    forgotten = {"stopped", "stopped-group", "pt-group", "pt-signal"}  # before a signal is taken
    unsaid = "?"  # callers of functions without a record, which the kernel does not see

    def test_nothing_is_wrong(self):
        for dump in ("frozen.elf", "frozen.kdump"):
            tally = self.tally(dump)
            with self.subTest(dump=dump):
                self.assertEqual(dict(tally.wrong), {})
                self.assertGreater(tally.right["call, as meant"], LEAST_ACTORS - 30)  # older calls are not there
        print(f"     {self.release}: right, wrong, unknown of {len(self.meant)} actors; "
              f"this kernel lacks {', '.join(self.skipped) or 'none'}")
        for what in tally.right | tally.unknown:
            print(f"     {what:45} {tally.right[what]:5} {len(tally.wrong[what]):3} {tally.unknown[what]:3}", flush=True)

    def test_callers_that_the_kernel_does_not_see(self):
        """A fault in a function that makes no record: who called it is in a register."""
        guessed = {}
        for tid, (_, frames) in self.still("frozen.elf").items():
            for inner, frame in zip(frames, frames[1:]):
                if frame[0] == "?":
                    guessed.setdefault(inner.partition("+")[0], set()).add(frame[1:].partition("+")[0])
        self.assertEqual(guessed["__arch_copy_from_user"], {"_copy_from_iter"})
        self.assertIn("_copy_to_iter", guessed["__arch_copy_to_user"])

    def test_every_actor_acts(self):
        self.assertEqual(self.complaints, "")

    def test_who_waits_for_which_lock(self):
        holders = {row["command"]: row["owner_command"] for row in self.rows("--locks")}
        for name in OWNERS:
            self.assertEqual(holders[name], self.owner(name, holders[name]), name)
        self.assertEqual({row["command"] for row in self.rows("--locks") if row["deadlock"]}, OWN_LOCKS)

    def test_the_stack_that_panicked(self):
        functions = test_actors.panicked(self.folder / "panic.elf")
        begin = functions.index("panic")
        self.assertEqual(functions[begin:begin + len(SYSRQ)], SYSRQ)

    def test_every_cpu_has_a_whole_stack(self):
        self.expect_whole_stacks_of_cpus()


if __name__ == "__main__":
    unittest.main()
