# SPDX-License-Identifier: GPL-2.0-or-later
"""What is in flight, where records alone are wrong: the guest's /proc just before the dump is the witness."""

import unittest

from kstraxvm import paths, reports, scenarios

# What each process of `workload stuck` hangs in, by its name: the call, and whether that has returned.
STUCK = {"exit_group": ("exit_group", "in_flight"), "exit": ("exit", "in_flight"), "close": ("close", "returning"),
         "busybox": ("execve", "returning"), "mkdir": ("mkdir", "in_flight")}
CALLS = r"for t in /proc/[0-9]*/task/[0-9]*; do echo ${t##*/} $(cat $t/syscall 2>/dev/null); done"


def calls_of(guest):
    """{tid: (number, six arguments)} of the tasks in a call, as /proc has them."""
    calls = {}
    for line in guest.run(CALLS).stdout.splitlines():
        words = line.split()
        if len(words) == 10:
            calls[int(words[0])] = (int(words[1]), words[2:8])
    return calls


class WithDump(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        reports.command("kstrax-dump")
        cls.folder = paths.scratch(cls.addClassCleanup)
        cls.dump = cls.folder / "panic.elf"

    def rows(self, *options):
        return reports.read_jsonl(reports.report(self.folder / "report", "--format=jsonl", *options, self.dump))[1]

    def text(self, *options):
        return reports.report(self.folder / "report", *options, self.dump).read_text()


class Hung(WithDump):
    """A panic by hung_task: tasks wait for a frozen file system, in calls and behind them."""
    entries = 160000

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with scenarios.guest_with_programs(memory=384) as guest:
            for name, data in guest.kernel.modules(["brd", "crc32c_generic", "ext4"]):
                (guest.share / f"{name}.ko").write_bytes(data)
                guest.run(f"insmod /share/{name}.ko")
            guest.load_recorder(cls.entries)
            guest.run("[ -e /dev/ram0 ] || mknod /dev/ram0 b 1 0; mke2fs /dev/ram0 8192 >/dev/null; mkdir -p /mnt; "
                      "mount -t ext4 /dev/ram0 /mnt")
            guest.run("workload stuck /mnt 2 >/dev/null 2>&1 </dev/null &")
            guest.run("sleep 1; fsfreeze --freeze /mnt; sleep 3")
            cls.calls = calls_of(guest)
            guest.panic("echo 1 >/proc/sys/kernel/hung_task_panic; echo 5 >/proc/sys/kernel/hung_task_timeout_secs; "
                        "sleep 100")
            guest.dump(cls.dump, "elf")

    def test_every_stuck_task_has_its_call(self):
        rows = {row["command"]: row for row in self.rows("-i")}
        self.assertEqual({name: (rows[name]["name"], rows[name]["state"]) for name in STUCK}, STUCK)
        self.assertEqual({rows[name]["task_state"] for name in STUCK}, {"UN"})

    def test_calls_are_those_of_proc(self):
        # Of kernel threads, which make no calls, /proc says 0: read.
        rows = {row["pid"]: row for row in self.rows("-i") if row["pid"] in self.calls and row["name"] is not None}
        self.assertGreaterEqual(len(rows), len(STUCK))
        for tid, row in rows.items():
            number, args = self.calls[tid]
            if row["name"] == "execve":  # the new program's registers
                args = row["args"]
            with self.subTest(row=row):
                self.assertEqual((row["nr"], row["args"]), (number, args[:len(row["args"])]))

    def test_blocked_tasks_come_first(self):
        states = [row["task_state"] for row in self.rows("-i") if row["name"] is not None]
        self.assertEqual(states[:len(STUCK)], ["UN"] * len(STUCK))
        self.assertNotIn("UN", states[len(STUCK):])
        summary = self.text("--summary").split("# in flight at the end")[1].splitlines()
        self.assertTrue(all("  UN  " in line for line in summary[2:2 + len(STUCK)]), summary)

    def test_times(self):
        for row in self.rows("-i"):
            if row["command"] in STUCK:
                self.assertEqual(row["source"], "both")
                self.assertIsNotNone(row["start_ns"])
        self.assertRegex(self.text("-i"), r"UN  close  +on its way back from close\(0x3\) = 0x0, which returned at \d\d:")
        self.assertRegex(self.text("-t"), r"exit_group\(0x7\) = \? <in flight>\n")


class HungLongAgo(Hung):
    """The same, where most records of it are overwritten."""
    entries = 1000

    def test_times(self):
        marked = [line for line in self.text("-i").splitlines() if "  task  " in line]
        self.assertEqual(len(marked), sum(row["source"] == "task" and row["name"] is not None for row in self.rows("-i")))
        self.assertGreaterEqual(len(marked), 1)
        self.assertIn("# task: the registers alone tell", self.text("-i"))


class Ghosts(WithDump):
    """Entries that are there while the exits are overwritten, of threads that are gone or elsewhere."""
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with scenarios.guest_with_programs(memory=384) as guest:
            guest.load_recorder(8000)
            guest.run("workload ghosts 20 6000")
            guest.panic()
            guest.dump(cls.dump, "elf")

    def test_they_are_not_in_flight(self):
        self.assertEqual([row for row in self.rows("-i") if row["name"] == "nanosleep"], [])
        states = [row["state"] for row in self.rows("-t", "-e", "nanosleep", "-x", "start && !end")]
        self.assertEqual(states, ["exit_lost"] * len(states))
        self.assertGreaterEqual(len(states), 20)
        self.assertNotIn("nanosleep", self.text("--summary").split("# in flight at the end")[1].split("# the last calls")[0])


class Containers(WithDump):
    """A process by the pid that it has in a namespace of its own."""
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with scenarios.guest_with_programs(memory=384) as guest:
            guest.load_recorder(8000)
            guest.run("unshare -p -f sh -c 'echo $$ >/tmp/inner; exec sleep 1000' >/dev/null 2>&1 </dev/null & sleep 1")
            inner = int(guest.run("cat /tmp/inner").stdout)
            assert inner == 1, inner
            cls.outer = int(guest.run("pidof sleep").stdout.split()[0])
            guest.panic()
            guest.dump(cls.dump, "elf")

    def test_a_container_names_its_process(self):
        rows = self.rows("-i", "-x", "nspid==1 && pid!=1")
        self.assertEqual([(row["pid"], row["name"], row["nspid"]) for row in rows], [(self.outer, "clock_nanosleep", 1)])
        self.assertEqual({row["pid"] for row in self.rows("-r", "-x", "nspid==1 && pid!=1")}, {self.outer})


if __name__ == "__main__":
    unittest.main()
