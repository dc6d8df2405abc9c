# SPDX-License-Identifier: GPL-2.0-or-later
"""The kernel's own trace rings out of a dump: each event as tracefs has shown it before the panic."""

import collections
import gzip
import re
import unittest

from kstraxvm import paths, reports, scenarios
from kstraxvm.guest import Guest
from kstraxvm.readers import compare, ftrace

NAME = ftrace.INSTANCE.rsplit("/", 1)[1]
LINE = re.compile(r"^ *.+-(?P<tid>\d+) +\[(?P<cpu>\d+)\] \S+ +(?P<seconds>\d+)\.(?P<us>\d{6}): (?P<name>\w+)")
SWITCH = re.compile(r"prev_pid=(\d+) prev_prio=(\d+) .*next_pid=(\d+) next_prio=(\d+)$")
STAT = re.compile(r"^(entries|overrun): (\d+)", re.MULTILINE)


class BesideTheRecorder(unittest.TestCase):
    """Both have recorded the same calls, and both lie in the dump."""

    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        cls.dump = cls.folder / "both.elf"
        with scenarios.guest_with_programs(cmdline="syscall.x32=y") as guest:
            guest.load_recorder(160000, "name_slots=0")
            with ftrace.Recording(guest, keep=True) as recording:
                cls.tids = scenarios.run_workload(guest)
            guest.panic()
            guest.dump(cls.dump, "elf")
        cls.events = recording.events

    def rows(self, *options):
        return reports.read_jsonl(reports.report(self.folder / "rows", "--format=jsonl", *options, self.dump))[1]

    def traced(self, *options):
        return self.rows("--find=ftrace", f"--instance={NAME}", *options)

    def test_each_event_is_as_tracefs_shows_it(self):
        rows = self.traced("-r")
        self.assertEqual(len(rows), len(self.events))
        self.assertGreater(len(rows), 5000)
        path = self.folder / "rows"
        result = compare.compare(compare.from_ftrace(self.events, self.tids), compare.from_jsonl(path, self.tids))
        self.assertEqual(result.differences, [])
        self.assertEqual(result.threads, len(self.tids))
        self.assertLessEqual(max(map(abs, result.time_differences)), 1000)  # it shows microseconds

    def calls(self, rows):
        """{tid: its calls}, by number, without execve, and how many of those are complete."""
        threads = collections.defaultdict(list)
        for row in rows:
            if row["pid"] in self.tids and row["name"] != "execve":
                threads[row["pid"]].append((row["abi"], row["nr"], row["state"], row.get("ret")))
        complete = [row for row in rows if row["name"] == "execve" and row["state"] == "complete"]
        return threads, len([row for row in complete if row["pid"] in self.tids])

    def test_calls_are_those_that_the_recorder_has(self):
        """Whole threads: both were there before they began."""
        (theirs, their_execs), (ours, our_execs) = self.calls(self.traced("-t")), self.calls(self.rows("-t"))
        # That of a thread that becomes the leader of its process returns under another thread's id. That these are of one
        # process ftrace does not tell.
        self.assertEqual(their_execs, our_execs - 1)
        self.assertEqual(theirs.keys(), ours.keys())
        for tid, calls in theirs.items():
            # Calls through the 32-bit gate of a 64-bit program are none that ftrace tells from others.
            if any(abi == "compat" for abi, *_ in calls) or all(abi != "compat" for abi, *_ in ours[tid]):
                self.assertEqual(calls, ours[tid], tid)
            else:
                self.assertEqual([call[1:] for call in calls], [call[1:] for call in ours[tid]], tid)


class Snapshot(unittest.TestCase):
    """What was put aside while the ring went on."""

    def test_it_is_read_as_tracefs_shows_it(self):
        folder = paths.scratch(self.addCleanup)
        with scenarios.guest_with_programs() as guest:
            guest.run("""cd /sys/kernel/tracing && echo mono > trace_clock && echo 4096 > buffer_size_kb || exit
                echo 1 > events/raw_syscalls/enable; ls -R /proc/1 > /dev/null; echo 1 > snapshot; ls -R /sys/module > /dev/null
                cat snapshot > /tmp/trace && gzip -1 /tmp/trace && mv /tmp/trace.gz /share/""")
            lines = gzip.decompress((guest.share / "trace.gz").read_bytes()).decode(errors="replace").splitlines()
            guest.panic()
            guest.dump(folder / "dump", "elf")
        shown = read_lines(lines)
        self.assertGreater(sum(map(len, shown.values())), 500)
        kept, later = (reports.read_jsonl(reports.report(folder / "rows", "--format=jsonl", "-r", "--find=ftrace", *which,
                                                         folder / "dump"))[1]
                       for which in (["--instance=/snapshot"], []))
        self.assertEqual(read_rows(kept), shown)
        self.assertGreater(min(row["time_ns"] for row in later), min(row["time_ns"] for row in kept))
        self.assertGreater(max(row["time_ns"] for row in later), max(row["time_ns"] for row in kept))


def read_lines(lines):
    """{cpu: its events} of a text of tracefs."""
    shown = collections.defaultdict(list)
    for found in filter(None, map(LINE.match, lines)):
        micro = int(found["seconds"]) * 10**6 + int(found["us"])
        shown[int(found["cpu"])].append((int(found["tid"]), micro, found["name"]))
    return shown


def read_rows(rows):
    """The same, of a raw report."""
    names = {"entry": "sys_enter", "exit": "sys_exit"}
    read = collections.defaultdict(list)
    for row in rows:
        # It rounds to the nearest.
        read[row["cpu"]].append((row["pid"], (row["time_ns"] + 500) // 1000, names.get(row["kind"], row["kind"])))
    return read


class NamedCalls(unittest.TestCase):
    """One instance has the events of all calls, another those that each call has by its name."""

    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        cls.dump = cls.folder / "named.elf"
        with scenarios.guest_with_programs(memory=768) as guest:
            guest.run("""cd /sys/kernel/tracing/instances && mkdir all named || exit
                for name in all named; do echo mono > $name/trace_clock; echo 16384 > $name/buffer_size_kb; done
                echo 1 > named/events/syscalls/enable; echo 1 > all/events/raw_syscalls/enable""")
            cls.tids = scenarios.run_workload(guest)
            cls.texts = guest.run("test -e /sys/kernel/tracing/syscall_user_buf_size && echo yes || true").stdout.strip() == "yes"
            guest.panic()
            guest.dump(cls.dump, "elf")

    def calls(self, instance):
        """{tid: its calls that are whole}"""
        rows = reports.read_jsonl(reports.report(self.folder / "rows", "--format=jsonl", "--find=ftrace",
                                                 f"--instance={instance}", "-t", "--columns=full", self.dump))[1]
        threads = collections.defaultdict(list)
        for row in rows:
            if row["pid"] in self.tids and row["state"] == "complete":
                threads[row["pid"]].append(row)
        return threads

    def test_they_are_the_same_calls(self):
        ours, theirs = self.calls("named"), self.calls("all")
        self.assertLessEqual(ours.keys(), theirs.keys())
        for tid, calls in ours.items():
            rest = iter([(row["nr"], row["args"], row["ret"]) for row in theirs[tid]])
            for row in calls:
                self.assertIn((row["nr"], row["args"], row["ret"]), rest, f"{tid}: {row} is not the next one, nor a later one")
        # Calls through other tables, numbers that no call has, and rt_sigreturn have no events by name.
        lacking = collections.Counter(row["name"] for tid, calls in theirs.items() for row in calls)
        lacking.subtract(row["name"] for calls in ours.values() for row in calls)
        self.assertGreater(sum(map(len, ours.values())), 1000)
        self.assertEqual(lacking["futex"], 0)
        self.assertGreater(lacking["rt_sigreturn"], 0)

    def test_a_file_of_them_has_them_too(self):
        traced = ("--find=ftrace", "--instance=named")
        written = self.folder / "trace.dat"
        reports.report(written, *traced, self.dump, option="--trace-dat")
        read = [reports.read_jsonl(reports.report(self.folder / "rows", "--format=jsonl", "-t", *source))[1]
                for source in ((*traced, self.dump), (written,))]
        states = [[row for row in rows if row["state"] == "complete"] for rows in read]
        self.assertEqual(states[0], states[1])
        self.assertGreater(len(states[0]), 1000)

    def test_newer_kernels_tell_file_names(self):
        named = [row["path"] for calls in self.calls("named").values() for row in calls if row["path"]]
        if not self.texts:
            self.assertEqual(named, [])
            self.skipTest("this kernel's events have no texts")
        self.assertTrue(any(path.startswith(scenarios.FOLDER) for path in named), named[:20])


class Stock(unittest.TestCase):
    """A kernel without any module of ours, whose small rings have gone round."""

    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        cls.dump = cls.folder / "stock.elf"
        with Guest(files={"/bin/workload": paths.program("workload"), "/bin/ia32": paths.program("ia32")}) as guest:
            guest.run("""cd /sys/kernel/tracing && echo mono > trace_clock && echo 256 > buffer_size_kb || exit
                echo 1 > events/raw_syscalls/enable; echo 1 > events/sched/enable; echo 1 > events/irq/enable""")
            scenarios.run_workload(guest)
            stats = guest.run("""cd /sys/kernel/tracing && echo 0 > tracing_on || exit
                for cpu in per_cpu/cpu*; do cat $cpu/stats; done
                cat trace > /tmp/trace && gzip -1 /tmp/trace && mv /tmp/trace.gz /share/""").stdout
            cls.lines = gzip.decompress((guest.share / "trace.gz").read_bytes()).decode(errors="replace").splitlines()
            guest.panic()
            guest.dump(cls.dump, "elf")
        found = [int(number) for _, number in STAT.findall(stats)]
        cls.counted = list(zip(found[::2], found[1::2]))  # (entries, overrun) of each CPU

    def test_without_being_asked_each_event_is_as_tracefs_shows_it(self):
        head, rows, _ = self.report("-r")
        self.assertEqual([(cpu["entries"], cpu["overwritten"]) for cpu in head["cpus"]], self.counted)
        self.assertGreater(sum(overrun for _, overrun in self.counted), 0)
        shown, read = read_lines(self.lines), read_rows(rows)
        self.assertEqual(sum(map(len, shown.values())), sum(entries for entries, _ in self.counted))
        for cpu, events in shown.items():
            self.assertEqual(read[cpu], events)

    def test_numbers_of_other_events_are_told(self):
        switches = [tuple(map(int, found.groups())) for found in map(SWITCH.search, self.lines) if found]
        self.assertGreater(len(switches), 100)
        rows = [row["args"] for row in self.report("-r")[1] if row["kind"] == "sched_switch"]
        number = [tuple(int(str(word), 0) for word in (args[0], args[1], args[3], args[4])) for args in rows]
        self.assertEqual(number, switches)

    def report(self, *options):
        return reports.read_jsonl(reports.report(self.folder / "rows", "--format=jsonl", *options, self.dump))


if __name__ == "__main__":
    unittest.main()
