# SPDX-License-Identifier: GPL-2.0-or-later
"""The recorder on arm64 while modules and CPUs come and go."""

import unittest

from kstraxvm import paths, scenarios
from kstraxvm.kernels import arm64
from kstraxvm.readers import rings

CYCLES = 20
SLACK_KB = 4096


class Coming(unittest.TestCase):
    def setUp(self):
        self.folder = paths.scratch(self.addCleanup)

    def test_unload_under_load(self):
        """Calls go on while the modules come and go; nothing of them stays."""
        with arm64.guest() as guest:
            ctr_mod, kstrax_buf = (guest.put(path) for path in paths.recorder_modules(guest.kernel.release))
            cycle = (f"insmod {ctr_mod} && insmod {kstrax_buf} entries=2000 && usleep 50000 && "
                     "rmmod kstrax_buf && rmmod ctr_mod || exit")
            guest.run(cycle)
            before = scenarios.available(guest)
            guest.run("(while [ ! -e /tmp/stop ]; do workload storm 2 2000 0; done) >/dev/null 2>&1 & "
                      f"for i in $(seq {CYCLES}); do {cycle}; done; touch /tmp/stop; wait")
            self.assertEqual(scenarios.not_given_back(guest, before, SLACK_KB), 0)

    def test_a_cpu_goes_and_comes(self):
        """It keeps its ring, and goes on in it."""
        with arm64.guest(cpus=2) as guest:
            guest.load_recorder(20000)
            first = scenarios.storm(guest, 2, calls=1000)
            guest.run("echo 0 > /sys/devices/system/cpu/cpu1/online")
            guest.run("echo 1 > /sys/devices/system/cpu/cpu1/online")
            second = scenarios.storm(guest, 2, calls=1000)
            guest.panic()
            guest.raw_memory(self.folder / "raw")
        recording = rings.read(self.folder / "raw")
        self.assertEqual(recording.end[1:2], (self.cpu_of_panic(recording),))
        for storms in (first, second):
            for cpu, (tid, made) in storms.items():
                entries = [record for record in recording.rings[cpu].records
                           if record.pid == tid and record.kind == "entry"]
                self.assertGreaterEqual(len(entries), made)
        self.assertEqual([ring.torn for ring in recording.rings], [0, 0])

    def cpu_of_panic(self, recording):
        """The CPU on which the thread that wrote to sysrq-trigger made its last call."""
        pid = recording.end[2]
        last = max((record for ring in recording.rings for record in ring.records if record.pid == pid),
                   key=lambda record: record.time_ns)
        return last.cpu


if __name__ == "__main__":
    unittest.main()
