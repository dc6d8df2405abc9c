# SPDX-License-Identifier: GPL-2.0-or-later
"""The manual's promises of the running recorder, each by its ID: R, K, C, B and S."""

import os
import re
import unittest

from kstraxvm import live, paths, qemu, reports, scenarios

VERSION = paths.version()


class WithFolder(unittest.TestCase):
    def setUp(self):
        self.folder = paths.scratch(self.addCleanup)

    def paired(self, name, *options):
        """Text of a report of the files NAME_CPU in the folder."""
        return reports.report(self.folder / "report", *options, self.folder / name, tool="kstrax").read_text()


class Recorder(WithFolder):
    """One guest for all of it; each test starts and ends the recording itself."""

    flavour = None  # of an i386 kernel, or arm64; none: amd64's
    cpus = 2
    timeout = 3600

    @staticmethod
    def options():
        return {}

    @classmethod
    def setUpClass(cls):
        cls.arch = live.architecture(cls.flavour)
        cls.machine = live.guest(cls.flavour, cpus=cls.cpus, timeout=cls.timeout, **cls.options()).__enter__()
        cls.addClassCleanup(cls.machine.__exit__, None, None, None)

    def setUp(self):
        super().setUp()
        self.machine.run(f"rm -rf /tmp/* /share/[!.]*; cd /; if [ -e /sys/module/kstrax_buf ]; then {live.BIN}/kstrax-rec stop; fi;"
                         "rmmod ctr_mod 2>/dev/null; true")


class Control(Recorder):
    """kstrax-rec, and what needs no copy."""

    def test_c1_c2_k2_k5_b8_r4(self):
        guest = self.machine
        refused = live.kstrax(guest, "-S", check=False)
        self.assertEqual(refused.rc, 1)
        self.assertIn("nothing is being recorded; start it with: kstrax-rec start", refused.stdout)
        self.assertEqual(live.rec(guest, "stop", check=False).rc, 1)

        # C1: 160000 entries where none are said (R3); K5: the versions are in the log.
        live.rec(guest, "start")
        log = guest.run("dmesg").stdout
        self.assertIn(f"ctr_mod: version {VERSION}", log)
        self.assertIn(f"kstrax_buf: version {VERSION}: recording, 160000 entries on each of 2 CPUs", log)
        # B8
        self.assertEqual(live.kstrax(guest, "-S").stdout,
                         "kernel buf entry: 160000\ntracing pid     : -1\ntracing syscall : ALL\n")
        again = live.rec(guest, "start", check=False)
        self.assertEqual(again.rc, 1)
        self.assertIn("already recording", again.stdout)
        # C2, and C1 with ENTRIES: the rings are empty again (K2).
        live.rec(guest, "stop")
        guest.run("test ! -e /dev/kstrax && test ! -e /sys/module/kstrax_buf")
        live.rec(guest, "start 5000")
        self.assertIn("kernel buf entry: 5000\n", live.kstrax(guest, "-S").stdout)
        live.kstrax(guest, "-b -R -o /tmp/fresh")
        fresh = live.fetch(guest, "fresh", self.folder)
        self.assertTrue(0 < sum(each.head for each in fresh) < 5000)
        live.rec(guest, "stop")

        # R4: outside the limits is refused, and said in words.
        for entries in ("0", "99999999999999999999", str(self.arch.most_entries + 1), "1000000000", "-1", "x", "1x", "''"):
            done = live.rec(guest, f"start {entries}", check=False)
            self.assertNotEqual(done.rc, 0, entries)
            self.assertRegex(done.stdout, r"^(insmod: [^\n]*\n)?kstrax-rec: error: ", entries)
            guest.run("test ! -e /sys/module/kstrax_buf")
        self.assertIn(f"1 to {self.arch.most_entries} are possible for each of 2 CPUs",
                      live.rec(guest, "start 0", check=False).stdout)
        live.rec(guest, "start 1")
        live.rec(guest, "stop")
        for arguments in ("", "start 1 2", "stop now", "begin"):
            self.assertEqual(live.rec(guest, arguments, check=False).rc, 2, arguments)

    def test_device_is_roots_alone_and_read_only(self):
        """K2: no unloading under a reader; the kernel's interface holds what it says."""
        guest = self.machine
        live.rec(guest, "start 1000")
        self.assertEqual(guest.run("stat -c '%a %u %g' /dev/kstrax").stdout.strip(), "600 0 0")
        self.assertEqual(guest.run("workload device").stdout, "ok\n")
        guest.run(live.copying("-o /tmp/x", "/tmp/x_1"))
        refused = live.rec(guest, "stop", check=False)
        self.assertEqual(refused.rc, 1)
        self.assertIn("kstrax_buf is in use", refused.stdout)
        guest.run("killall -INT kstrax; wait; while pidof kstrax; do sleep 0.1; done; cat /tmp/out")
        live.rec(guest, "stop")

    def test_b6_b7_filters(self):
        guest = self.machine
        live.rec(guest, "start")
        state = lambda: live.kstrax(guest, "-S").stdout.splitlines()[2]

        # B6: only this kind; another is added; the same again is switched off.
        live.kstrax(guest, "-e FILE")
        self.assertIn("FILE", state())
        scenarios.run_workload(guest)
        live.kstrax(guest, "-b -R -o /tmp/file")
        numbers = set(live.calls(live.fetch(guest, "file", self.folder)))
        self.assertIn(self.arch.openat, numbers)
        self.assertIn(self.arch.read, numbers)
        live.kstrax(guest, "-e NETWORK")
        self.assertEqual(state(), "tracing syscall : FILE NETWORK")
        live.kstrax(guest, "-e FILE")
        self.assertEqual(state(), "tracing syscall : NETWORK")
        for kind in ("IPC", "PROCESS", "SIGNAL"):
            live.kstrax(guest, f"-e {kind}")
            self.assertIn(kind, state())
        live.kstrax(guest, "-e ALL")
        self.assertEqual(state(), "tracing syscall : ALL")
        live.kstrax(guest, "-e ALL")
        self.assertEqual(state(), "tracing syscall : NONE")
        live.kstrax(guest, "-e getppid -e kill")
        self.assertEqual(state(), "tracing syscall : kill getppid")
        live.rec(guest, "stop")

        # One by name, in the machine's three tables (R1: with its IA-32 number, too).
        live.rec(guest, "start")
        live.kstrax(guest, "-e getppid")
        live.kstrax(guest, "-b -R -o /tmp/none")
        scenarios.run_workload(guest)
        live.kstrax(guest, "-b -R -o /tmp/one")
        before, files = (live.fetch(guest, name, self.folder) for name in ("none", "one"))
        new = [entry for old, each in zip(before, files) for entry in each.entries[old.count:]]
        seen = {(entry[4], entry[3] & 0xfff) for entry in new}
        self.assertIn((self.arch.native, self.arch.getppid), seen)
        self.assertLessEqual(seen, {(0, self.arch.getppid), (2, self.arch.getppid), (1, 64)})
        # Exits are recorded where entries are.
        kinds = [entry[3] >> 12 for entry in new]
        self.assertEqual(kinds.count(1), kinds.count(2))
        live.rec(guest, "stop")

        # B7: one process, with all its threads; -1: all.
        live.rec(guest, "start")
        pid = int(guest.run("(sh -c 'echo $$ >/tmp/pid; while [ ! -e /tmp/go ]; do usleep 10000; done;"
                            " exec workload run /tmp/w threads' >/dev/null 2>&1 &);"
                            "while [ ! -s /tmp/pid ]; do usleep 10000; done; cat /tmp/pid").stdout)
        live.kstrax(guest, f"-p {pid}")
        self.assertIn(f"tracing pid     : {pid}\n", live.kstrax(guest, "-S").stdout)
        live.kstrax(guest, "-b -R -o /tmp/before")
        guest.run("touch /tmp/go; while [ -e /proc/%d ]; do usleep 10000; done; true" % pid)
        live.kstrax(guest, "-b -R -o /tmp/after")
        before = live.fetch(guest, "before", self.folder)
        after = live.fetch(guest, "after", self.folder)
        new = [entry for old, each in zip(before, after) for entry in each.entries[old.count:]]
        self.assertGreater(len(new), 500)
        self.assertLessEqual({entry[5] for entry in new}, {pid, None})
        tids = {int(tid) for tid in guest.run("cat /tmp/w/tids").stdout.split()}
        self.assertLessEqual({entry[2] for entry in new}, tids | {pid})
        self.assertGreater(len({entry[2] for entry in new}), 1, "threads")
        live.kstrax(guest, "-p -1")
        self.assertIn("tracing pid     : -1\n", live.kstrax(guest, "-S").stdout)
        for wrong in ("-p 0", "-p -2", "-p x", "-e nonsense", "-s 5", "-k", "-T 5", "-b -s 0", "-b -T 0",
                      "-b -T x", "-S -t x", "-b x", "-R x", "-S -o x"):
            self.assertEqual(live.kstrax(guest, wrong, check=False).rc, 2, wrong)
        self.assertEqual(live.kstrax(guest, "-p 99999").stdout,
                         "kstrax: warning: there is no process 99999 now\n")

    def test_b14(self):
        guest = self.machine
        self.assertRegex(live.kstrax(guest, "-h").stdout, r"^Usage: kstrax -b \[-s SIZE\]")
        self.assertEqual(live.kstrax(guest, "-v").stdout, f"kstrax {VERSION}\n")


class Copying(Recorder):
    def test_b1_b3_b4_b13_copies(self):
        guest = self.machine
        live.rec(guest, "start 20000")
        # B1: until Ctrl-C, to DATETIME_HOSTNAME_CPU.
        guest.run(f"cd /tmp; {live.copying('', '/tmp/*_kstrax-vm_1')}; echo $reader >/tmp/id;"
                  "workload run /tmp/w threads; kill -INT $reader; wait $reader")
        names = guest.run("cd /tmp; ls *_kstrax-vm_*").stdout.split()
        self.assertRegex(names[0], r"^20\d{12}_kstrax-vm_0$")
        name = names[0].removesuffix("_0")
        self.assertEqual(names, [f"{name}_0", f"{name}_1"])
        self.assertEqual(guest.run("stat -c %a /tmp/" + names[0]).stdout, "600\n")
        first = live.fetch(guest, name, self.folder)
        self.assertTrue(all(each.head == each.count for each in first))
        account = live.account(guest.run("cat /tmp/out").stdout)
        self.assertEqual([account[cpu]["copied"] for cpu in (0, 1)], [each.count for each in first])
        # Its own calls are not in it.
        own = int(guest.run("cat /tmp/id").stdout)
        mine = sorted((e[1], e[3] & 0xfff) for each in first for e in each.entries if e[2] == own)
        self.assertEqual(mine[-1][1], self.arch.ioctl, "the ioctl that asked for it is the last")
        self.assertGreater(len(self.paired(name, "-t").splitlines()), 100)

        # The rings are clear: the next copy begins there. B4: it ends by itself; B13: -o.
        done = live.kstrax(guest, "-b -T 1 -o /tmp/second --own-calls")
        second = live.fetch(guest, "second", self.folder)
        self.assertEqual([each.start for each in second], [each.head for each in first])
        self.assertEqual([each.head - each.start for each in second], [each.count for each in second])
        self.assertIn("copied", done.stdout)
        # B3: -k leaves them.
        live.kstrax(guest, "-b -k -T 1 -o /tmp/third")
        live.kstrax(guest, "-b -k -T 1 -o /tmp/fourth")
        third, fourth = (live.fetch(guest, each, self.folder) for each in ("third", "fourth"))
        self.assertEqual([each.start for each in third], [each.start for each in fourth])
        self.assertEqual([each.start for each in third], [each.head for each in second])
        # An earlier copy's file is not written over.
        refused = live.kstrax(guest, "-b -T 1 -o /tmp/third", check=False)
        self.assertEqual(refused.rc, 2)
        self.assertIn("/tmp/third_0: exists", refused.stdout)
        self.assertEqual(live.fetch(guest, "third", self.folder)[0].head, third[0].head)

    def test_b2_b5_snapshot(self):
        guest = self.machine
        live.rec(guest, "start 3000")
        scenarios.run_workload(guest)
        live.kstrax(guest, "-b -R -o /tmp/snap")
        # B5 clears nothing; the ring is full.
        live.kstrax(guest, "-b -R -s 7 -o /tmp/again")
        snap, again = (live.fetch(guest, name, self.folder) for name in ("snap", "again"))
        for one, two in zip(snap, again):
            self.assertEqual(one.start, 0)
            self.assertEqual(one.count + one.overwritten, one.head)
            self.assertGreaterEqual(two.head, one.head)
            # B2: so many at a time.
            self.assertGreaterEqual(two.chunks, two.count / 7)
            self.assertEqual(one.flags, 0)

    def test_b1a_b3a_b5a_snapshot_alone(self):
        """-R by itself writes a snapshot, under the one default name; -k and -T are taken beside it."""
        guest = self.machine
        live.rec(guest, "start 3000")
        scenarios.run_workload(guest)
        said = guest.run(f"cd /tmp; date -u +%Y%m%d%H%M; {live.BIN}/kstrax -R; ls -d *_kstrax-vm_0; date -u +%Y%m%d%H%M").stdout
        names = re.findall(r"(?m)^(20\d{12})_kstrax-vm_0$", said)
        self.assertEqual(len(names), 1, said)
        before, after = re.findall(r"(?m)^20\d{10}$", said)
        self.assertTrue(before <= names[0][:12] <= after, said)
        alone = live.fetch(guest, f"{names[0]}_kstrax-vm", self.folder)
        for options in ("-b -R -k", "-b -R -T 5", "-R -k", "-R -s 7"):
            started = guest.run("cut -d. -f1 /proc/uptime").stdout
            live.kstrax(guest, f"{options} -o /tmp/again")
            self.assertLess(int(guest.run("cut -d. -f1 /proc/uptime").stdout) - int(started), 4, options)
            again = live.fetch(guest, "again", self.folder)
            for one, two in zip(alone, again):
                self.assertEqual(two.start, 0, options)
                self.assertGreaterEqual(two.head, one.head, options)
                self.assertEqual(two.count + two.overwritten, two.head, options)

    def test_r1_r2_b9_b12_reports_of_a_copy(self):
        """What was entered and left, with names, is in the reports of the files."""
        guest = self.machine
        live.rec(guest, "start")
        tids = scenarios.run_workload(guest)
        live.kstrax(guest, "-b -R -o /tmp/copy")
        live.fetch(guest, "copy", self.folder)
        path = reports.report(self.folder / "jsonl", "-t", "--format=jsonl", self.folder / "copy", tool="kstrax")
        header, rows, trailer = reports.read_jsonl(path)
        mine = [row for row in rows if row["pid"] in tids]
        named = {"/tmp/workload/created"} | (set() if self.flavour else {"/no/such/compat/file"})
        self.assertLessEqual(named, {row.get("path") for row in mine})
        self.assertTrue(all(row["end_ns"] >= row["start_ns"] for row in mine if row["state"] == "complete"))
        # R5: every report ends with the count of what was lost.
        for option in ("-t", "-r", "-c"):
            self.assertRegex(self.paired("copy", option).splitlines()[-1], r"lost: \d+")


    def test_names_cut_off_are_told(self):
        """By the copy's account, its files and each report; and each of them is marked."""
        guest = self.machine
        live.rec(guest, "start")
        tids = scenarios.run_workload(guest, "names")
        account = live.account(live.kstrax(guest, "-b -T 1 -o /tmp/names").stdout)
        counted = sum(each.lost[3] for each in live.fetch(guest, "names", self.folder))
        self.assertGreaterEqual(counted, 5)
        self.assertEqual(sum(cpu.get("names-cut", 0) for cpu in account.values()), counted)
        for option in ("-t", "-r", "-c", "-i"):
            self.assertTrue(self.paired("names", option).endswith(f"; file names cut off: {counted}\n"), option)
        path = reports.report(self.folder / "jsonl", "-t", "--format=jsonl", self.folder / "names", tool="kstrax")
        header, rows, trailer = reports.read_jsonl(path)
        self.assertEqual((sum(cpu["names_cut"] for cpu in header["cpus"]), trailer["names_cut"]), (counted, counted))
        cut = [row["path"] for row in rows if row["pid"] in tids and row["path_end"] == "cut"]
        self.assertEqual(len(cut), counted)
        marked = re.findall(r'"(\S*)"\.\.\.', self.paired("names", "-t"))
        self.assertEqual(sorted(marked), sorted(cut))


class Trouble(Recorder):
    """Readable files, exact counts, and a recorder that goes on, whatever happens to the reader."""

    def judge(self, files, account=None):
        for each in files:
            self.assertEqual(each.head, each.start + each.count + each.overwritten + each.unreadable)
            if account:
                mine = account[each.cpu]
                self.assertEqual((mine["written"], mine["before"], mine["copied"], mine["overwritten"], mine["not-written"]),
                                 (each.head, each.start, each.count, each.overwritten, each.unreadable))

    def test_storm_adds_up(self):
        guest = self.machine
        for entries, status in (("2000", 3), ("160000", None)):
            live.rec(guest, f"start {entries}")
            done = guest.run(f"workload storm 2 0 3 >/tmp/storm & sleep 0.5; {live.BIN}/kstrax -b -T 1 -o /tmp/s{entries};"
                             "echo status $?; wait; cat /tmp/storm")
            files = live.fetch(guest, f"s{entries}", self.folder)
            self.judge(files, live.account(done.stdout))
            if status is not None:
                self.assertIn(f"status {status}\n", done.stdout)
                self.assertGreater(sum(each.overwritten for each in files), 0)
            # What is not copied is exactly what a report says is overwritten.
            path = reports.report(self.folder / "jsonl", "-r", "--format=jsonl", self.folder / f"s{entries}",
                                  tool="kstrax")
            header = reports.read_jsonl(path)[0]
            self.assertEqual([cpu["overwritten"] for cpu in header["cpus"]], [each.overwritten for each in files])
            self.assertEqual([cpu["torn"] for cpu in header["cpus"]], [0, 0])
            # A snapshot amid the storm is as exact.
            guest.run("workload storm 2 0 2 >/tmp/storm & sleep 0.5;"
                      f"{live.BIN}/kstrax -b -R -o /tmp/r{entries}; wait")
            self.judge(live.fetch(guest, f"r{entries}", self.folder))
            live.rec(guest, "stop")

    def test_signals_kills_second_reader_full_disk(self):
        guest = self.machine
        live.rec(guest, "start 50000")

        def background(name, then):
            return guest.run(f"{live.copying(f'-o /tmp/{name}', f'/tmp/{name}_1')};"
                             f"workload run /tmp/w threads; {then}; wait $reader; echo status $?; cat /tmp/out").stdout

        # SIGTERM ends it as Ctrl-C does.
        text = background("term", "kill -TERM $reader")
        self.assertIn("status 0\n", text)
        term = live.fetch(guest, "term", self.folder)
        self.judge(term, live.account(text))

        # Killed: files without an end, readable up to there; the next copy begins behind what they hold.
        background("killed", "until [ $(cat /tmp/killed_* | wc -c) -gt 20000 ]; do usleep 50000; done;"
                   "kill -KILL $reader")
        killed = live.fetch(guest, "killed", self.folder)
        self.assertTrue(all(each.head is None for each in killed))
        self.assertGreater(sum(each.count for each in killed), 100)
        path = self.folder / "killed-report"
        reports.report(path, "-t", self.folder / "killed", tool="kstrax", status=3)
        text = live.kstrax(guest, "-b -T 1 -o /tmp/after-kill").stdout
        after = live.fetch(guest, "after-kill", self.folder)
        self.judge(after, live.account(text))
        # What was written last it may not yet have taken: then it comes twice, rather than not at all.
        for old, new in zip(killed, after):
            self.assertIn(new.start, old.ends[-2:])

        # A second reader is refused, with -k and -R it is served; the first goes on.
        text = background("one", f"{live.BIN}/kstrax -b -o /tmp/two; echo second $?;"
                          f"{live.BIN}/kstrax -b -k -T 0.5 -o /tmp/beside; {live.BIN}/kstrax -b -R -o /tmp/shot;"
                          "kill -INT $reader")
        self.assertIn("another kstrax -b is copying the rings", text)
        self.assertIn("second 1\n", text)
        for name in ("one", "beside", "shot"):
            self.judge(live.fetch(guest, name, self.folder))
        guest.run("test ! -e /tmp/two_0")

        # A full disk: the files end where it was full, and say so; nothing is cleared that is not in them.
        guest.run("mkdir -p /tmp/small; mount -t tmpfs -o size=1m small /tmp/small")
        text = guest.run(f"workload storm 2 20000 0 >/dev/null; {live.BIN}/kstrax -b -T 2 -o /tmp/small/full;"
                         "echo status $?; cp /tmp/small/full_* /tmp; umount /tmp/small").stdout
        self.assertIn("No space left on device", text)
        self.assertIn("status 1\n", text)
        full = live.fetch(guest, "full", self.folder)
        self.judge(full, live.account(text))
        self.assertGreater(sum(each.unreadable for each in full), 1000)
        self.assertTrue(any(each.flags & 4 for each in full))
        reports.report(path, "-c", self.folder / "full", tool="kstrax", status=3)
        text = live.kstrax(guest, "-b -T 1 -o /tmp/rest").stdout
        rest = live.fetch(guest, "rest", self.folder)
        self.judge(rest, live.account(text))
        for cut, each in zip(full, rest):
            self.assertLessEqual(each.start, cut.start + cut.count + cut.overwritten)
        live.rec(guest, "stop")


class Unloading(Recorder):
    """K1, K2: both modules go at any moment, under load and under a reader."""

    cpus = 4
    cycles = int(os.environ.get("KSTRAX_LOAD_CYCLES", "10"))
    batch = 25  # in one command
    timeout = 3600 + 60 * cycles

    @staticmethod
    def options():
        return {"accelerator": qemu.accelerator_for_changing_code()}

    def test_load_and_unload_under_a_storm(self):
        """With readers that come, go and are killed: tests/vm/guest/cycles.c."""
        guest = self.machine
        before = scenarios.available(guest)
        for start in range(0, self.cycles, self.batch):
            guest.run(f"workload cycles {min(self.batch, self.cycles - start)} {start}"
                      f" {live.ROOT}/modules/$(uname -r) {live.BIN}/kstrax", timeout=1800)
        self.assertEqual(scenarios.not_given_back(guest, before, 8192), 0, f"KiB after {self.cycles} cycles")

    def test_hotplug_while_recording(self):
        """A CPU that goes and comes back goes on in its own ring, and no record is lost."""
        guest = self.machine
        live.rec(guest, "start 50000")
        guest.run("workload storm 4 0 6 >/tmp/storm 2>&1 &")
        text = guest.run(f"""{live.BIN}/kstrax -b -o /tmp/hot >/tmp/out 2>&1 & reader=$!
            for i in 1 2 3; do
                for cpu in 3 1; do echo 0 >/sys/devices/system/cpu/cpu$cpu/online; usleep 200000; done
                for cpu in 1 3; do echo 1 >/sys/devices/system/cpu/cpu$cpu/online; usleep 200000; done
            done
            while pidof workload >/tmp/pids; do usleep 200000; done
            workload storm 4 2000 0 >/tmp/storm  # on all CPUs: those that came back too
            kill -INT $reader; wait $reader; cat /tmp/out""").stdout
        account = live.account(text)
        self.assertEqual(sorted(account), [0, 1, 2, 3])
        for cpu in account.values():
            self.assertEqual(cpu["written"], cpu["copied"] + cpu["overwritten"])
            self.assertGreater(cpu["written"], 1000)

    def test_memory_runs_out_at_load(self):
        """R4: more than there is room for is refused, and all of it is given back."""
        guest = self.machine
        live.rec(guest, "start 1000")
        live.rec(guest, "stop")
        before = scenarios.available(guest)
        most = before * 1024 // self.arch.slot // 4
        for share in (0.5, 0.9, 0.99, 1.2):
            done = live.rec(guest, f"start {int(most * share)}", check=False)
            if done.rc == 0:
                live.rec(guest, "stop")
            else:
                self.assertRegex(done.stdout, "kstrax-rec: error: cannot load kstrax_buf: ")
            if share == 0.5:
                self.assertEqual(done.rc, 0, done.stdout)
            if share == 1.2:
                self.assertRegex(done.stdout, r"the memory available holds \d+ for each of 4 CPUs")
        self.assertEqual(scenarios.not_given_back(guest, before, 8192), 0, "KiB")


class Agreement(WithFolder):
    """A snapshot and a dump of the same rings give the same reports, byte for byte, but for what became of
    calls that have no exit: the dump holds the tasks, too."""

    flavour = None

    def test_snapshot_equals_dump(self):
        with live.guest(self.flavour) as guest:
            live.rec(guest, "start 4000")
            scenarios.run_workload(guest)
            # From here on nothing is recorded: both see the same entries.
            live.kstrax(guest, "-e ALL")
            live.kstrax(guest, "-b -R -o /tmp/snap")
            live.fetch(guest, "snap", self.folder)
            guest.panic()
            dumps = scenarios.dump_all(guest, self.folder)
        for option in ("-t", "-r", "-c"):
            for dump in (dumps.elf, dumps.kdump):
                with self.subTest(report=option, dump=dump.name):
                    direct = reports.report(self.folder / "direct", option, dump)
                    ours = reports.report(self.folder / "ours", option, self.folder / "snap", tool="kstrax")
                    self.assertEqual(reports.without_fates(ours.read_text()), reports.without_fates(direct.read_text()))
                    self.assertGreater(len(ours.read_bytes().splitlines()), 20)
                    if option == "-t":  # init waits, by its registers; the rings have its exit's kind no more
                        waits = [line for line in direct.read_text().splitlines() if re.match(r" +1 .* wait4\(.*<in flight>$", line)]
                        self.assertEqual(len(waits), 1)


class Simple(Recorder):
    def test_s1_s2(self):
        guest = self.machine
        simple = f"cd /tmp && {live.BIN}/kstrax-simple"
        # S1 with SEC: it ends by itself, and unloads.
        text = guest.run(f"{simple} start 3").stdout
        name = re.search(r"copying to (\S+)_CPU", text)[1]
        scenarios.run_workload(guest, "threads")
        guest.run("while [ -e /sys/module/kstrax_buf ]; do sleep 0.2; done")
        files = live.fetch(guest, name, self.folder)
        self.assertEqual([each.head for each in files], [each.count for each in files])
        # S1 without, and S2.
        text = guest.run(f"{simple} start").stdout
        name = re.search(r"copying to (\S+)_CPU", text)[1]
        self.assertNotEqual(guest.run(f"{simple} start", check=False).rc, 0)
        scenarios.run_workload(guest, "threads")
        guest.run(f"{simple} stop; test ! -e /sys/module/kstrax_buf")
        files = live.fetch(guest, name, self.folder)
        self.assertEqual([each.head for each in files], [each.count for each in files])
        self.assertNotEqual(guest.run(f"{simple} stop", check=False).rc, 0)


if __name__ == "__main__":
    unittest.main()
