# SPDX-License-Identifier: GPL-2.0-or-later
"""The recorder on the debug kernel, whose checks find what tests alone do not.

The tests are those of tests/vm, in guests that are judged when they end: by
all that the kernel's log says (there lockdep, RCU, KASAN and UBSAN report), by
kmemleak, and by lockdep itself, which is silent once it has reported.
"""

import functools
import os
import subprocess

import test_live
import test_module
from dumped import test_actors
from kstraxvm import Guest, console, paths, scenarios

KMEMLEAK = "/sys/kernel/debug/kmemleak"
# It reports what has been out of reach for 5 seconds, and lies as it did at the scan before.
SCAN = f"sleep 6; echo scan >{KMEMLEAK}; sleep 6; echo scan >{KMEMLEAK}; cat {KMEMLEAK}"


@functools.cache
def clock():
    """The guest is told how fast its clock is, which is the host's.

    Measured while a busy host did not run it, it was eight times too fast: then timers expire
    faster than they can be served, and little else is done.
    """
    rate = subprocess.run([paths.program("workload"), "clock"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return f"tsc_early_khz={int(rate)}"


class Watched(Guest):
    SLOWER = 3  # than other kernels

    def __init__(self, timeout=1800, judged=True, cmdline="", **options):
        self.judged = judged
        options.setdefault("memory", 1024)
        # Warnings stay in the log: this kernel's serial line takes a lock, when it prints from an
        # interrupt, that lockdep does not allow there.
        super().__init__(cmdline=f"loglevel=4 log_buf_len=4M {clock()} {cmdline}",
                         timeout=self.SLOWER * timeout, **options)

    def __enter__(self):
        super().__enter__()
        # It scans when the guest ends: its own scans, from a minute after boot, take minutes here.
        self.run(f"mount -t debugfs debug /sys/kernel/debug; echo scan=off >{KMEMLEAK}; echo clear >{KMEMLEAK}")
        return self

    def __exit__(self, kind, value, trace):
        try:
            if kind is None and self.judged:
                self.judge()
        finally:
            super().__exit__(kind, value, trace)

    def run(self, command, timeout=300, check=True):
        return super().run(command, self.SLOWER * timeout, check)

    def judge(self):
        log = self.run("dmesg").stdout
        found = console.TROUBLE.search(log)
        if found:
            self.fail(f"the kernel's log:\n{log[max(0, found.start() - 200):found.start() + 6000]}")
        leaks = self.run(SCAN).stdout
        if leaks:
            self.fail(f"kmemleak:\n{leaks}")
        if " debug_locks:                             1\n" not in self.run("cat /proc/lockdep_stats").stdout:
            self.fail("lockdep has switched itself off")


def not_given_back(guest, before, slack, judge=scenarios.not_given_back):
    """KASAN holds back what was freed, up to a 32nd of the memory: lost memory is kmemleak's to find."""
    return judge(guest, before, slack + guest.memory * 1024 // 32)


scenarios.Guest = Watched
scenarios.not_given_back = not_given_back


class Unloading(test_live.Unloading):
    """The storm, hotplug, and memory that runs out."""

    cycles = int(os.environ.get("KSTRAX_LOAD_CYCLES", "50"))
    timeout = 3600 + 60 * cycles


class Trouble(test_live.Trouble):
    """Readers that are killed, that are two, that have no disk."""


class Control(test_live.Control):
    pass


class Copying(test_live.Copying):
    """The ordinary recording."""


class Loading(test_module.Loading):
    """Sizes at and beyond the limits."""


class Actors(test_actors.Actors):
    """Stacks that KASAN makes larger, and locks as their debugging has them. The guest ends in a panic."""

    machine = {"memory": 1024, "judged": False}
