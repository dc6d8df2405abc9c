# SPDX-License-Identifier: GPL-2.0-or-later
"""The tasks that a dump holds are those that the guest itself had, whatever they call themselves."""

import collections
import dataclasses
import json
import re
import subprocess
import unittest

from kstraxvm import paths, reports, scenarios
from kstraxvm.paths import test_program
from kstraxvm.task_list import TaskList

# /proc knows kernel threads by longer names than their task_struct has room for.
LONGEST = 15
# As /proc has a state and as crash's ps has it.
STATES = {"R": "RU", "S": "IN", "D": "UN", "T": "ST", "t": "TR", "Z": "ZO", "I": "ID"}
MARKS = 8  # lines that the guest writes to its log
TICK = 10_000_000  # ns; between two ticks, the log's clock may stand still
CAST = sorted("SSSSSSDTtZ")  # the leader, four threads, the child of vfork; then one of each


@dataclasses.dataclass(frozen=True)
class Task:
    tid: int
    tgid: int
    state: str
    command: bytes

    @classmethod
    def read(cls, tid, tgid, state, command=""):
        return cls(int(tid), int(tgid), state, bytes.fromhex(command))


def tasks_of(guest):
    lines = guest.run("workload tasks").stdout.splitlines()
    return {task.tid: task for task in (Task.read(*line.split()) for line in lines)}


def appear(guest):
    """The tasks of the cast, once each is in its state."""
    guest.run("workload cast >/tmp/cast 2>&1 </dev/null &")
    for _ in range(200):
        tids = [int(line) for line in guest.run("cat /tmp/cast").stdout.split()]
        tasks = tasks_of(guest)
        if sorted(tasks[tid].state for tid in tids if tid in tasks) == CAST:
            return set(tids)
        guest.run("usleep 100000")
    raise AssertionError(f"the cast does not come to rest: {[tasks.get(tid) for tid in tids]}")


class Tasks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        reports.command("kstrax-dump")
        cls.folder = paths.scratch(cls.addClassCleanup)
        with scenarios.guest_with_programs(memory=384) as guest:
            guest.load_recorder(20000)
            cls.cast = appear(guest)
            cls.guests = tasks_of(guest)
            guest.run(f"for i in $(seq {MARKS}); do echo kstrax-mark-$i >/dev/kmsg; usleep 60000; done")
            guest.panic()
            guest.dump(cls.folder / "panic.elf", "elf")
            guest.dump(cls.folder / "panic.kdump", "kdump-zlib")

    def dumped(self, name="panic.elf", *options):
        done = subprocess.run([test_program("tasks"), *options, self.folder / name], text=True, stdout=subprocess.PIPE, check=True)
        return [line.split(" ") for line in done.stdout.splitlines()]

    def test_all_tasks_are_there_under_their_names(self):
        for name in ("panic.elf", "panic.kdump"):
            with self.subTest(dump=name):
                rows = [(Task.read(tid, tgid, state, command)) for tid, tgid, state, _, _, command in self.dumped(name)]
                dumped = {task.tid: task for task in rows if task.tid != 0}
                newest = max(self.cast)
                for tid, task in self.guests.items():
                    if tid > newest or task.command.startswith(b"kworker/"):
                        continue  # who made the list; workers, which come, go and are called after their work
                    self.assertIn(tid, dumped.keys())
                    self.assertEqual((dumped[tid].tgid, dumped[tid].command), (task.tgid, task.command[:LONGEST]))
                for tid in dumped.keys() - self.guests.keys():
                    self.assertTrue(tid > newest or dumped[tid].command.startswith(b"kworker/"), dumped[tid])

    def test_by_structure_they_are_the_same(self):
        """As of a kernel without types; of idle tasks that do not run, only the first CPU's is known so."""
        for name in ("panic.elf", "panic.kdump"):
            by_types, by_structure = ([row for row in self.dumped(name, *how) if row[0] != "0" or row[3] != "-"]
                                      for how in ((), ("--by-structure",)))
            self.assertEqual(by_structure, by_types)

    def test_states_are_the_guests(self):
        dumped = {int(row[0]): row[2] for row in self.dumped() if row[0] != "0"}
        self.assertEqual({tid: dumped[tid] for tid in self.cast},
                         {tid: STATES[self.guests[tid].state] for tid in self.cast})

    def test_each_cpu_ran_one_and_one_of_them_panicked(self):
        header, _, _ = reports.read_jsonl(reports.report(self.folder / "report", "-i", "--format=jsonl", self.folder / "panic.elf"))
        rows = self.dumped()
        self.assertEqual(sorted(row[3] for row in rows if row[3] != "-"), ["0", "1"])
        panicked = [(int(row[0]), int(row[3]), bytes.fromhex(row[5])) for row in rows if row[4] == "*"]
        recording = header["recording"]
        self.assertEqual(panicked, [(recording["panic_pid"], recording["panic_cpu"], b"sh")])

    def test_the_report_names_them_and_prints_nothing_of_theirs_raw(self):
        text = reports.report(self.folder / "report", "-i", self.folder / "panic.elf").read_bytes()
        self.assertRegex(text, rb"\n\*  .*  RU  sh  +write\(0x1, ")
        self.assertRegex(text, rb"  IN  two\\nlines +pause\(\)")
        self.assertRegex(text, rb'  IN  \\33\[2J\\33\[31m\\377\\"\\\\ +pause\(\)')
        self.assertRegex(text, rb"  UN  blocked in vfor  vfork\(\)")
        self.assertEqual([byte for byte in text if byte not in b"\n" and not 0x20 <= byte < 0x7f], [])
        _, rows, _ = reports.read_jsonl(reports.report(self.folder / "report", "-i", "--format=jsonl", self.folder / "panic.elf"))
        for row in rows:
            if row["pid"] in self.cast:
                self.assertEqual(row["task_state"], STATES[self.guests[row["pid"]].state])

    def test_the_log_stands_beside_the_calls_that_wrote_it(self):
        text = reports.report(self.folder / "report", "-t", "--log", "--time=monotonic", self.folder / "panic.elf").read_text()
        _, rows, _ = reports.read_jsonl(reports.report(self.folder / "report", "-t", "--format=jsonl", self.folder / "panic.elf"))
        writes = [row for row in rows if row["name"] == "write" and row["ret"] == len("kstrax-mark-1\n")]
        # Others may write as much.
        writer, _ = collections.Counter(row["pid"] for row in writes).most_common(1)[0]
        writes = [row for row in writes if row["pid"] == writer]
        marks = re.findall(r"^# log +(\d+)\.(\d{9})  kstrax-mark-(\d)$", text, re.MULTILINE)
        self.assertEqual([int(number) for _, _, number in marks], list(range(1, MARKS + 1)))
        self.assertEqual(len(writes), MARKS)
        shifts = []
        for (seconds, fraction, _), row in zip(marks, writes):
            time = int(seconds) * 1_000_000_000 + int(fraction)
            self.assertGreater(time, row["start_ns"] - TICK)
            self.assertLess(time, row["end_ns"] + TICK)
            shifts.append((time - row["start_ns"]) / 1e6)
        self.assertIn("# the log's clock was set to the recording's", text)
        print(f"log lines after the begin of their write: {min(shifts):.3f} to {max(shifts):.3f} ms")
        # And in the text, where their time is: ends of calls that returned go up through the log's lines.
        moments = [float(found[1] or found[2]) for found in re.finditer(
            r"^(?:# log +(\d+\.\d{9})  | +\d+ +\d+\.\d{9} +(\d+\.\d{9}) )", text, re.MULTILINE)]
        log_at = [i for i, line in enumerate(moments) if line in {float(f"{s}.{f}") for s, f, _ in marks}]
        for i in log_at:
            self.assertLessEqual(moments[i - 1], moments[i] + 1e-9)
            self.assertGreaterEqual(moments[i + 1], moments[i] - 1e-9)
        plain = reports.report(self.folder / "report", "-t", "--time=monotonic", self.folder / "panic.elf").read_text()
        kept = [line for line in text.splitlines() if not line.startswith(("# log", "# the log's"))]
        self.assertEqual(kept, plain.splitlines())

    def damaged(self, name, damage):
        """(processes that --tasks shows, their known_by, what --tasks and the overview say) of a copy with a damaged list."""
        found = TaskList(self.folder / "panic.elf")
        damage(found)
        dump = found.write(self.folder / name)
        rows = [json.loads(line) for line in self.shown(dump, "--tasks", "--format=jsonl").stdout.splitlines()[1:-1]]
        return rows, self.shown(dump, "--tasks"), self.shown(dump)

    def shown(self, dump, *options):
        return subprocess.run([reports.command("kstrax-dump"), *options, dump], text=True, capture_output=True)

    def test_a_damaged_list_loses_nobody(self):
        whole = [json.loads(line) for line in self.shown(self.folder / "panic.elf", "--tasks", "--format=jsonl").stdout.splitlines()[1:-1]]
        facts = {row["pid"]: (row["tgid"], row["command"], row["name"], row["stack"]) for row in whole if row["pid"]}

        def in_both_directions(tasks):
            third = len(tasks.nodes) // 3
            tasks.point(tasks.nodes[third], next_=0x10)
            tasks.point(tasks.nodes[2 * third], prev=0x10)

        def skips(tasks):
            third = len(tasks.nodes) // 3
            tasks.point(tasks.nodes[third], next_=tasks.nodes[2 * third])

        for damage, by in ((in_both_directions, {"list", "list backwards", "pid table", "run queue"}),
                           (skips, {"list", "list backwards", "pid table", "run queue"})):
            with self.subTest(damage=damage.__name__):
                rows, text, overview = self.damaged("damaged.elf", damage)
                found = {row["pid"]: (row["tgid"], row["command"], row["name"], row["stack"]) for row in rows if row["pid"]}
                self.assertEqual(found, facts)
                self.assertLessEqual({row["known_by"] for row in rows}, by)
                recovered = [row for row in rows if row["known_by"] in ("list backwards", "pid table")]
                self.assertGreater(len(recovered), 5)
                self.assertEqual((text.returncode, overview.returncode), (3, 3))
                asleep = [row for row in recovered if row["running_on"] is None]  # others have a mark of their own
                self.assertEqual(len(re.findall("^~", text.stdout, re.MULTILINE)), len(asleep))
                self.assertRegex(text.stderr, r"^kstrax-dump: warning: .*list of tasks")
                self.assertRegex(overview.stdout, r"(?m)^trust .*damaged")
                print(f"{damage.__name__}: {len(recovered)} of {len(facts)} recovered; {text.stderr.strip()}")


if __name__ == "__main__":
    unittest.main()
