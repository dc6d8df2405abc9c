# SPDX-License-Identifier: GPL-2.0-or-later
"""The harness must not hide a guest that is ill: it fails, soon, and shows the console."""

import time
import unittest

from kstraxvm import Guest, GuestProblem


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


if __name__ == "__main__":
    unittest.main()
