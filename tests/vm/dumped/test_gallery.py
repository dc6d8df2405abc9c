# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines in real trouble, and what is said of their dumps: who hangs in what, behind whom, and what the machine died of.

The guest is the witness: its tasks said who they are before they did what they hang in, its /proc was
read just before the end, and where it died by itself, its console tells of what.
"""

import re
import unittest

from kstraxvm import gallery, paths, reports

STAYED = 1_500_000_000  # ns that all have waited at least, when the dump is taken; a CPU's clock may be behind


class WithScene(unittest.TestCase):
    """scene: which; its dump serves all tests of a class."""
    scene = None

    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        cls.played = gallery.play(gallery.SCENES[cls.scene], cls.folder / f"{cls.scene}.elf")
        cls.screen = cls.text()
        paths.screens().mkdir(exist_ok=True)
        (paths.screens() / f"{cls.scene}.txt").write_text(cls.screen)  # for docs/gallery.md
        cls.tasks = {row["pid"]: row for row in cls.rows("--tasks") if row["pid"] != 0}

    @classmethod
    def rows(cls, *options):
        return reports.read_jsonl(reports.report(cls.folder / "report", *options, "--format=jsonl", cls.played.dump))[1]

    @classmethod
    def text(cls, *options):
        return reports.report(cls.folder / "report", *options, cls.played.dump).read_text()

    def named(self, name):
        (row,) = [row for row in self.tasks.values() if row["command"] == name]
        return row

    def paths_of(self, pid):
        """{descriptor: path}"""
        return {row["fd"]: row["file_path"] for row in self.rows("--open-files", str(pid)) if row["holds"] == "fd"}

    def locks(self):
        """{who: (what it waits for, who holds it)} of all that wait for a lock."""
        return {row["command"]: (row["waits_for"], row["owner_command"])
                for row in self.tasks.values() if row["waits_for"] is not None}

    def calls_to(self, path, *names):
        """These are in a write to this file, by its descriptor."""
        for name in names:
            with self.subTest(task=name):
                row = self.named(name)
                self.assertEqual((row["in_call"], row["name"]), ("inside", "write"))
                self.assertEqual(self.paths_of(row["pid"])[int(row["args"][0], 16)], path)

    def frames(self, pid):
        return [row["function"] + (f" [{row['module']}]" if row["module"] else "")
                for row in self.rows("--stack", str(pid)) if row["pid"] == pid]  # not those of its threads

    def says(self, *parts):
        """The first screen, whose lines are broken anywhere, has these; {name} is that task's id."""
        words = " ".join(self.screen.split())
        for part in parts:
            self.assertIn(re.sub(r"{(\S+?)}", lambda found: str(self.named(found[1])["pid"]), part), words)

    def assert_in_order(self, wanted, all_of_them):
        """With others between them, or not."""
        rest = iter(all_of_them)
        for each in wanted:
            self.assertIn(each, rest, wanted)

    def test_the_log_has_what_the_console_had(self):
        said = [line for line in self.played.console.splitlines() if re.match(r"\[ *\d+\.\d{6}\] ", line)]
        self.assertGreater(len(said), 8)
        self.assert_in_order(said, self.text("--log").splitlines())

    def test_the_first_screen_is_one(self):
        lines = self.screen.splitlines()
        self.assertLessEqual(len(lines), 40)
        self.assertLessEqual(max(map(len, lines)), 80)
        self.says(f"machine kstrax-vm, Linux {self.played.release} x86_64 ", f"trust {len(self.rows('--tasks'))} tasks, all of the list")

    def test_the_waits_of_the_first_screen(self):
        """Those in a deadlock, then the longest of each group, as --tasks has them."""
        waits = {row["pid"]: row for row in self.tasks.values()}
        shown = re.findall(r"^ +(\d+\.\d{3}) s (\d+) (\S+?): \w+\(", self.screen, re.MULTILINE)
        self.assertLessEqual(len(shown), 3)
        self.assertEqual(len({pid for _, pid, _ in shown}), len(shown))
        blocked = [row["pid"] for row in waits.values() if row["task_state"] == "UN"]
        self.assertGreaterEqual(len(shown), min(len(blocked), 3))
        for seconds, pid, command in shown:
            self.assertEqual(command, waits[int(pid)]["command"])
            self.assertAlmostEqual(float(seconds), waits[int(pid)]["off_cpu_ns"] / 1e9, delta=0.0011)
        if blocked and "DEADLOCK" not in self.screen:
            longest = max(blocked, key=lambda pid: waits[pid]["off_cpu_ns"])
            self.assertGreaterEqual(float(shown[0][0]) + 0.0011, waits[longest]["off_cpu_ns"] / 1e9)

    def test_the_first_screen_ends_in_the_last_of_the_log(self):
        """But for the registers and stacks in it."""
        shown = [line.removesuffix("...") for line in self.screen.splitlines() if line.startswith("[")]
        self.assertEqual(len(shown), 10)
        logged = iter(self.text("--log").splitlines())
        for line in shown:
            self.assertTrue(any(each.startswith(line) for each in logged), line)

    def test_all_that_are_on_any_machine_are_there(self):
        self.assertEqual(set(gallery.ORDINARY) - {row["command"] for row in self.tasks.values()}, set())


class WithWitness(WithScene):
    """A machine that hangs and does not die of it."""

    def test_each_task_is_in_what_proc_said(self):
        self.assertGreaterEqual(len(self.played.said), 10)
        for said in self.played.said:
            state, call, stack = self.played.witness[said.tid]
            row = self.tasks[said.tid]
            with self.subTest(task=said):
                self.assertEqual(row["task_state"], {"S": "IN", "D": "UN"}[state])
                number, *args = call.split()
                self.assertEqual(row["nr"], None if number == "-1" else int(number))
                if number != "-1":
                    self.assertEqual(row["args"], args[:len(row["args"])])
                # In a dump, the scheduler's are there, too.
                self.assert_in_order([re.sub(r"\+\w+/\w+", "", frame) for frame in stack], self.frames(said.tid))
                self.assertGreaterEqual(row["off_cpu_ns"], STAYED)
                self.assertLess(row["off_cpu_ns"], self.played.ended - said.time)


class WithDeath(WithScene):
    """A machine that dies by itself: its console names the task, and the machine stops at once."""
    dies = None

    def test_who_died(self):
        cpu, pid, command = re.findall(r"CPU: (\d+)(?: UID: \d+)? PID: (\d+) Comm: (\S+)", self.played.console)[-1]
        self.assertEqual(command, self.dies)
        self.assertEqual([(row["running_on"], row["pid"], row["command"]) for row in self.tasks.values() if row["panicked"]],
                         [(int(cpu), int(pid), command)])

    def test_the_first_screen_names_it(self):
        rows = self.rows("--tasks")
        (cpu,) = [row["running_on"] for row in rows if row["panicked"]]
        others = [f"CPUs CPU {1 - cpu}: {row['pid']} {row['command']}: " for row in rows if row["running_on"] == 1 - cpu and row["pid"]]
        self.says(f"task {{{self.dies}}} {self.dies} on CPU {cpu}", *(others or [f"idle: CPU {1 - cpu}"]))
        panic = re.search(r"Kernel panic - not syncing: (.*?)\r?\n", self.played.console)[1]
        self.says(f"PANIC {panic} ")

    def stack_has(self, *functions):
        """In this order, from the newest on."""
        self.assert_in_order(functions, self.frames(self.named(self.dies)["pid"]))


class Deadlock(WithWitness):
    scene = "deadlock"

    def test_locks_and_their_owners(self):
        self.assertEqual(self.locks(), {
            "transfer-in": ("mutex", "transfer-out"), "transfer-out": ("mutex", "transfer-in"),
            "report-1": ("mutex", "transfer-in"), "report-2": ("mutex", "transfer-in"), "report-3": ("mutex", "transfer-out"),
            "rotate": ("mutex", "flush"),
            "reload-1": ("mutex", "rotate"), "reload-2": ("mutex", "rotate"), "reload-3": ("mutex", "rotate")})
        wanted = {name: self.named(name)["lock"] for name in self.locks()}
        self.assertEqual(wanted["report-1"], wanted["transfer-out"])
        self.assertEqual(len(set(wanted.values())), 4)

    def test_calls(self):
        self.calls_to("/proc/trouble/locks", "flush", *self.locks())

    def test_first_screen(self):
        self.assertTrue(self.screen.startswith("no panic "))
        self.assertRegex(" ".join(self.screen.split()),
                         r" DEADLOCK: (\d+ transfer-(?:in|out)) waits for the mutex (accounts|orders) \[trouble\] "
                         r"that (\d+ transfer-(?:in|out)) holds, which waits for the mutex (?!\2)(?:accounts|orders) \[trouble\] "
                         r"that \1 holds; 3 more wait behind them ")
        self.says("blocked 9 of ", " 3 tasks wait for the mutex config [trouble] that {rotate} rotate holds, "
                  "which waits for the mutex journal [trouble] that {flush} flush holds",
                  ": write(3</proc/trouble/locks>, ", "recording none: ")
        self.assertEqual(self.screen.count("DEADLOCK"), 1)
        self.says("waits of these, ", *(f" s {{{name}}} {name}: write(" for name in ("transfer-in", "transfer-out")))


class Frozen(WithWitness):
    scene = "frozen"

    def test_who_waits_for_the_thaw(self):
        waiting = sorted(row["command"] for row in self.tasks.values() if row["waits_for"] == "percpu_rwsem")
        self.assertEqual(waiting, ["db-writer"] * 3 + ["indexer-write", "logger", "mkdir", "rm"])

    def test_who_waits_behind_them(self):
        first, *others = self.played.tids("logger")
        self.assertEqual([(self.tasks[tid]["waits_for"], self.tasks[tid]["owner_pid"]) for tid in others],
                         [("mutex", first)] * 2)
        self.assertEqual({name: lock for name, (lock, _) in self.locks().items() if lock.startswith("rwsem")},
                         {"indexer": "rwsem_write", "ps": "rwsem_read"})

    def test_files(self):
        found = [self.paths_of(tid)[int(self.tasks[tid]["args"][0], 16)]
                 for tid in self.played.tids("db-writer") + self.played.tids("logger")]
        self.assertEqual(found, [f"/srv/db/table-{number}" for number in (1, 2, 3)] + ["/srv/db/app.log"] * 3)

    def test_first_screen(self):
        self.says("PANIC sysrq triggered crash", "sh on CPU ", ": write(1</proc/sysrq-trigger>, ", "blocked 11 of ",
                  f" 2 tasks wait for the mutex that {self.played.tids('logger')[0]} logger holds",
                  " 7 tasks wait for the frozen file system ext4 on ram0", ": pwrite64(6</srv/db/table-1>, ")
        self.says(" logger holds, which waits for the frozen file system ext4 on ram0")
        # Who waits to write took it for reading last, and holds nothing.
        self.says(" 2 tasks wait for the rwsem that readers hold ")
        self.assertNotIn("DEADLOCK", self.screen)


class Stalled(WithWitness):
    scene = "stalled"

    def test_who_waits_behind_the_folders_lock(self):
        self.assertEqual(self.locks(), {"mkdir": ("rwsem_write", "touch"), "rm": ("rwsem_write", "touch"),
                                        "ls": ("rwsem_read", "touch")})

    def test_who_waits_for_the_daemon(self):
        waiting = {row["command"] for row in self.tasks.values() if "request_wait_answer" in row["stack"]}
        self.assertEqual(waiting, {"import", "head", "stat", "df", "touch"})

    def test_the_daemon_waits_for_a_server_that_is_stopped(self):
        row = self.named("remotefsd")
        self.assertEqual(row["name"], "recvfrom")
        (socket,) = [held for held in self.rows("--open-files", str(row["pid"])) if held["fd"] == int(row["args"][0], 16)]
        self.assertEqual((socket["kind"], socket["peer"]), ("socket", "127.0.0.1:2049"))
        self.assertEqual(self.named("storaged")["task_state"], "ST")

    def test_the_stack_below_the_interrupt_is_the_one_that_the_kernel_printed(self):
        """An NMI has a stack of its own: it leads on to that of what it broke into."""
        trace = self.text("--log").rpartition("Call Trace:\n")[2].partition("---[ end")[0]
        printed = re.findall(r"^\[ *\d+\.\d+\] (?:RIP: 0010:| )([\w.]+)\+0x", trace, re.MULTILINE)
        died = next(row["command"] for row in self.rows("--tasks") if row["panicked"])
        frames = [row["function"] for row in self.rows("--stack", "0") if row["command"] == died]
        self.assertIn("exc_nmi", printed)
        self.assertEqual(frames[frames.index("panic"):], printed[printed.index("panic"):])

    def test_the_button_was_pressed_on_an_idle_machine(self):
        (row,) = [row for row in self.rows("--tasks") if row["panicked"]]
        self.assertEqual((row["pid"], row["command"][:8], row["in_call"]), (0, "swapper/", "no"))
        self.assertIn("nmi_panic", row["stack"])

    def test_first_screen(self):
        self.says("PANIC NMI: Not continuing", "after Uhhuh. NMI received for unknown reason", "task 0 swapper/0 on CPU 0, idle",
                  "blocked 5 of ", " 5 tasks wait for an answer of a FUSE server ", " 3 tasks wait for the rwsem that {touch} touch holds", "; it waits for an answer of a FUSE server ",
                  " 2 tasks wait for a page of a file to be read or written", ": read(5</srv/share/ledger.csv>, ",
                  ': mkdir("/srv/share/incoming/archive", 0755)')


class OutOfMemory(WithDeath):
    scene = "oom"
    dies = "report-gen"

    def test_it_died_of_a_page_that_was_not_there(self):
        self.assertEqual((self.named(self.dies)["in_call"], self.named(self.dies)["name"]), ("no", None))
        self.stack_has("panic", "out_of_memory.cold", "__handle_mm_fault", "asm_exc_page_fault")

    def test_first_screen(self):
        self.says("after report-gen invoked oom-killer: ", "{report-gen} report-gen on CPU ", ", in a page fault stack out_of_memory",
                  "blocked none of ")


class Hung(WithDeath):
    scene = "hung"
    dies = "khungtaskd"

    def test_over_whom(self):
        said = re.findall(r"INFO: task (\S+):(\d+) blocked for more than 4 seconds", self.played.console)
        self.assertIn(said, ([(name, str(self.named(name)["pid"])) for name in names]
                             for names in (("netd",), ("monitor",), ("netd", "monitor"), ("monitor", "netd"))))
        self.assertEqual(self.locks(), {"netd": ("mutex", "firmware"), "monitor": ("mutex", "firmware")})
        for name, _ in said:
            self.assertGreaterEqual(self.named(name)["off_cpu_ns"], 4_000_000_000)
            self.assertEqual(self.named(name)["task_state"], "UN")
        self.assertEqual(self.named("firmware")["task_state"], "IN")

    def test_calls(self):
        self.calls_to("/proc/trouble/locks", "firmware", "netd", "monitor")

    def test_first_screen(self):
        self.says("after INFO: task ", " blocked for more than 4 seconds.", "khungtaskd on CPU ", ", a kernel thread ", "blocked 2 of ",
                  " 2 tasks wait for the mutex config [trouble] that {firmware} firmware holds", "netd: write(3</proc/trouble/locks>, ")


class LockUp(WithDeath):
    scene = "lockup"
    dies = "raid-check"

    def test_it_spins_in_its_call(self):
        self.calls_to("/proc/trouble/spin", "raid-check")
        self.stack_has("panic", "watchdog_timer_fn.cold", "asm_sysvec_apic_timer_interrupt", "trouble_spin [trouble]",
                       "vfs_write", "entry_SYSCALL_64_after_hwframe")

    def test_first_screen(self):
        self.says("after watchdog: BUG: soft lockup - CPU#1 stuck for ", "s! [raid-check:{raid-check}] at trouble_spin+",
                  "{raid-check} raid-check on CPU 1: write(3</proc/trouble/spin>, ", "stack trouble_spin < spin", "blocked none of ")


class Null(WithDeath):
    scene = "null"
    dies = "billing"

    def test_it_died_in_the_module(self):
        self.calls_to("/proc/trouble/null", "billing")
        self.stack_has("panic", "page_fault_oops", "asm_exc_page_fault", "trouble_book [trouble]", "vfs_write")

    def test_the_recording_ends_in_that_call(self):
        (row,) = [row for row in self.rows("-i") if row["pid"] == self.named("billing")["pid"]]
        self.assertEqual((row["name"], row["args"], row["source"]), ("write", self.named("billing")["args"], "both"))

    def test_first_screen(self):
        self.says("after BUG: kernel NULL pointer dereference, address: 0000000000000028 at trouble_book+",
                  "{billing} billing on CPU ", ": write(3</proc/trouble/null>, ", "stack trouble_book < ",
                  "calls the last of {billing} billing (all: -t -p {billing}): ", ", 1) = ? <in flight> log ", "recording ")


class Interrupt(WithDeath):
    scene = "interrupt"
    dies = "keygen"

    def test_it_died_under_a_timer(self):
        row = self.named("keygen")
        self.assertEqual((row["name"], self.paths_of(row["pid"])[int(row["args"][0], 16)]), ("read", "/dev/urandom"))
        self.stack_has("panic", "page_fault_oops", "trouble_book [trouble]", "call_timer_fn",
                       "asm_sysvec_apic_timer_interrupt", "get_random_bytes_user", "ksys_read")

    def test_first_screen(self):
        self.says("after BUG: kernel NULL pointer dereference, address: 0000000000000028 at trouble_book+",
                  "{keygen} keygen on CPU 1", "interrupted in read(3</dev/urandom>, ", "stack trouble_book < call_timer_fn < ", "blocked none of ")


if __name__ == "__main__":
    unittest.main()
