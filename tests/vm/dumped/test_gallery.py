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

    def assert_in_order(self, wanted, all_of_them):
        """With others between them, or not."""
        rest = iter(all_of_them)
        for each in wanted:
            self.assertIn(each, rest, wanted)

    def test_the_log_has_what_the_console_had(self):
        said = [line for line in self.played.console.splitlines() if re.match(r"\[ *\d+\.\d{6}\] ", line)]
        self.assertGreater(len(said), 8)
        self.assert_in_order(said, self.text("--log").splitlines())

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
        cpu, pid, command = re.findall(r"CPU: (\d+) PID: (\d+) Comm: (\S+)", self.played.console)[-1]
        self.assertEqual(command, self.dies)
        self.assertEqual([(row["running_on"], row["pid"], row["command"]) for row in self.tasks.values() if row["panicked"]],
                         [(int(cpu), int(pid), command)])

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

    def test_the_button_was_pressed_on_an_idle_machine(self):
        (row,) = [row for row in self.rows("--tasks") if row["panicked"]]
        self.assertEqual((row["pid"], row["command"][:8], row["in_call"]), (0, "swapper/", "no"))
        self.assertIn("nmi_panic", row["stack"])


class OutOfMemory(WithDeath):
    scene = "oom"
    dies = "report-gen"

    def test_it_died_of_a_page_that_was_not_there(self):
        self.assertEqual((self.named(self.dies)["in_call"], self.named(self.dies)["name"]), ("no", None))
        self.stack_has("panic", "out_of_memory.cold", "__handle_mm_fault", "asm_exc_page_fault")


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


class LockUp(WithDeath):
    scene = "lockup"
    dies = "raid-check"

    def test_it_spins_in_its_call(self):
        self.calls_to("/proc/trouble/spin", "raid-check")
        self.stack_has("panic", "watchdog_timer_fn.cold", "asm_sysvec_apic_timer_interrupt", "trouble_spin [trouble]",
                       "vfs_write", "entry_SYSCALL_64_after_hwframe")


class Null(WithDeath):
    scene = "null"
    dies = "billing"

    def test_it_died_in_the_module(self):
        self.calls_to("/proc/trouble/null", "billing")
        self.stack_has("panic", "page_fault_oops", "asm_exc_page_fault", "trouble_book [trouble]", "vfs_write")

    def test_the_recording_ends_in_that_call(self):
        (row,) = [row for row in self.rows("-i") if row["pid"] == self.named("billing")["pid"]]
        self.assertEqual((row["name"], row["args"], row["known_by"]), ("write", self.named("billing")["args"], "record"))


class Interrupt(WithDeath):
    scene = "interrupt"
    dies = "keygen"

    def test_it_died_under_a_timer(self):
        row = self.named("keygen")
        self.assertEqual((row["name"], self.paths_of(row["pid"])[int(row["args"][0], 16)]), ("read", "/dev/urandom"))
        self.stack_has("panic", "page_fault_oops", "trouble_book [trouble]", "call_timer_fn",
                       "asm_sysvec_apic_timer_interrupt", "get_random_bytes_user", "ksys_read")


if __name__ == "__main__":
    unittest.main()
