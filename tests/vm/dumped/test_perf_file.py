# SPDX-License-Identifier: GPL-2.0-or-later
"""What perf has recorded in a guest: its files hold for us what perf itself prints of them."""

import re
import shutil
import subprocess
import unittest

from kstraxvm import GuestProblem, paths, reports, scenarios

LINE = re.compile(r" *(-?\d+)/(-?\d+) +\[(\d+)\] +(\d+)\.(\d{9}): +[^:]+:([^:]+): ?(.*)$")  # process, thread, CPU, time, event
X32 = 1 << 30  # of a number: another table's
LARGEST = 4094


def put_perf(guest):
    """Returns the words that run this machine's perf in the guest."""
    program = shutil.which("perf")
    if program is None:
        raise unittest.SkipTest("perf is not installed")
    needs = subprocess.run(["ldd", program], stdout=subprocess.PIPE, text=True, check=True).stdout
    libraries = [guest.put(path) for path in re.findall(r"(/\S+) \(0x", needs)]
    loader = next(path for path in libraries if "/ld-linux" in path)
    return f"{loader} --library-path /share {guest.put(program)}"


class Recorded(unittest.TestCase):
    """Calls of a workload and the scheduler's work meanwhile: plain, compressed, and with rings too small for them."""

    FILES = {"plain": "", "compressed": "-z", "callers": "-g -k mono", "small": "-m 1"}

    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        try:
            cls.record()
        except GuestProblem as problem:
            # No code of ours is in that kernel: where perf's end of tracing stalls an emulated machine, another has its turn.
            if "kernel is not well" not in str(problem):
                raise
            print(f"once more, since the guest stalled: {str(problem).splitlines()[0]}")
            cls.record()

    @classmethod
    def record(cls):
        with scenarios.guest_with_programs() as guest:
            perf = put_perf(guest)
            for name, options in cls.FILES.items():
                guest.run(f"{perf} record -a {options} -e 'raw_syscalls:*,sched:sched_switch' -o /tmp/{name} -- "
                          "workload run /tmp/workload && rm -r /tmp/workload && "
                          f"cp /tmp/{name} /share/{name}")
                guest.get(name, cls.folder / name)

    def printed(self, name):
        """Of perf script: ((process, thread, CPU, time), event, what it says)."""
        done = subprocess.run(["perf", "script", "--ns", "-F", "pid,tid,cpu,time,event,trace", "-i", self.folder / name],
                              stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, errors="replace", check=True)
        found = []
        for line in done.stdout.splitlines():
            if not line.strip():
                continue
            match = LINE.match(line)
            if match is None:
                raise AssertionError(f"perf script prints: {line}")
            found.append(match.groups())
        return [((*map(int, (process, thread, cpu)), int(seconds + part)), event, text.strip())
                for process, thread, cpu, seconds, part, event, text in map(self.with_thread, found)]

    @staticmethod
    def with_thread(line):
        """Of a thread that is no more, perf has no number: the event has it."""
        process, thread, cpu, seconds, part, event, text = line
        if thread == "-1":
            thread = re.search(r"prev_pid=(\d+)", text)[1]
        return process, thread, cpu, seconds, part, event, text

    def rows(self, name, status=0):
        return reports.read_jsonl(reports.report(self.folder / "rows", "--format=jsonl", "-r", self.folder / name,
                                                 status=status))[1]

    @staticmethod
    def as_perf_prints(row):
        where = (row["tgid"], row["pid"], row["cpu"], row["time_ns"])
        nr = -1 if row["nr"] is None else row["nr"] | (X32 if row["abi"] == "x32" else 0)
        if row["kind"] == "entry":
            return where, "sys_enter", f"NR {nr} ({', '.join(format(int(word, 16), 'x') for word in row['args'])})"
        if row["kind"] == "exit":
            return where, "sys_exit", f"NR {nr} = {row['ret']}"
        return where, row["kind"], ""

    @staticmethod
    def with_held_number(text):
        """Of a call whose number is larger than any that there is, we say no number."""
        number = int(re.match(r"NR (-?\d+)", text)[1])
        return re.sub(r"^NR \d+", "NR -1", text) if number & ~X32 >= LARGEST else text

    def assert_same(self, name, rows):
        """Some have one time: neither's order among them is the right one."""
        theirs = sorted((where, event, self.with_held_number(text) if event.startswith("sys_") else "")
                        for where, event, text in self.printed(name))
        self.assertGreater(len(theirs), 2000, name)
        ours = sorted(map(self.as_perf_prints, rows))
        for one, other in zip(ours, theirs):
            self.assertEqual(one, other, name)
        self.assertEqual(len(ours), len(theirs), name)
        self.assertTrue(any(row[1] == "sched_switch" for row in ours), name)

    def test_each_event_is_as_perf_prints_it(self):
        for name in ("plain", "compressed", "callers"):
            self.assert_same(name, self.rows(name))

    def test_what_was_lost_is_what_perf_counts(self):
        told = subprocess.run(["perf", "report", "-D", "-i", self.folder / "small"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True, errors="replace", check=True).stdout
        lost = sum(map(int, re.findall(r"PERF_RECORD_LOST: id:\d+: lost:(\d+)", told)))
        self.assertGreater(lost, 0)
        self.assert_same("small", self.rows("small", status=3))
        output = reports.report(self.folder / "summary", "--format=jsonl", "--summary", self.folder / "small", status=3)
        cpus = reports.read_jsonl(output)[1]
        self.assertEqual(sum(row.get("unreadable", 0) for row in cpus), lost)

    def test_their_commands_are_told(self):
        text = reports.report(self.folder / "text", "--columns=full", "-t", self.folder / "plain").read_text(encoding="utf-8")
        self.assertIn("  workload  ", text)

    def test_trace_cmd_reads_what_we_make_of_them(self):
        path = self.folder / "plain.dat"
        reports.report(path, self.folder / "plain", option="--trace-dat")
        done = subprocess.run(["trace-cmd", "report", "-t", "-i", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                              text=True, errors="replace", check=True)
        lines = [line for line in done.stdout.splitlines() if " [" in line]
        self.assertEqual(len(lines), len(self.printed("plain")))
        self.assertTrue(any(line.strip().startswith("workload-") for line in lines))


if __name__ == "__main__":
    unittest.main()
