# SPDX-License-Identifier: GPL-2.0-or-later
"""The harness must not hide a guest that is ill: it fails, soon, and shows the console."""

import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

from kstraxvm import Guest, GuestProblem

RUN = pathlib.Path(__file__).with_name("run.py")
ONCE_ONLY = """
import pathlib, unittest

class Each(unittest.TestCase):
    {head}
    def test_it(self):
        mark = pathlib.Path(__file__).with_name("mark")
        tried = mark.exists()
        mark.touch()
        self.assertTrue(tried{always}, "{text}")
"""

TIMED = """
import unittest

class Each(unittest.TestCase):
    def test_1(self): pass
    def test_2(self): pass
"""


def run_these(tests, until="inf"):
    """What run.py says of them."""
    with tempfile.TemporaryDirectory(prefix="kstraxvm-") as folder:
        (pathlib.Path(folder) / "test_each.py").write_text(tests)
        return subprocess.run([sys.executable, "-B", RUN, f"--folder={folder}"], capture_output=True, text=True,
                              env={**os.environ, "KSTRAX_CHECK_UNTIL": str(until)}).stdout


class Failures(unittest.TestCase):
    def provoke(self, action, expected, within=900, **options):
        start = time.monotonic()
        with self.assertRaises(GuestProblem) as caught, Guest(memory=256, **options) as guest:
            action(guest)
        self.assertLess(time.monotonic() - start, within)
        self.assertRegex(caught.exception.message, expected)
        return caught.exception

    def test_a_step_that_hangs(self):
        self.provoke(lambda guest: guest.run("sleep 1000", timeout=2),
                     "'sleep 1000' takes more than 2 seconds")

    def test_all_of_it_takes_too_long(self):
        self.provoke(lambda guest: guest.run("sleep 1000", timeout=900), "the guest's 15 seconds are over",
                     timeout=15)

    def test_a_command_that_fails(self):
        self.provoke(lambda guest: guest.run("echo why; false"), "exit status 1\nwhy")

    def test_a_panic_that_nobody_asked_for(self):
        problem = self.provoke(lambda guest: guest.run("echo c > /proc/sysrq-trigger"),
                               "the guest's kernel is not well: .*sysrq")
        self.assertIn("Kernel panic - not syncing: sysrq triggered crash", problem.console_tail)

    def test_after_a_panic_nothing_is_waited_for(self):
        def panic_and_ask(guest):
            with self.assertRaises(GuestProblem):
                guest.run("echo c > /proc/sysrq-trigger")
            time.sleep(2)  # for the rest of what it has to say
            guest.console.trouble()
            guest.run("true", timeout=1800)

        self.provoke(panic_and_ask, "has panicked, as was said before")

    def test_a_warning_after_the_last_command(self):
        self.provoke(lambda guest: guest.run("(sleep 1; echo '<4>WARNING: made up' > /dev/kmsg) & sleep 2"),
                     "not well: .*WARNING: made up")

    def test_an_end_of_the_machine(self):
        self.provoke(lambda guest: guest.run("echo o > /proc/sysrq-trigger; sleep 100"),
                     "QEMU ended with status 0|the agent's line is closed")

    def test_a_module_that_does_not_load(self):
        self.provoke(lambda guest: guest.run("insmod /bin/busybox"),
                     r"(?s)exit status .*invalid module format")


class SecondTry(unittest.TestCase):
    def run_one(self, head="pass", always="", text=""):
        return run_these(ONCE_ONLY.format(head=head, always=always, text=text))

    def test_what_fails_once_is_named(self):
        told = self.run_one()
        self.assertIn("FAIL", told)
        self.assertRegex(told, r"unsteady: test_each.Each.test_it failed, then passed\n1 passed, 0 failed\n$")

    def test_what_fails_twice_has_failed(self):
        self.assertRegex(self.run_one(always=" and False"), r"once more(.|\n)*\n0 passed, 1 failed\n$")

    def test_an_ill_kernel_and_what_must_always_hold_have_no_second_try(self):
        for options in ({"text": "the guest's kernel is not well"}, {"head": "AT_EVERY_MOMENT = True"}):
            told = self.run_one(**options)
            self.assertNotIn("once more", told)
            self.assertTrue(told.endswith("0 passed, 1 failed\n"), told)


class OutOfTime(unittest.TestCase):
    def test_what_does_not_begin_in_time_is_counted(self):
        self.assertIn("left out for time: 1, from test_each.Each.test_2 on\n1 passed, 0 failed, 1 skipped\n",
                      run_these(TIMED, until=1))

    def test_in_time_all_of_it_runs(self):
        self.assertIn("\n2 passed, 0 failed\n", run_these(TIMED))


if __name__ == "__main__":
    unittest.main()
