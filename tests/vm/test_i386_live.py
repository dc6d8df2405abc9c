# SPDX-License-Identifier: GPL-2.0-or-later
"""The promises of the running recorder on a 32-bit kernel: test_live's, with a kstrax of that word size."""

import unittest

import test_live
from kstraxvm import live

FLAVOUR = "686-pae"


class Control(test_live.Control):
    flavour = FLAVOUR

    def test_a_file_too_large_to_map_is_refused(self):
        done = self.machine.run(f"truncate -s 5G /tmp/large_0; {live.BIN}/kstrax -t /tmp/large", check=False)
        self.assertEqual(done.rc, 1)
        self.assertIn("/tmp/large_0: is too large for a 32-bit program (5368709120 bytes)", done.stdout)


class Copying(test_live.Copying):
    flavour = FLAVOUR


class Trouble(test_live.Trouble):
    flavour = FLAVOUR


class Unloading(test_live.Unloading):
    flavour = FLAVOUR

    @staticmethod
    def options():
        # No more than what the kernel maps beside its own memory: so it is memory that runs out first.
        return {**test_live.Unloading.options(), "memory": 112}


class Agreement(test_live.Agreement):
    flavour = FLAVOUR


class Simple(test_live.Simple):
    flavour = FLAVOUR


if __name__ == "__main__":
    unittest.main()
