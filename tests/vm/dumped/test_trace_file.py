# SPDX-License-Identifier: GPL-2.0-or-later
"""Rings of the kernel's own tracing as trace.dat files: what we write of a dump is what trace-cmd makes of the same rings."""

import re
import struct
import subprocess
import tarfile
import unittest

from kstraxvm import paths, reports, scenarios

COMMAND = re.compile(r"^ *.*?-(\d+) +\[", re.MULTILINE)  # what a thread was called then, and is called now, may differ

RECORD = """
    cd /sys/kernel/tracing && echo mono > trace_clock && echo 8192 > buffer_size_kb || exit
    echo 'p:opened do_sys_openat2 dfd=$arg1:s32 name=+0($arg2):ustring' > kprobe_events || exit
    if grep -q function_graph available_tracers; then
        echo 'vfs_* ksys_*' > set_ftrace_filter && echo function_graph > current_tracer || exit
    fi
    for set in raw_syscalls sched irq kprobes syscalls/sys_enter_openat; do echo 1 > events/$set/enable || exit; done"""

# What trace-cmd would have read on that machine. A reader takes events out, so the dump is made before. (cat would splice,
# and so wait for whole pages. Behind the last event, older kernels wait, and newer ones end the file.
# All files of events have one inode in newer kernels: cp -r and tar take them for one.)
GIVE_AWAY = """
    cd /sys/kernel/tracing && mkdir /tmp/t && cp printk_formats trace_clock /tmp/t || exit
    for file in $(find events -name format -o -name 'header_*'); do
        [ -d /tmp/t/${file%/*} ] || mkdir -p /tmp/t/${file%/*}; cat $file > /tmp/t/$file || exit
    done
    tar cf /share/tracing.tar -C /tmp/t . && cat /proc/kallsyms > /share/kallsyms || exit
    for cpu in 0 1; do
        timeout 20 dd if=per_cpu/cpu$cpu/trace_pipe_raw of=/tmp/cpu$cpu bs=4096; case $? in 0 | 143) ;; *) exit 1 ;; esac
        grep -q '^entries: 0$' per_cpu/cpu$cpu/stats && mv /tmp/cpu$cpu /share || exit
    done"""


def trace_cmd(*words):
    done = subprocess.run(["trace-cmd", *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          errors="replace", check=False)
    if done.returncode != 0:
        raise AssertionError(f"trace-cmd {words}: status {done.returncode}\n{done.stderr[-2000:]}")
    return done.stdout


class OfOneRing(unittest.TestCase):
    """Stock tracing, stopped: raw_syscalls, sched, irq, a kprobe, a call's own event, and functions where there are any."""

    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        cls.dump = cls.folder / "stopped.elf"
        with scenarios.guest_with_programs() as guest:
            guest.run(RECORD)
            scenarios.run_workload(guest)
            guest.run("echo 0 > /sys/kernel/tracing/tracing_on")
            guest.dump(cls.dump, "elf")
            guest.run(GIVE_AWAY)
            with tarfile.open(guest.share / "tracing.tar") as archive:
                archive.extractall(cls.folder / "tracing")
            for name in ("kallsyms", "cpu0", "cpu1"):
                (cls.folder / name).write_bytes((guest.share / name).read_bytes())
        cls.theirs, cls.ours = cls.folder / "theirs.dat", cls.folder / "ours.dat"
        head = cls.folder / "head.dat"
        trace_cmd("restore", "-c", "-t", cls.folder / "tracing", "-k", cls.folder / "kallsyms", "-o", head)
        trace_cmd("restore", "-i", head, "-o", cls.theirs, cls.folder / "cpu0", cls.folder / "cpu1")
        reports.report(cls.ours, "--find=ftrace", cls.dump, option="--trace-dat")

    def assert_same(self, ours, theirs, what=""):
        """Of long lists: the first difference only."""
        for number, (one, other) in enumerate(zip(ours, theirs)):
            self.assertEqual(one, other, f"{what}: the first difference is at {number}")
        self.assertEqual(len(ours), len(theirs), what)

    def lines(self, path, *options):
        text = COMMAND.sub(r"\1 [", trace_cmd("report", "-t", *options, "-i", path))
        return text.splitlines()

    def test_trace_cmd_prints_both_the_same(self):
        theirs = self.lines(self.theirs)
        self.assertGreater(len(theirs), 5000)
        for name in ("sys_enter:", "sched_switch:", "opened:", "sys_enter_openat:"):
            self.assertTrue(any(name in line for line in theirs), name)
        self.assert_same(self.lines(self.ours), theirs)

    def formats(self, path):
        """{(system, name): text}, out of a file of version 6, in which they stand one behind the other."""
        old = self.folder / "formats.dat"
        trace_cmd("convert", "-i", path, "-o", old, "--file-version", "6", "--compression", "none")
        data, at = old.read_bytes(), 10 + 2 + 2 + 4
        for name in (b"header_page\0", b"header_event\0"):
            self.assertEqual(data[at:at + len(name)], name)
            at += len(name)
            at += 8 + struct.unpack_from("<Q", data, at)[0]
        found = {}

        def take(system, at):
            count, at = struct.unpack_from("<I", data, at)[0], at + 4
            for _ in range(count):
                size, at = struct.unpack_from("<Q", data, at)[0], at + 8
                text, at = data[at:at + size].decode(), at + size
                found[system, text.split("\n")[0]] = text
            return at

        at = take("ftrace", at)
        systems, at = struct.unpack_from("<I", data, at)[0], at + 4
        for _ in range(systems):
            end = data.index(b"\0", at)
            at = take(data[at:end].decode(), end + 1)
        return found

    def test_formats_are_those_of_tracefs(self):
        ours, theirs = self.formats(self.ours), self.formats(self.theirs)
        self.assertGreater(len(theirs), 1000)
        self.assertEqual(sorted(ours), sorted(theirs))
        for event, text in theirs.items():
            self.assertEqual(ours[event], text, event)

    def rows(self, path, *options):
        return reports.read_jsonl(reports.report(self.folder / "rows", "--format=jsonl", *options, path))[1]

    def test_we_read_of_each_file_what_is_in_the_dump(self):
        old = self.folder / "old.dat"
        trace_cmd("convert", "-i", self.theirs, "-o", old, "--file-version", "6", "--compression", "none")
        for report in ("-r", "-t"):
            dumped = self.rows(self.dump, "--find=ftrace", report)
            self.assertGreater(len(dumped), 2000)
            for path in (self.ours, self.theirs, old):
                self.assert_same(self.without_tasks(self.rows(path, report)), self.without_tasks(dumped), (path, report))

    def printed_functions(self):
        """Of trace-cmd: {(thread, CPU, begin, name, duration)}, of those whose begin and end are there."""
        line = re.compile(r" *(\d+) +\[(\d+)\] +(\d+)\.(\d{9}): funcgraph_(entry|exit): +[^\s\d|]? *(?:([\d.]+) us)? *\|  ( *)(.*)$")
        found, open_ones = set(), {}
        for text in self.lines(self.theirs):
            match = line.match(text)
            if match is None:
                self.assertNotIn("funcgraph", text)
                continue
            thread, cpu, seconds, part, kind, duration, _, words = match.groups()
            duration = duration and round(float(duration) * 1000)
            stack = open_ones.setdefault((thread, cpu if thread == "0" else ""), [])
            if kind == "exit":
                if stack:
                    found.add((*stack.pop(), duration))
                continue
            one = (int(thread), int(cpu), int(seconds + part), words.removesuffix("{").removesuffix(";").strip())
            if duration is None:
                stack.append(one)
            else:
                found.add((*one, duration))
        return found

    def test_functions_are_those_that_trace_cmd_prints(self):
        theirs = self.printed_functions()
        if not theirs:
            self.skipTest("no function_graph in this kernel")
        self.assertGreater(len(theirs), 1000)
        rows = self.rows(self.dump, "--find=ftrace", "--tree")
        ours = {(row["pid"], row["cpu"], row["start_ns"], row["text"], row["duration_ns"]) for row in rows
                if row["event"].startswith("funcgraph") and row["state"] == "complete"}
        self.assertEqual(sorted(ours - theirs)[:5], [])
        self.assertEqual(sorted(theirs - ours)[:5], [])
        for path in (self.ours, self.theirs):
            self.assert_same(self.without_tasks(self.rows(path, "--tree")), self.without_tasks(rows), path)

    @staticmethod
    def without_tasks(rows):
        """What only a kernel in memory knows of a thread stays away."""
        return [{key: value for key, value in row.items() if key not in ("command", "nspid", "reason", "state")} for row in rows]


if __name__ == "__main__":
    unittest.main()
