# SPDX-License-Identifier: GPL-2.0-or-later
"""The promises of the running recorder on an arm64 machine: test_live's, with kstrax built for it."""

import unittest

import test_live
from kstraxvm.kernels import arm64

FLAVOUR = "arm64"
SMALL_PAGES_ONLY = arm64.NAME == "16k"


class Control(test_live.Control):
    flavour = FLAVOUR

    @unittest.skipIf(SMALL_PAGES_ONLY, "its program maps pages of 4 KiB")
    def test_device_is_roots_alone_and_read_only(self):
        super().test_device_is_roots_alone_and_read_only()


class Copying(test_live.Copying):
    flavour = FLAVOUR


class Trouble(test_live.Trouble):
    flavour = FLAVOUR


class Unloading(test_live.Unloading):
    flavour = FLAVOUR

    @unittest.skipIf(SMALL_PAGES_ONLY, "its program maps pages of 4 KiB")
    def test_load_and_unload_under_a_storm(self):
        super().test_load_and_unload_under_a_storm()


class Agreement(test_live.Agreement):
    flavour = FLAVOUR


class Simple(test_live.Simple):
    flavour = FLAVOUR


if __name__ == "__main__":
    unittest.main()
