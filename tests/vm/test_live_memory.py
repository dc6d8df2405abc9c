# SPDX-License-Identifier: GPL-2.0-or-later
"""kstrax-dump on memory that the kernel itself shows: the running machine's own
(/proc/kcore, /dev/mem), and the crashed one's in a capture kernel (/proc/vmcore)."""

import json
import re
import signal
import subprocess
import time
import unittest

from kstraxvm import default_release, live, paths, reports, scenarios

ENTRIES = 200000
DUMP = "/bin/kstrax-dump"


def static_dump():
    path = paths.BUILD / "static/kstrax-dump"
    if not path.exists():
        raise unittest.SkipTest("build/static/kstrax-dump is not built: make static")
    return path


class WithFolder(unittest.TestCase):
    def setUp(self):
        self.folder = paths.scratch(self.addCleanup)


class Kcore(WithFolder):
    def test_entries_are_those_of_a_snapshot(self):
        """Read in two ways while calls are made on both CPUs, and with the rings full."""
        with live.guest(memory=768, files={DUMP: static_dump()}) as guest:
            live.rec(guest, f"start {ENTRIES}")
            scenarios.storm(guest, 2, calls=ENTRIES // 2 + 1000)
            # So few calls at a time that the rings keep, for a long time, what was read.
            guest.run("(while [ ! -e /tmp/stop ]; do workload storm 2 200 0; done) >/dev/null 2>&1 & "
                      f"{DUMP} -b -o /tmp/kcore /proc/kcore && {live.BIN}/kstrax -b -R -o /tmp/snap; status=$?; "
                      "touch /tmp/stop; wait; exit $status")
            kcore, snap = (live.fetch(guest, name, self.folder) for name in ("kcore", "snap"))
            for one, two in zip(kcore, snap):
                self.assertEqual(one.flags, 0)
                self.assertEqual(one.head, one.start + one.count + one.overwritten)
                self.assertGreater(one.overwritten, 0)
                self.assertLess(one.head, two.head)
                ours = {entry[0]: entry for entry in one.entries}
                theirs = {entry[0]: entry for entry in two.entries}
                common = ours.keys() & theirs.keys()
                self.assertGreater(len(common), 1000)
                self.assertEqual([ours[serial] for serial in common], [theirs[serial] for serial in common])

            # As fast as a CPU can: what is lost is overwritten, never torn, and nothing has no entry that has one.
            live.rec(guest, "stop")
            live.rec(guest, "start 20000")
            text = guest.run(f"workload storm 2 0 1000 >/dev/null & for i in 1 2 3 4; do {DUMP} -r --format=jsonl "
                             "/proc/kcore >/tmp/report 2>/tmp/said || exit 1; tail -n 1 /tmp/report;"
                             f"{DUMP} -t --format=jsonl -x 'state==entry_not_recorded' /proc/kcore 2>/tmp/said | wc -l; done;"
                             "kill %1").stdout.splitlines()
            for trailer, strangers in zip(map(json.loads, text[::2]), text[1::2]):
                self.assertEqual([trailer[what] for what in ("torn", "invalid", "unreadable")], [0, 0, 0], trailer)
                self.assertEqual(int(strangers), 2, "a header and a trailer")
            self.refusals(guest)

    def test_reading_leaves_the_rings_as_they_are(self):
        """A small guest, whose memory was searched once, with thousands of reads that were recorded."""
        with live.guest(memory=512, files={DUMP: static_dump()}) as guest:
            live.rec(guest, "start 20000")
            scenarios.storm(guest, 2, calls=20000)
            guest.run(f"{live.BIN}/kstrax -b -R -o /tmp/before;"
                      f"for kind in -c -t -i; do {DUMP} $kind --format=jsonl /proc/kcore >/tmp/report || exit 1;"
                      f"tail -n 1 /tmp/report; done >/tmp/trailers; {live.BIN}/kstrax -b -R -o /tmp/after")
            before, after = (live.fetch(guest, name, self.folder) for name in ("before", "after"))
            # What the shell does between, and the first calls of each kstrax-dump until it is left out.
            self.assertLess(sum(two.head - one.head for one, two in zip(before, after)), 3000)
            for line in guest.run("cat /tmp/trailers").stdout.splitlines():
                trailer = json.loads(line)
                self.assertLess(trailer["written_meanwhile"], 500)
                self.assertLessEqual(trailer["overwritten_meanwhile"], trailer["written_meanwhile"])
            said = guest.run(f"{DUMP} -c /proc/kcore").stdout
            self.assertRegex(said, r"\n# while it was read, \d+ records were written and \d+ overwritten\n")
            # Who cannot open the device says so, and reads all the same.
            ways = guest.run(f"mv /dev/kstrax /dev/gone && {DUMP} -v -c /proc/kcore 2>&1 >/dev/null; mv /dev/gone /dev/kstrax")
            self.assertIn("note: own calls       recorded: ", ways.stdout)
            self.assertIn("note: page scan ", ways.stdout)
            self.assertIn("not made: other recordings", ways.stdout)

    def test_what_is_recorded_only_is_said(self):
        """By memory as by files, of which one is written while another filter is set."""
        with live.guest(memory=512, files={DUMP: static_dump()}) as guest:
            live.rec(guest, "start 20000")
            live.kstrax(guest, "-e FILE")
            said = guest.run(f"{DUMP} -t /proc/kcore").stdout.splitlines()
            self.assertEqual(said[1], "# recorded only: calls: FILE")
            guest.run(f"{live.BIN}/kstrax -b -k -T 3 -o /tmp/copy >/dev/null 2>&1 & sleep 1;"
                      f"{live.BIN}/kstrax -e NETWORK; wait")
            said = live.kstrax(guest, "-t -o - /tmp/copy").stdout.splitlines()
            self.assertEqual(said[1], "# recorded only: calls: FILE NETWORK")

    def refusals(self, guest):
        def says(arguments, words, status=1):
            done = guest.run(f"{DUMP} {arguments}", check=False)
            self.assertEqual(done.rc, status, done.stdout)
            self.assertRegex(done.stdout, f"^kstrax-dump: error: {words}[^\n]*\n$")

        says("/dev/mem", r"/dev/mem: this kernel shows nothing above 1 MB here \(STRICT_DEVMEM; .*; name /proc/kcore")
        says("/proc/cpuinfo", "/proc/cpuinfo: is a file of /proc that holds no machine's memory")
        says("/proc/kcore /dev/mem", "/proc/kcore: is read alone", status=2)
        # Who may not is told what is needed.
        guest.run("cp /proc/kcore /dev/null 2>/dev/null & kill $!; adduser -D -H nobody 2>/dev/null; mkdir -p /etc;"
                  "echo nobody:x:99:99::/:/bin/sh >/etc/passwd")
        says_nobody = guest.run(f"su nobody -c '{DUMP} /proc/kcore'", check=False)
        self.assertIn("/proc/kcore: cannot open: ", says_nobody.stdout)
        self.assertIn("root may, where the kernel is not locked down", says_nobody.stdout)


class DevMem(WithFolder):
    def test_all_of_memory_where_the_kernel_allows_it(self):
        """What /dev/mem shows is what /proc/kcore and the recorder's own snapshot show.

        Debian's kernels forbid it; a probe in the guest says yes in that check's place.
        """
        module = paths.BUILD / "modules" / default_release() / "devmem/open_devmem.ko"
        if not module.exists():
            raise unittest.SkipTest("the module that opens /dev/mem is not built for this kernel")
        with live.guest(files={DUMP: static_dump(), "/open_devmem.ko": module}) as guest:
            live.rec(guest, "start 20000")
            scenarios.storm(guest, 2, calls=20000)
            refused = guest.run(f"{DUMP} -b -o /tmp/mem /dev/mem", check=False)
            self.assertEqual(refused.rc, 1, refused.stdout)
            guest.run("insmod /open_devmem.ko && "
                      f"{DUMP} -b -o /tmp/mem /dev/mem && {live.BIN}/kstrax -b -R -o /tmp/snap")
            mem, snap = (live.fetch(guest, name, self.folder) for name in ("mem", "snap"))
            self.assertEqual(len(mem), 2)
            for one, two in zip(mem, snap):
                self.assertEqual(one.flags, 0)
                ours = {entry[0]: entry for entry in one.entries}
                theirs = {entry[0]: entry for entry in two.entries}
                common = ours.keys() & theirs.keys()
                self.assertGreater(len(common), 1000)
                self.assertEqual([ours[serial] for serial in common], [theirs[serial] for serial in common])
            guest.run("rmmod open_devmem")


# What a capture kernel has; Debian's default for such a machine is more.
CRASHKERNEL = "128M"
CAPTURE_CMDLINE = "console=ttyS0 loglevel=5 panic=0 nr_cpus=1 reset_devices"
DISK = "4m"


class CaptureKernel(WithFolder):
    def test_the_trace_is_saved_where_the_dump_cannot_be(self):
        """A real kdump; the capture kernel's disk has no room for a dump. Little memory is enough."""
        static = static_dump()
        kexec = {"/bin/kexec-load": paths.program("kexec-load")}
        with scenarios.guest_with_programs(memory=768, cmdline=f"crashkernel={CRASHKERNEL}", files=kexec) as guest:
            guest.load_recorder(20000)
            types = int(guest.run("wc -c </sys/kernel/btf/vmlinux").stdout)
            kernel = guest.put(guest.kernel.image, "vmlinuz")
            (guest.share / "initramfs").write_bytes(guest.ramdisk({DUMP: static}))
            guest.run(f"kexec-load {kernel} /share/initramfs '{CAPTURE_CMDLINE}'")
            scenarios.run_workload(guest)
            guest.run(scenarios.WAITING)
            guest.crash_into_capture_kernel()

            guest.run(f"mkdir /disk && mount -t tmpfs -o size={DISK} disk /disk")
            full = guest.run("cp /proc/vmcore /disk/vmcore", check=False, timeout=600)
            self.assertIn("No space left on device", full.stdout)
            guest.run("rm /disk/vmcore")
            peaks = []
            for what in ("-b -o /disk/trace", "-i -o /disk/in-flight", "--excerpt /disk/excerpt.elf"):
                done = guest.run(f"cd /disk && time -v {DUMP} {what} /proc/vmcore && cp /disk/* /share && rm /disk/*",
                                 timeout=600)
                peaks.append(int(re.search(r"Maximum resident set size \(kbytes\): (\d+)", done.stdout)[1]))
            # -i needs most: it reads the kernel's types for its tasks' names. Of 6.1 these are 4.2 MiB.
            self.assertLess(max(peaks), types * 15 >> 10, f"KiB at most: {peaks}")
            guest.freeze()
            guest.dump(self.folder / "whole.elf", "elf")
            for name in ("trace_0", "trace_1", "in-flight", "excerpt.elf"):
                guest.get(name, self.folder / name)
        for option in ("-t", "-r", "-c"):
            with self.subTest(report=option):
                whole = reports.report(self.folder / "report", option, self.folder / "whole.elf").read_bytes()
                self.assertGreater(len(whole.splitlines()), 5)
                saved = reports.report(self.folder / "saved", option, self.folder / "trace", tool="kstrax")
                self.assertEqual(saved.read_bytes(), whole)
                excerpt = reports.report(self.folder / "saved", option, self.folder / "excerpt.elf")
                self.assertEqual(excerpt.read_bytes(), whole)
        whole = reports.report(self.folder / "report", "-i", self.folder / "whole.elf").read_bytes()
        self.assertEqual((self.folder / "in-flight").read_bytes(), whole)


class RunningGuest(WithFolder):
    """A guest's memory file, read while the guest writes to it."""

    def following(self, name, *options):
        """A report that goes on; its first lines are there: the rings are found, and signals end it as they should."""
        output = (self.folder / name).open("wb")
        self.addCleanup(output.close)
        process = subprocess.Popen([reports.command("kstrax-dump"), *options, "--columns=manual", "--live", "--every", "0.05",
                                    self.folder / "ram"], stdout=output, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.kill)
        until = time.monotonic() + 120
        while (self.folder / name).stat().st_size == 0:
            self.assertLess(time.monotonic(), until, f"{name}: no report")
            time.sleep(0.05)
        return process

    def ends(self, process, name):
        """With status 0, nothing said, and a whole report; returns it."""
        _, said = process.communicate(timeout=300)
        self.assertEqual((process.returncode, said), (0, ""))
        return (self.folder / name).read_bytes()

    def test_reports_that_go_on(self):
        ram = self.folder / "ram"
        memory = ["-object", f"memory-backend-file,id=m,size=512M,mem-path={ram},share=on", "-machine", "memory-backend=m"]
        with live.guest(qemu_options=memory) as guest:
            live.rec(guest, "start 100000")
            names = {"-t": "paired", "-r": "raw"}
            followers = {option: self.following(name, option) for option, name in names.items()}
            guest.run("workload storm 2 5000 0 >/tmp/storm")
            new = self.following("new", "-r", "--new")
            again = self.following("again", "-i", "--format=jsonl")
            scenarios.run_workload(guest)
            guest.run("workload storm 2 5000 0 >/tmp/storm")
            guest.freeze()
            for each in (*followers.values(), new, again):
                each.send_signal(signal.SIGINT)
            # Nothing was overwritten, so they are what a report of the memory as it is now is, byte for byte.
            for option, name in names.items():
                whole = reports.report(self.folder / "whole", option, ram).read_bytes()
                self.assertEqual(self.ends(followers[option], name), whole)
            whole = (self.folder / "raw").read_bytes().splitlines()
            lines = self.ends(new, "new").splitlines()
            self.assertLess(len(lines), len(whole) - 10000)
            self.assertEqual(lines[2:-1], whole[-1 - len(lines[2:-1]):-1])
            text = self.ends(again, "again").decode()
            self.assertGreater(text.count('"type":"trailer"'), 1)
            # Rings that are written through faster than they are read: what is missing is overwritten.
            guest._qmp.command("cont")
            live.rec(guest, "stop")
            live.rec(guest, "start 500")
            counted = self.following("counted", "-r", "--format=jsonl")
            guest.run("workload storm 2 20000 0 >/tmp/storm")
            gone = self.following("gone", "-c")
            counted.send_signal(signal.SIGTERM)
            trailer = json.loads(self.ends(counted, "counted").splitlines()[-1])
            self.assertEqual([trailer[what] for what in ("torn", "invalid", "unreadable")], [0, 0, 0])
            self.assertGreater(trailer["overwritten"], 1000)
            # It ends by itself with the file, and with the recording.
            unloaded = self.following("unloaded", "-t")
            live.rec(guest, "stop")
            self.assertTrue(self.ends(unloaded, "unloaded").splitlines()[-1].startswith(b"# lost: "))
            ram.unlink()
            self.assertIn(b"# kstrax statistics report", self.ends(gone, "gone"))


if __name__ == "__main__":
    unittest.main()
