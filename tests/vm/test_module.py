# SPDX-License-Identifier: GPL-2.0-or-later
"""The recorder's modules by themselves: load, record, unload, refuse."""

import tempfile
import unittest

from kstraxvm import paths, scenarios
from kstraxvm.readers import rings
from kstraxvm.guest import GuestProblem
from kstraxvm.kernels.kernel import default_release

VERSION = paths.version()
# Hooks of this kernel may fault: so its recorder brings pages in.
MAY_FAULT = any(b"get_user_pages_unlocked" in path.read_bytes() for path in paths.recorder_modules(default_release()))
LATE_NAMES = "entry" if MAY_FAULT else "exit"  # names whose page is in memory and not mapped
TRACEPOINTS = "/sys/kernel/tracing/events/raw_syscalls"


def load(guest, entries=None):
    guest.load_recorder(entries)


def unload(guest):
    guest.run("rmmod kstrax_buf && rmmod ctr_mod")


class Loading(unittest.TestCase):
    def test_one_cpu_is_not_each_of_several(self):
        with scenarios.guest_with_programs(cpus=1) as guest:
            load(guest)
            self.assertIn("recording, 160000 entries on 1 CPU (", guest.run("dmesg").stdout)
            unload(guest)
            with self.assertRaises(GuestProblem):
                load(guest, 0)
            self.assertRegex(guest.run("dmesg").stdout, r"entries=0: 1 to \d+ are possible for 1 CPU\n")

    def test_load_unload_reload(self):
        with scenarios.guest_with_programs() as guest:
            load(guest)
            log = guest.run("dmesg").stdout
            self.assertIn(f"ctr_mod: version {VERSION}", log)
            self.assertIn(f"kstrax_buf: version {VERSION}: recording, 160000 entries on each of 2 CPUs", log)
            self.assertEqual(guest.run("cat /sys/module/kstrax_buf/version").stdout.strip(), VERSION)
            self.assertEqual(guest.run("cat /sys/module/ctr_mod/version").stdout.strip(), VERSION)
            # The hooks cannot go while a recorder uses them.
            refused = guest.run("rmmod ctr_mod", check=False)
            self.assertNotEqual(refused.rc, 0)
            # Only root learns where kernel memory is.
            self.assertRegex(guest.run("grep kstrax_ring_anchor /proc/kallsyms").stdout,
                             r"(?m)^[0-9a-f]+ b kstrax_ring_anchor\t\[kstrax_buf\]$|"
                             r"^[0-9a-f]+ B kstrax_ring_anchor\t\[kstrax_buf\]$")
            unload(guest)
            for _ in range(5):
                load(guest, 1000)
                scenarios.run_workload(guest, "threads")
                unload(guest)
            log = guest.run("dmesg").stdout
            self.assertEqual(log.count("kstrax_buf: recording stopped, unloaded"), 6)

    def test_second_copy_is_refused(self):
        with scenarios.guest_with_programs() as guest:
            load(guest, 1000)
            again = guest.run("insmod /share/kstrax_buf.ko", check=False)
            self.assertNotEqual(again.rc, 0)
            unload(guest)

    def test_unload_under_load(self):
        with scenarios.guest_with_programs() as guest:
            # More threads than CPUs, so that tasks are preempted anywhere.
            guest.run("workload storm 4 0 15 >/tmp/storm 2>&1 &")
            load(guest, 1000)
            for cycle in range(10):
                if cycle % 2:
                    guest.run("rmmod kstrax_buf && rmmod ctr_mod && insmod /share/ctr_mod.ko")
                else:
                    guest.run("rmmod kstrax_buf")
                guest.run("insmod /share/kstrax_buf.ko entries=3000; sleep 0.2")
            guest.run("wait; while pidof workload; do sleep 0.3; done >/tmp/pids")
            self.assertEqual(len(guest.run("cat /tmp/storm").stdout.split()), 4 * 3)
            unload(guest)

    def test_absurd_sizes_are_refused(self):
        # 2^64 / 72 and around it: a product that overflows must not look small.
        too_many = ["1000000000", "7516192768"]  # 14 Gi / 2
        beyond = ["7516192769", "256204778801521549", "256204778801521551", str(2**63), str(2**64 - 1)]
        invalid = ["0", "-1", "x", "1x", str(2**64)]
        with scenarios.guest_with_programs() as guest:
            load(guest, 1000)
            guest.run("rmmod kstrax_buf")
            before = scenarios.available(guest)
            for entries in too_many + beyond + invalid:
                done = guest.run(f"insmod /share/kstrax_buf.ko entries={entries}", check=False)
                self.assertNotEqual(done.rc, 0, entries)
            log = guest.run("dmesg").stdout
            for entries in too_many:
                self.assertRegex(log, rf"kstrax_buf: entries={entries}: the memory available holds \d+ "
                                      r"for each of 2 CPUs")
            for entries in beyond:
                self.assertIn(f"kstrax_buf: entries={entries}: 1 to 7516192768 are possible for each of 2 CPUs", log)
            self.assertIn("kstrax_buf: entries=0: 1 to 7516192768 are possible for each of 2 CPUs", log)
            self.assertEqual(guest.run("lsmod | grep -c kstrax_buf", check=False).stdout.strip(), "0")
            self.assertEqual(scenarios.not_given_back(guest, before, 4096), 0, "KiB")
            guest.run("insmod /share/kstrax_buf.ko entries=1")
            unload(guest)

    def test_memory_comes_back(self):
        with scenarios.guest_with_programs() as guest:
            load(guest, 500000)  # 69 MiB
            unload(guest)
            before = scenarios.available(guest)
            for _ in range(10):
                load(guest, 500000)
                unload(guest)
            self.assertEqual(scenarios.not_given_back(guest, before, 4096), 0, "KiB")


class Memory(unittest.TestCase):
    """What a reader of a dump finds."""

    def setUp(self):
        self.raw = paths.scratch(self.addCleanup) / "raw"

    def test_one_entry(self):
        with scenarios.guest_with_programs() as guest:
            load(guest, 1)
            scenarios.run_workload(guest)
            guest.panic()
            guest.raw_memory(self.raw)
        recording = rings.read(self.raw)
        self.assertEqual([(len(ring.records), ring.torn) for ring in recording.rings], [(1, 0)] * 2)
        self.assertTrue(all(ring.head > 1000 for ring in recording.rings))

    def test_sizes_around_a_page_and_a_frame_list(self):
        # 504 frames a list: 28672 slots fill one exactly.
        for entries in (56, 57, 28672, 28673):
            with self.subTest(entries=entries), scenarios.guest_with_programs(cpus=1, memory=256) as guest:
                load(guest, entries)
                scenarios.storm(guest, 1, calls=entries)
                guest.freeze()
                guest.raw_memory(self.raw)
                recording = rings.read(self.raw)
                self.assertEqual(recording.entries, entries)
                self.assertGreater(recording.rings[0].head, entries)
                slots = len(recording.rings[0].records) + recording.rings[0].torn
                self.assertLessEqual(entries - slots, 20)  # names are joined to their calls

    def test_nothing_is_found_after_unloading(self):
        with scenarios.guest_with_programs() as guest:
            for _ in range(3):
                load(guest, 30000)
                said = guest.run("workload storm 1 10000 0 >/tmp/storm & echo $!; wait; cat /tmp/storm").stdout.split()
                unload(guest)
            guest.freeze()
            guest.raw_memory(self.raw)
        memory = self.raw.read_bytes()
        process, _, thread, _ = map(int, said)
        for kind in (1, 2):  # of the storm's read()
            self.assertEqual(len(rings.find_all(memory, rings.middle(thread, 0, kind, process))), 0)
        self.assertEqual(rings.find_all(memory, rings.ANCHOR_MAGIC), [])
        self.assertEqual(rings.find_all(memory, rings.FRAMES_MAGIC), [])

    def names(self, parameters):
        """Of the scene of names: [(name, whether it is cut off)], and how many are counted as cut off."""
        with scenarios.guest_with_programs() as guest:
            guest.load_recorder(None, parameters)
            tids = scenarios.run_workload(guest, "names")
            guest.freeze()
            guest.raw_memory(self.raw)
        recording = rings.read(self.raw)
        # Names of the guest's own are short.
        found = [(record.path, record.cut) for ring in recording.rings for record in ring.records
                 if record.pid in tids and record.path is not None]
        return found, sum(ring.lost[3] for ring in recording.rings)

    def test_names_are_cut_off(self):
        """A name takes three slots at most, or as many as is said; what is cut off has no end, and is counted."""
        for parameters, slots, long in (("", 3, 5), ("name_slots=1", 1, 7), ("name_slots=85", 85, 5), ("name_slots=0", 85, 3)):
            with self.subTest(parameters):
                names, counted = self.names(parameters)
                cut = [name for name, is_cut in names if is_cut]
                self.assertEqual({len(name) for name in cut}, {slots * rings.NAME_PART})
                self.assertEqual(sum(name.startswith(b"l/l/") for name in cut), long)
                self.assertEqual(counted, len(cut))
                whole = max((name for name, is_cut in names if not is_cut), key=len)
                self.assertLessEqual(len(whole), (slots + (parameters == "name_slots=0")) * rings.NAME_PART)
                self.assertIn(b"\0", whole[-rings.NAME_PART:])

    def test_names_at_entry(self):
        """A name whose page is in memory and not mapped: at entry where the kernel lets hooks fault, else at exit."""
        with scenarios.guest_with_programs() as guest:
            load(guest)
            tids = scenarios.run_workload(guest, "names")
            guest.freeze()
            guest.raw_memory(self.raw)
        kinds = [record.kind for ring in rings.read(self.raw).rings for record in ring.records
                 if record.pid in tids and rings.name_of(record) == b"/no/such/file/of/a/late/name"]
        self.assertEqual(kinds, [LATE_NAMES])

    def test_lost_names_are_counted(self):
        crowd = 600
        with scenarios.guest_with_programs() as guest:
            load(guest)
            guest.run(f"workload crowd {crowd}")
            scenarios.run_workload(guest, "lost-name")
            guest.panic()
            guest.raw_memory(self.raw)
        recording = rings.read(self.raw)
        fault, busy = (sum(ring.lost[cause] for ring in recording.rings) for cause in (0, 1))
        self.assertEqual(fault, 0 if MAY_FAULT else 1)
        names = [rings.name_of(record) for ring in recording.rings for record in ring.records
                 if record.kind == LATE_NAMES and record.path is not None]
        there = names.count(b"/tmp/crowd")
        # 256 places: every call of the crowd has its name, or is counted as lost.
        if not MAY_FAULT:
            self.assertGreater(busy, 0)
        self.assertEqual(there + busy, crowd + MAY_FAULT)  # and the one who writes

    def test_killed_waiters(self):
        """A call that a killed task leaves has its name, and its place is free again."""
        crowd = 200
        with scenarios.guest_with_programs() as guest:
            load(guest)
            for _ in range(2):
                guest.run(f"""
                    workload crowd {crowd} stay > /tmp/out &
                    until grep -q waiting /tmp/out; do sleep 0.2; done
                    kill -9 $!; wait $!; rm /tmp/out""", check=False)
            scenarios.run_workload(guest, "names")
            guest.panic()
            guest.raw_memory(self.raw)
        recording = rings.read(self.raw)
        names = [rings.name_of(record) for ring in recording.rings for record in ring.records
                 if record.kind == LATE_NAMES and record.path is not None]
        busy = sum(ring.lost[1] for ring in recording.rings)
        self.assertEqual(names.count(b"/tmp/crowd") + busy, 2 * crowd)
        self.assertEqual(names.count(b"/tmp/workload/created"), 8 + 3 * MAY_FAULT)  # three have their name at entry anyway

    def test_wrapped_rings(self):
        with tempfile.TemporaryDirectory(prefix="kstraxvm-") as folder:
            wrapped = scenarios.wrapped_rings(folder)
            recording = rings.read(wrapped.dumps.raw)
        for ring in recording.rings:
            self.assertEqual(ring.torn, 0)
            _, calls = wrapped.storms[ring.cpu]
            self.assertGreaterEqual(ring.head, 2 * calls)
            self.assertGreater(ring.head, 2 * wrapped.entries)
            last = ring.records[-1]
            names = len(last.path or b"") // rings.NAME_PART  # slots behind it that belong to it
            self.assertEqual(last.serial + names, ring.head & 0xffffffff)
            times = [record.time_ns for record in ring.records]
            self.assertEqual(times, sorted(times))


if __name__ == "__main__":
    unittest.main()
