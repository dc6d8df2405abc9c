# SPDX-License-Identifier: GPL-2.0-or-later
"""Rings are of the CPUs that are there; those that come later get theirs then."""

import os
import re
import subprocess
import unittest

from kstraxvm import live, paths, qemu, reports, scenarios
from kstraxvm.readers import rings

SLOT = 72
GETPID = 39  # half of what a thread of the storm calls, once it is on its CPU
ONLINE = "/sys/devices/system/cpu/cpu{}/online"


def summary(dump, status=0):
    return reports.report(dump.with_suffix(".summary"), "--summary", dump, status=status).read_text()


class WithFolder(unittest.TestCase):
    def setUp(self):
        self.folder = paths.scratch(self.addCleanup)

    def switch(self, guest, cpu, on=1):
        guest.run(f"echo {on} >{ONLINE.format(cpu)}")


class Possible(WithFolder):
    """A hypervisor announces more CPUs than the machine has."""

    def test_memory_is_of_the_cpus_that_are_there(self):
        with live.guest(cpus=2, possible=64, memory=1024) as guest:
            self.assertEqual(guest.run("cat /sys/devices/system/cpu/possible").stdout, "0-63\n")
            before = scenarios.available(guest)
            live.rec(guest, "start")
            self.assertLess(before - scenarios.available(guest), 40000, "KiB")
            log = guest.run("dmesg").stdout
            self.assertIn("recording, 160000 entries on each of 2 CPUs (22500 KiB)", log)
            self.assertIn("62 more CPUs are possible: each gets its ring when it comes", log)
            scenarios.run_workload(guest)
            live.kstrax(guest, "-b -R -o /tmp/snap")
            self.assertEqual(guest.run("ls /tmp/snap_*").stdout, "/tmp/snap_0\n/tmp/snap_1\n")
            live.fetch(guest, "snap", self.folder)

            # One that is plugged in records from its first call on, and is in a copy that has begun before.
            text = guest.run(f"{live.copying('-k -o /tmp/plug', '/tmp/plug_1')}; echo $reader >/tmp/reader")
            guest.plug_cpu()
            guest.run(f"until [ -e {ONLINE.format(2)} ]; do usleep 100000; done; echo 1 >{ONLINE.format(2)} || true;"
                      f"grep -q 1 {ONLINE.format(2)}")
            made = scenarios.storm(guest, 3, calls=5000)
            guest.run("kill -INT $(cat /tmp/reader); while [ -e /proc/$(cat /tmp/reader) ]; do usleep 50000; done; cat /tmp/out")
            plug = live.fetch(guest, "plug", self.folder, cpus=3)
            self.assertEqual(plug[2].start, 0)
            calls = [entry for entry in plug[2].entries if entry[2] == made[2][0] and entry[3] >> 12 == 1]
            self.assertGreaterEqual(len(calls), 5000)

            guest.panic()
            dumps = scenarios.dump_all(guest, self.folder)
        recording = rings.read(dumps.raw)
        self.assertEqual([ring.cpu for ring in recording.rings], [0, 1, 2])
        self.assertGreaterEqual(sum(record.pid == made[2][0] for record in recording.rings[2].records), 10000)
        text = summary(dumps.elf)
        self.assertIn("rings      3 CPUs, 160000 entries of 72 bytes each; 61 CPUs without a ring\n", text)
        self.assertEqual(len(re.findall(r"(?m)^ +\d+ .* (?:complete|wrapped|empty)$", text)), 3)
        # From dump and files the same, as ever; what -b of the analyzer writes is no more than that.
        subprocess.run([reports.command("kstrax-dump"), "-b", "-o", self.folder / "out", dumps.elf], check=True,
                       stderr=subprocess.DEVNULL)
        self.assertEqual(sorted(path.name for path in self.folder.glob("out_*")), ["out_0", "out_1", "out_2"])
        direct = reports.report(self.folder / "direct", "-t", dumps.elf)
        ours = reports.report(self.folder / "ours", "-t", self.folder / "out", tool="kstrax")
        self.assertEqual(ours.read_bytes(), direct.read_bytes())

    def test_a_cpu_goes_and_comes_while_the_modules_do(self):
        with live.guest(cpus=3, cmdline="maxcpus=2", accelerator=qemu.accelerator_for_changing_code()) as guest:
            before = scenarios.available(guest)
            guest.run(f"""while [ ! -e /tmp/stop ]; do
                    echo 1 >{ONLINE.format(2)}; usleep 20000; echo 0 >{ONLINE.format(2)}
                done >/dev/null 2>&1 & echo $! >/tmp/toggle""")
            guest.run("workload storm 2 0 40 >/tmp/storm 2>&1 &")
            for _ in range(int(os.environ.get("KSTRAX_LOAD_CYCLES", "10"))):
                live.rec(guest, "start 3000")
                guest.run("usleep 200000")
                live.kstrax(guest, "-b -R -o /tmp/shot; rm -f /tmp/shot_*", check=False)
                live.rec(guest, "stop")
            guest.run("touch /tmp/stop; while [ -e /proc/$(cat /tmp/toggle) ]; do usleep 50000; done; killall workload || true")
            self.switch(guest, 2)
            self.assertEqual(scenarios.not_given_back(guest, before, 8192), 0, "KiB")


class Coming(WithFolder):
    """A CPU that is switched on while recording goes on."""

    def test_it_keeps_its_ring_when_it_goes(self):
        with live.guest(cpus=4, cmdline="maxcpus=2") as guest:
            live.rec(guest, "start 20000")
            self.switch(guest, 2)
            made = scenarios.storm(guest, 3, calls=3000)
            self.switch(guest, 2, 0)
            self.switch(guest, 2)
            again = scenarios.storm(guest, 3, calls=3000)
            self.switch(guest, 2, 0)
            guest.panic()
            dumps = scenarios.dump_all(guest, self.folder)
        recording = rings.read(dumps.raw)
        self.assertEqual([ring.cpu for ring in recording.rings], [0, 1, 2])
        for tid in (made[2][0], again[2][0]):
            self.assertGreaterEqual(sum(record.pid == tid for record in recording.rings[2].records), 6000)
        self.assertIn("3 CPUs, 20000 entries of 72 bytes each; 1 CPU without a ring\n", summary(dumps.elf))

    def test_without_memory_for_its_ring_it_comes_all_the_same(self):
        with live.guest(cpus=4, cmdline="maxcpus=2") as guest:
            entries = scenarios.available(guest) * 1024 // SLOT // 4  # of each CPU a quarter of the memory
            live.rec(guest, f"start {entries}")
            guest.run("mkdir /tmp/fill; mount -t tmpfs -o size=90% fill /tmp/fill;"
                      f"head -c $(( $(grep MemAvailable /proc/meminfo | tr -dc 0-9) * 1024 - {entries * SLOT // 2} )) /dev/zero >/tmp/fill/all")
            self.switch(guest, 2)
            self.assertIn("no memory for the ring of CPU 2: its calls are only counted", guest.run("dmesg").stdout)
            guest.run("umount /tmp/fill")
            made = scenarios.storm(guest, 3, calls=3000)
            self.switch(guest, 2, 0)
            self.switch(guest, 2)  # no second try: what is counted as lost is of a whole time
            self.switch(guest, 3)  # for this one there is room
            scenarios.storm(guest, 4, calls=1000)
            done = guest.run(f"{live.BIN}/kstrax -b -k -T 0.2 -o /tmp/copy", check=False)
            self.assertEqual(done.rc, 3)
            self.assertRegex(done.stdout, r"CPU 2: there was no memory for its ring when it came: its \d+ records were counted, not kept")
            guest.run("mkdir /tmp/out; mv /tmp/copy_2 /tmp/out/; rm /tmp/copy_*; mv /tmp/out/copy_2 /tmp/two")
            guest.run("cp /tmp/two /share/")
            guest.get("two", self.folder / "two")
            self.assertGreaterEqual(live.BufferFile(self.folder / "two").unreadable, 6000)
            guest.panic()
            dumps = scenarios.dump_all(guest, self.folder)
        recording = rings.read(dumps.raw)
        self.assertEqual([ring.cpu for ring in recording.rings], [0, 1, 3])
        # Its first calls may be made on another CPU: a new thread moves where it belongs by a call of its own.
        self.assertFalse([record for ring in recording.rings for record in ring.records
                          if record.pid == made[2][0] and record.nr == GETPID])
        text = summary(dumps.elf, status=3)
        self.assertRegex(text, r"(?m)^ +2 +(\d+) +0 +0 +\1 .* damaged$")


if __name__ == "__main__":
    unittest.main()
