# SPDX-License-Identifier: GPL-2.0-or-later
"""What is in flight, by records and tasks together: they agree, and where records are gone the tasks tell."""

import re
import subprocess
import unittest

from kstraxvm import actors, paths, reports, scenarios
from kstraxvm.paths import test_program

# Of these the recorder has no entry: their stop comes before its hook.
BEFORE_THE_HOOK = {"pt-entry", "pt-seccomp", "seccomp-notify"}


class Sources(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        with actors.guest_with_actors(cpus=2) as guest:
            # Without a recorder.
            guest.run("(sleep 1000 >/dev/null 2>&1 </dev/null &); usleep 200000")
            guest.freeze()
            guest.dump(cls.folder / "unrecorded.elf", "elf")
            guest.thaw()
            guest.load_recorder(160000)
            actors.start(guest)
            guest.freeze()
            guest.dump(cls.folder / "whole.elf", "elf")
            guest.thaw()
            scenarios.storm(guest, 2, calls=200000)
            guest.freeze()
            guest.dump(cls.folder / "overwritten.elf", "elf")

    def rows(self, name, *options):
        file = reports.report(self.folder / "report", "--format=jsonl", *options, self.folder / name)
        return reports.read_jsonl(file)[1]

    def in_calls(self, name):
        """{pid: row} of all tasks that were in a call, and did not run."""
        rows = {row["pid"]: row for row in self.rows(name, "--tasks")
                if row["in_call"] == "inside" and row["running_on"] is None}
        self.assertGreater(len(rows), 50)
        return rows

    def in_flight(self, name, *options):
        rows = [row for row in self.rows(name, "-i", *options) if row["name"] is not None and row["cpu"] is not None
                or row["source"] == "task" and row["name"] is not None]
        by_pid = {row["pid"]: row for row in rows}
        self.assertEqual(len(by_pid), len(rows), "two rows of one task")
        return by_pid

    def test_all_that_both_know_agree(self):
        tasks, rows = self.in_calls("whole.elf"), self.in_flight("whole.elf")
        both = 0
        for pid, task in tasks.items():
            row = rows[pid]
            with self.subTest(task=task["command"], row=row):
                self.assertEqual(row["name"], task["name"])
                self.assertEqual(row["state"], "in_flight")
                self.assertEqual(row["off_cpu_ns"], task["off_cpu_ns"])
                if task["command"] in BEFORE_THE_HOOK or row["start_ns"] is None:
                    self.assertEqual((row["source"], row["duration_ns"]), ("task", None))
                    continue
                self.assertEqual(row["source"], "both")
                if task["name"] != "execve":  # which has cleared its own
                    self.assertEqual(row["args"], task["args"])
                both += 1
        only_task = {tasks[pid]["command"] for pid, row in rows.items() if row["source"] == "task" and pid in tasks}
        self.assertLessEqual(only_task, BEFORE_THE_HOOK | {"init", "sh", "sleep"})  # entered before the recorder came
        self.assertGreater(both, 50)
        self.assertNotIn("ring", {row["source"] for row in rows.values()})
        print(f"both know and agree: {both} of {both} calls; only the task: {sorted(only_task)}")

    def test_the_tasks_find_what_is_overwritten(self):
        tasks, before = self.in_calls("overwritten.elf"), self.in_calls("whole.elf")
        rows = self.in_flight("overwritten.elf")
        self.assertEqual({pid: rows[pid]["name"] for pid in tasks}, {pid: task["name"] for pid, task in tasks.items()})
        self.assertLessEqual(set(before), set(tasks))
        found = [pid for pid in before if rows[pid]["source"] == "task"]
        self.assertGreater(len(found), 50)
        for pid in found:
            self.assertIsNone(rows[pid]["start_ns"])
            self.assertIsNotNone(rows[pid]["off_cpu_ns"])
        text = reports.report(self.folder / "report", "-i", self.folder / "overwritten.elf").read_text()
        self.assertRegex(text, r"(?m)^ +- +\d+ +\d+  - +>=\d+\.\d{9}  task    IN  read-pipe +read\(0x[0-9a-f]+, ")
        print(f"of overwritten records: {len(found)} of {len(before)} calls found by their tasks alone")

    def test_rows_are_chosen_by_their_source(self):
        rows = self.rows("whole.elf", "-i", "-x", "source==both && call==futex")
        self.assertEqual({row["source"] for row in rows}, {"both"})
        self.assertGreaterEqual({row["command"] for row in rows}, {"futex", "futex-pi"})

    def test_a_call_that_the_kernel_does_not_have_is_over(self):
        """Its registers look as if it were still made; its stack tells."""
        for name in ("whole.elf", "overwritten.elf"):
            (row,) = [row for row in self.rows(name, "--tasks") if row["command"] == "pt-enosys"]
            self.assertEqual((row["nr"], row["in_call"]), (999, "behind"))
            self.assertNotIn("pt-enosys", {row["command"] for row in self.rows(name, "-i")})

    def test_verbose_rows_tell_of_their_tasks(self):
        """The same frames and descriptors as the reports that are of nothing else."""
        def told(*options):
            return reports.report(self.folder / "report", *options, self.folder / "whole.elf").read_text()

        frames, holds, pid = {}, {}, None
        for line in told("--stack=all").splitlines():
            if line.startswith("  #"):
                frames[pid].append(line)
            elif line[0].isdigit():
                pid = int(line.split()[0])
                frames[pid] = []
        for line in told("--open-files=all").splitlines():
            if line[0].isdigit():
                pid = int(line.split()[0])
                holds[pid] = []
            elif line.startswith("  ") and not line.startswith("  command"):
                holds[pid].append(line)
        plain = told("-i").splitlines()
        rows, *rest = told("-i", "-v").split("\n\n")
        sections = [rows, *rest]
        row = re.compile(r"^[*> ] *(?:\d+|-) +(\d+) +\d+  |^# (?:on CPU \d+|blocked): pid (\d+) ", re.MULTILINE)
        compared = 0
        for section in sections[:-1]:
            lines = [line for line in section.splitlines() if row.match(line)]
            pid = int(next(filter(None, row.match(lines[-1]).groups())))
            if pid == 0:
                continue
            found = section.splitlines()
            self.assertEqual([line for line in found if line.startswith("  #")], frames[pid], section)
            shared = re.search(r"^  files of it: those of (\d+)$", section, re.MULTILINE)
            if shared:
                self.assertIn(f"\n  files of {shared[1]} ", "\n".join(sections), section)
            else:
                begin = next(i for i, line in enumerate(found) if line.startswith("  files of "))
                of = [line for line in found[begin + 1:] if not line.startswith("  command line")]
                # Of a process's threads, --open-files shows the first only.
                self.assertIn(of, [holds[pid]] if pid in holds else list(holds.values()), section)
            compared += 1
        self.assertGreater(compared, 150)
        all_lines = "\n".join(sections).splitlines()
        self.assertEqual([line for line in plain if line not in all_lines], [], "rows are as without -v")

    def test_without_a_recording(self):
        dump = self.folder / "unrecorded.elf"
        done = subprocess.run([reports.command("kstrax-dump"), "-i", dump], text=True, capture_output=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stderr, r"^kstrax-dump: note: .*not among the kernel's modules.*; by the tasks alone, .*\n$")
        self.assertRegex(done.stdout, r"  task    IN  sleep +clock_nanosleep\(")
        rows = self.rows("unrecorded.elf", "-i")
        self.assertEqual({row["source"] for row in rows}, {"task"})
        tasks = {row["pid"] for row in self.rows("unrecorded.elf", "--tasks") if row["in_call"] == "inside"}
        self.assertEqual({row["pid"] for row in rows if row["state"] == "in_flight"}, tasks)
        done = subprocess.run([reports.command("kstrax-dump"), "-t", dump], text=True, capture_output=True)
        self.assertEqual((done.returncode, done.stdout), (1, ""))

    def chosen(self, report, *filters):
        """Rows that a filter leaves, and how many it has left out."""
        file = reports.report(self.folder / "report", "--format=jsonl", *report, *filters, self.folder / "whole.elf")
        _, rows, trailer = reports.read_jsonl(file)
        self.assertGreater(len(rows), 0, filters)
        return rows, trailer["left_out"]

    def test_filters_on_tasks(self):
        everybody = self.rows("whole.elf", "--tasks")
        for filters, wanted in (
                (["-x", "state==UN && off_cpu>100ms && lock"],
                 lambda row: row["task_state"] == "UN" and (row["off_cpu_ns"] or 0) > 10 ** 8 and row["lock"]),
                (["-x", "owner_command==fpos-hold"], lambda row: row["owner_command"] == "fpos-hold"),
                (["-x", "comm~\"pt-*\" || call==futex"],
                 lambda row: row["command"].startswith("pt-") or row["name"] == "futex"),
                (["-e", "read,NETWORK", "-x", "stack~\"*pipe*\""],
                 lambda row: row["name"] in ("read", "sendfile") and "pipe" in (row["stack"] or "")),
                (["-C", "0,1"], lambda row: row["running_on"] is not None)):
            rows, left_out = self.chosen(["--tasks"], *filters)
            with self.subTest(filters=filters):
                self.assertEqual([row["pid"] for row in rows], [row["pid"] for row in everybody if wanted(row)])
                self.assertEqual(left_out, len(everybody) - len(rows))
        (leader,) = [row for row in everybody if row["command"] == "threads"]
        rows, _ = self.chosen(["--tasks"], "-p", str(leader["pid"]))
        self.assertEqual({row["tgid"] for row in rows}, {leader["pid"]})
        self.assertEqual(len(rows), 4)

    def test_filters_by_the_file_of_a_call(self):
        rows, _ = self.chosen(["--tasks"], "-x", "path~\"/tmp/actors.f*\" && fd>2 && call in (flock, fcntl)")
        self.assertEqual({row["command"] for row in rows}, {"flock", "fcntl-lock"})

    def test_filters_on_stacks_files_and_log(self):
        rows, left_out = self.chosen(["--stack", "all"], "-x", "comm==futex-pi")
        self.assertEqual({row["command"] for row in rows}, {"futex-pi"})
        self.assertEqual(left_out, len(self.rows("whole.elf", "--tasks")) - 1)
        rows, _ = self.chosen(["--open-files", "all"], "-x", "path==/tmp/actors.err && fd")
        self.assertGreater(len(rows), 40)
        self.assertEqual({(row["holds"], row["file_path"]) for row in rows}, {("fd", "/tmp/actors.err")})
        rows, left_out = self.chosen(["--log"], "-x", "level in (err, warn) || text~\"Linux version*\"")
        self.assertEqual({row["level"] for row in rows} - {"notice"}, {"err", "warn"} & {row["level"] for row in rows})
        self.assertEqual(len(rows) + left_out, len(self.rows("whole.elf", "--log")))

    def test_in_crash_it_is_the_same(self):
        """The extension's own code, with a stand-in for crash that has no tasks."""
        for name in ("whole.elf", "overwritten.elf", "unrecorded.elf"):
            dump = self.folder / name
            for options in (["-i"], ["-i", "-v"]):
                with self.subTest(dump=name, options=options):
                    own = reports.report(self.folder / "report", *options, dump).read_text()
                    crash = subprocess.run([test_program("fake-crash"), dump, "max_pfn=20000", "--", *options], text=True,
                                           capture_output=True)
                    self.assertEqual(crash.stdout, own, crash.stderr)


if __name__ == "__main__":
    unittest.main()
