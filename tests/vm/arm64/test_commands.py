# SPDX-License-Identifier: GPL-2.0-or-later
"""The promises of the running recorder on an arm64 machine: test_live's, with kstrax built for it."""

import unittest

import test_live

FLAVOUR = "arm64"


class Control(test_live.Control):
    flavour = FLAVOUR


class Copying(test_live.Copying):
    flavour = FLAVOUR


class Trouble(test_live.Trouble):
    flavour = FLAVOUR


class Unloading(test_live.Unloading):
    flavour = FLAVOUR


class Agreement(test_live.Agreement):
    flavour = FLAVOUR


class Simple(test_live.Simple):
    flavour = FLAVOUR


if __name__ == "__main__":
    unittest.main()
