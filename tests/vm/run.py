#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the VM tests: all, or those whose name contains one of the arguments.

--folder=FOLDER: the tests of another folder, which may use those of this one.

KSTRAX_CHECK_UNTIL=SECONDS, since 1970: what has not begun by then is left out, which the last lines say.
A test that failed gets a second try at the end, and is named there.
A class named With… holds what its subclasses share, and is not run itself.
"""

import os
import pathlib
import re
import signal
import sys
import time
import unittest

from kstraxvm import GuestProblem

HERE = pathlib.Path(__file__).resolve().parent
MOST_TRIED_AGAIN = 4  # more than these is no bad moment
UNTIL = float(os.environ.get("KSTRAX_CHECK_UNTIL", "inf"))


class Result(unittest.TestResult):
    """One line a test, with its time; a guest's failure without a Python traceback."""

    passed = 0
    last = None  # the test that began last
    _start = time.monotonic()

    def __init__(self, until=float("inf")):
        super().__init__()
        self._until = until

    def startTest(self, test):
        super().startTest(test)
        self.last = test
        self._start = time.monotonic()

    def stopTest(self, test):
        super().stopTest(test)
        if time.time() > self._until:
            self.stop()

    def _say(self, verdict, test, text=""):
        print(f"{verdict:4} {time.monotonic() - self._start:6.1f} s  {test.id()}", flush=True)
        if text:
            print("     " + text.replace("\n", "\n     "), flush=True)

    def addSuccess(self, test):
        self.passed += 1
        self._say("ok", test)

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self._say("skip", test, reason)

    def _failed(self, test, error):
        if issubclass(error[0], GuestProblem):
            self._say("FAIL", test, str(error[1]))
        else:
            self._say("FAIL", test, self._exc_info_to_string(error, test))

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self._failed(test, err)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err:
            self._failed(subtest, err)

    def addError(self, test, err):
        super().addError(test, err)
        self._failed(test, err)


def each_test(suite):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from each_test(test)
        else:
            yield test


def of_failed(failures):
    """What failed, by name: a test, or the class whose guest did not come."""
    return {re.sub(r"^setUpClass \((.*)\)$", r"\1.", test.id()).partition(" ")[0] for test, _ in failures}


def may_be_the_hosts(test, text):
    """Not a kernel that is ill, nor what its class says must hold at every moment."""
    return "kernel is not well" not in text and not getattr(test, "AT_EVERY_MOMENT", False)


def once_more(first, tests):
    """Runs what failed a second time, alone; what fails then has failed.

    A guest that is emulated on a busy host meets moments that no test foresaw. Nothing is kept quiet:
    the first failure was printed whole, and the last lines name each test that needed its second try.
    """
    failures = first.failures + first.errors
    failed = of_failed(failures)
    if first.shouldStop or not 0 < len(failed) <= MOST_TRIED_AGAIN or not all(may_be_the_hosts(*failure) for failure in failures):
        return first
    again = [test for test in tests if test.id() in failed or test.id().rpartition(".")[0] + "." in failed]
    print(f"once more: {len(again)} of them", flush=True)
    second = Result()
    unittest.TestSuite(again).run(second)
    second.passed += first.passed
    second.skipped += first.skipped
    twice = of_failed(second.failures + second.errors)
    for name in sorted(failed):
        if not any(other.startswith(name) for other in twice):
            print(f"unsteady: {name.rstrip('.')} failed, then passed", flush=True)
    return second


def main():
    # So that an interrupted run, too, takes its guest and its files along.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # What a shell lets its background jobs ignore, a test's programs would, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
    folder, wanted = HERE, sys.argv[1:]
    if wanted and wanted[0].startswith("--folder="):
        folder = pathlib.Path(wanted.pop(0).partition("=")[2])
    suite = unittest.TestSuite(
        test for test in each_test(unittest.defaultTestLoader.discover(folder, "test_*.py"))
        if not type(test).__name__.startswith("With") and (not wanted or any(word in test.id() for word in wanted)))
    tests = list(each_test(suite))
    result = Result(UNTIL)
    try:
        suite.run(result)
        left_out = tests[tests.index(result.last) + 1:] if result.shouldStop else []
        result = once_more(result, tests)
    except KeyboardInterrupt:
        for each in set(map(type, tests)):  # the guests that a class shares: unittest leaves them as they are
            each.doClassCleanups()
        sys.exit("interrupted")
    if left_out:
        print(f"left out for time: {len(left_out)}, from {left_out[0].id()} on", flush=True)
    failed, skipped = len(result.failures) + len(result.errors), len(result.skipped) + len(left_out)
    print(f"{result.passed} passed, {failed} failed"
          + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not result.passed else 0


if __name__ == "__main__":
    sys.exit(main())
