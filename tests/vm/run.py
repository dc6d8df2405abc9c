#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the VM tests: all, or those whose name contains one of the arguments.

--folder=FOLDER: the tests of another folder, which may use those of this one.

A class named With… holds what its subclasses share, and is not run itself.
"""

import pathlib
import signal
import sys
import time
import unittest

from kstraxvm import GuestProblem

HERE = pathlib.Path(__file__).resolve().parent


class Result(unittest.TestResult):
    """One line a test, with its time; a guest's failure without a Python traceback."""

    passed = 0
    _start = time.monotonic()

    def startTest(self, test):
        super().startTest(test)
        self._start = time.monotonic()

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


def main():
    # So that an interrupted run, too, takes its guest and its files along.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    folder, wanted = HERE, sys.argv[1:]
    if wanted and wanted[0].startswith("--folder="):
        folder = pathlib.Path(wanted.pop(0).partition("=")[2])
    suite = unittest.TestSuite(
        test for test in each_test(unittest.defaultTestLoader.discover(folder, "test_*.py"))
        if not type(test).__name__.startswith("With") and (not wanted or any(word in test.id() for word in wanted)))
    result = Result()
    classes = {type(test) for test in each_test(suite)}
    try:
        suite.run(result)
    except KeyboardInterrupt:
        for each in classes:  # the guests that a class shares: unittest leaves them as they are
            each.doClassCleanups()
        sys.exit("interrupted")
    failed = len(result.failures) + len(result.errors)
    print(f"{result.passed} passed, {failed} failed"
          + (f", {len(result.skipped)} skipped" if result.skipped else ""))
    return 1 if failed or not result.passed else 0


if __name__ == "__main__":
    sys.exit(main())
