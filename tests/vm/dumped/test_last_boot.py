# SPDX-License-Identifier: GPL-2.0-or-later
"""Trace rings in memory that is kept over a reboot: what a machine did before it died, read in the boot after it."""

import collections
import gzip
import re
import unittest

from kstraxvm import default_release, paths, reports, scenarios
from kstraxvm.guest import Guest

from .test_ftrace import LINE, read_lines, read_rows

NAME = "kept"
TRACING = f"/sys/kernel/tracing/instances/{NAME}"
FUNCTION = re.compile(r"<(\w+)[+>]")
# Of work, as the kernel's own reading names it and ours.
WORK = re.compile(r"workqueue_execute_start: .*function=(\w+)\+0x0/\w+( \[\w+\])?")
OUR_WORK = re.compile(r"function=0x\w+ <(\w+)( \[\w+\])?>")


def linux():
    return tuple(map(int, re.match(r"(\d+)\.(\d+)", default_release()).groups()))


@unittest.skipIf(linux() < (6, 12), "older kernels keep no rings over a reboot")
class AfterAPanic(unittest.TestCase):
    """Recorded until a panic; the second boot's /proc/kcore, its dump, and its own reading of the same rings."""

    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        cls.dump = cls.folder / "second.elf"
        # The second boot may find the memory elsewhere, or its own image in it: then nothing is left.
        for _ in range(4):
            if cls.record_and_die():
                return
        raise unittest.SkipTest("the kernel has kept nothing over four reboots")

    @classmethod
    def record_and_die(cls):
        """False: the kernel itself shows no events of the boot before."""
        with Guest(files={"/bin/workload": paths.program("workload"), "/bin/ia32": paths.program("ia32")}, reboots=True,
                   cmdline=f"reserve_mem=16M:4096:{NAME} trace_instance={NAME}@{NAME}") as guest:
            # With another clock than the default, 7.3 empties CPU 0's ring when it boots.
            guest.run(f"""cd {TRACING} || exit
                echo 1 > events/raw_syscalls/enable && echo 1 > events/timer/hrtimer_start/enable || exit
                echo 1 > events/workqueue/workqueue_execute_start/enable""")
            cls.tids = scenarios.run_workload(guest)
            cls.function = guest.run("grep -m1 ' t tick_nohz_handler$\\| t tick_sched_timer$' /proc/kallsyms").stdout.split()
            # Modules have work to do.
            guest.run("dd if=/dev/zero of=/share/file bs=64k count=4")
            guest.panic_and_reboot()
            # The kernel's own reading of what is left, and ours of live memory.
            guest.run(f"""cat {TRACING}/trace > /tmp/trace && gzip -1 /tmp/trace && mv /tmp/trace.gz /share/""")
            cls.lines = gzip.decompress((guest.share / "trace.gz").read_bytes()).decode(errors="replace").splitlines()
            if not any(map(LINE.match, cls.lines)):
                return False
            cls.live = cls.run_live(guest)
            guest.freeze()
            guest.dump(cls.dump, "elf")
        return True

    @classmethod
    def run_live(cls, guest):
        program = paths.BUILD / "static/kstrax-dump"
        if not program.exists():
            return None
        guest.put(program)
        guest.run("/share/kstrax-dump -r --last-boot --format=jsonl /proc/kcore > /share/live")
        path = cls.folder / "live"
        guest.get("live", path)
        return path

    def report(self, *options):
        return reports.read_jsonl(reports.report(self.folder / "rows", "--format=jsonl", "--last-boot", *options, self.dump))

    def shown(self):
        """{cpu: its events}, as the kernel's own reading has them."""
        return read_lines(self.lines)

    def test_each_event_is_as_the_kernel_shows_it(self):
        shown = self.shown()
        self.assertEqual(shown.keys(), {0, 1})
        self.assertGreater(sum(map(len, shown.values())), 1000)
        self.assertEqual(read_rows(self.report("-r")[1]), shown)

    def test_live_memory_has_the_same_events(self):
        if self.live is None:
            self.skipTest("build/static/kstrax-dump is not built: make static")
        self.assertEqual(reports.read_jsonl(self.live)[1], self.report("-r")[1])

    def test_it_is_said_whose_events_these_are(self):
        head, _, trailer = self.report("-t")
        found = {finding["id"]: finding for finding in head.get("findings", []) + trailer.get("findings", [])}
        self.assertIn("boot_before", found)
        self.assertNotIn("ring_missing", found)
        # Nothing of this boot's tasks is taken for the other's.
        self.assertFalse(any(row.get("command") for row in self.report("-t")[1]))

    def test_functions_have_the_names_of_where_they_were(self):
        named = collections.Counter()
        for row in self.report("-r", "-x", "event==hrtimer_start")[1]:
            named[(FUNCTION.search(str(row["fields"])) or [None, ""])[1]] += 1
        self.assertIn(self.function[2], named)
        self.assertEqual(named[""], 0, "timers of modules are not among them")

    @unittest.skipIf(linux() < (6, 16), "older kernels do not note where modules lay")
    def test_so_have_those_of_modules(self):
        shown = [found.groups() for found in map(WORK.search, self.lines) if found]
        rows = self.report("-r", "-x", "event==workqueue_execute_start")[1]
        ours = [found.groups() for found in (OUR_WORK.search(row["fields"]) for row in rows) if found]
        self.assertTrue(any(module for _, module in shown), "no work of a module")
        self.assertEqual(collections.Counter(ours), collections.Counter(shown))

    def test_the_call_that_killed_it_is_in_flight(self):
        rows = [row for row in self.report("-i")[1] if row["name"] == "write"]
        self.assertTrue(rows)


if __name__ == "__main__":
    unittest.main()
