# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel stacks read from a dump are those that /proc showed just before it."""

import subprocess
import unittest

from kstraxvm import paths, reports, scenarios
from kstraxvm.paths import program, test_program

DEVICES = ("mkdir -p /dev/mqueue /dev/pts; mount -t mqueue mqueue /dev/mqueue; mount -t devpts devpts /dev/pts; "
           "[ -e /dev/ptmx ] || mknod /dev/ptmx c 5 2")
# What a panic by sysrq comes from, whatever the panic then does.
SYSRQ = ["panic", "sysrq_handle_crash", "__handle_sysrq.cold", "write_sysrq_trigger", "proc_reg_write", "vfs_write",
         "ksys_write", "do_syscall_64", "entry_SYSCALL_64_after_hwframe"]
CAPTURE_CMDLINE = "console=ttyS0 loglevel=5 panic=0 nr_cpus=1 reset_devices"
ACT = "(actors stay >/tmp/actors 2>/tmp/actors.err </dev/null &); until grep -q ready /tmp/actors; do usleep 100000; done"


def witness(guest):
    """{tid: (last ran at, call, frames)} as /proc has them."""
    rows = {}
    for line in guest.run("actors witness").stdout.splitlines():
        tid, ran, call, *frames, end = line.split()
        assert end == ".", line
        rows[int(tid)] = (int(ran), call, frames)
    return rows


def names_of(guest):
    lines = guest.run("for t in /proc/[0-9]*/task/[0-9]*; do echo ${t##*/} $(cat $t/comm); done").stdout.splitlines()
    return {int(words[0]): " ".join(words[1:]) for words in map(str.split, lines)}


def stacks(dump):
    """{tid: (CPU, last ran at, end, frames)} as the dump has them."""
    done = subprocess.run([test_program("stacks"), dump], text=True, stdout=subprocess.PIPE, check=True)
    rows = {}
    for line in done.stdout.splitlines():
        tid, cpu, ran, end, *frames = line.replace(" [", ":[").split()
        rows.setdefault(int(tid), []).append((cpu, int(ran), end, frames))
    return rows


def as_proc(frames):
    """Without the scheduler's, which /proc leaves out, and without the lock that it waits for."""
    return [frame for frame in frames if frame[0] not in "!="]


def panicked(dump):
    """The functions of the task that panicked by sysrq, which ran on a CPU."""
    (row,) = [row for rows in stacks(dump).values() for row in rows
              if any("sysrq_handle_crash" in frame for frame in row[3])]
    cpu, _, end, frames = row
    assert cpu != "-" and end == "user", row
    return [frame.lstrip("?").partition("+")[0] for frame in frames]


class WithActors(unittest.TestCase):
    @classmethod
    def before(cls, guest):
        """What the guest does before anybody acts."""

    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        with scenarios.guest_with_programs(memory=512, files={"/bin/actors": program("actors")}) as guest:
            guest.run(DEVICES, check=False)
            cls.before(guest)
            guest.run(ACT)
            cls.complaints = guest.run("cat /tmp/actors.err").stdout
            cls.names = names_of(guest)
            cls.proc = witness(guest)
            guest.freeze()
            guest.dump(cls.folder / "frozen.elf", "elf")
            guest.dump(cls.folder / "frozen.kdump", "kdump-zlib")
            guest.thaw()
            guest.panic()
            guest.dump(cls.folder / "panic.elf", "elf")

    def same_as_proc(self, name):
        """The frames of all tasks that did not run between the witness and the dump."""
        compared = []
        dumped = stacks(self.folder / name)
        for tid, (ran, _, frames) in self.proc.items():
            if tid not in dumped:
                continue
            (cpu, ran_then, end, ours), = dumped[tid]
            if cpu != "-" or ran != ran_then:
                continue
            with self.subTest(dump=name, task=self.names.get(tid)):
                self.assertEqual(as_proc(ours), frames)
                # What has ended has no stack; in user mode, /proc shows none either.
                self.assertIn(end, ("user", "whole") if frames else ("none", "user"))
                compared.append(ours)
        return compared


class Stacks(WithActors):
    def test_every_actor_acts(self):
        self.assertEqual(self.complaints, "")

    def test_stacks_are_those_of_proc(self):
        for name in ("frozen.elf", "frozen.kdump"):
            with self.subTest(dump=name):
                self.assertGreater(len(self.same_as_proc(name)), 80)

    def test_owners_of_locks(self):
        """The actors are named after what they hold and what they wait for."""
        for name in ("frozen.elf", "frozen.kdump"):
            locks = {}
            for tid, rows in stacks(self.folder / name).items():
                for frame in rows[0][3]:
                    if frame.startswith("="):
                        kind, owner = frame[1:].split(":")
                        locks[self.names.get(tid)] = (kind, self.names.get(int(owner)) if owner != "?" else None)
            self.assertEqual(locks, {"fpos-wait": ("mutex", "fpos-hold"), "pipe-wait": ("mutex", "pipe-hold"),
                                     "inode-wait": ("rwsem_write", "inode-hold"), "futex-pi": ("rt_mutex", "pi-owner")})

    def rows(self, *options):
        file = reports.report(self.folder / "report", *options, "--format=jsonl", self.folder / "frozen.elf")
        return reports.read_jsonl(file)[1]

    def test_calls_are_those_of_proc(self):
        """Of user tasks: for a kernel thread, /proc shows a call 0 that it is not in."""
        ran = {tid: row[0][1] for tid, row in stacks(self.folder / "frozen.elf").items()}
        compared = set()
        for row in self.rows("--tasks"):
            before, call, _ = self.proc.get(row["pid"], (0, "-", []))
            if call in ("running", "-") or before != ran[row["pid"]] or row["stack_end"] != "from user mode":
                continue
            number, *words = call.split(",")
            with self.subTest(task=row["command"]):
                if int(number) == -1:
                    self.assertEqual((row["in_call"], row["name"]), ("no", None))
                else:
                    self.assertEqual(row["nr"], int(number))
                    self.assertEqual(row["args"], words[:len(row["args"])])
                compared.add(row["command"])
        self.assertGreater(len(compared), 40)

    def test_reports_in_text(self):
        """What a person reads: of the task that waits, for whom; a stack of one task; nothing raw."""
        text = reports.report(self.folder / "report", "--tasks", self.folder / "frozen.elf").read_text()
        holder = next(tid for tid, name in self.names.items() if name == "fpos-hold")
        self.assertRegex(text, rf"  UN +- .*  fpos-wait +lseek\(4</bin/busybox>\?, 0, SEEK_SET\); waits for a mutex held by {holder} fpos-hold; ")
        self.assertRegex(text, r"  IN .*  read-pipe +read\(4<pipe:\[\d+\]>, 0x[0-9a-f]+, 1\); pipe_read < vfs_read < ksys_read\n")
        self.assertRegex(text, r'  IN .*  open-fifo +openat\(AT_FDCWD, "/tmp/actors\.fifo", O_RDONLY\); ')
        self.assertRegex(text, r"  ZO .*  zombie +it has no stack any more\n")
        self.assertRegex(text, r"\n# \d+ tasks\n$")
        stack = reports.report(self.folder / "report", "--stack", str(holder), self.folder / "frozen.elf").read_text()
        self.assertRegex(stack, rf"\n{holder} fpos-hold  IN  read\(4</bin/busybox>, 0x[0-9a-f]+, 100\)\n  #0 +__schedule\+0x")
        self.assertRegex(stack, r"\n        \(from user mode\)\n# \d+ frames of 1 tasks\n$")
        frames = [(row["frame"], f"{row['function']}+{row['offset']:#x}") for row in self.rows("--stack", str(holder))]
        ((_, _, _, whole),) = stacks(self.folder / "frozen.elf")[holder]
        self.assertEqual(frames, list(enumerate(frame.lstrip("!") for frame in whole)))

    def test_who_waits_for_which_lock(self):
        holders = {row["command"]: row["owner_command"] for row in self.rows("--locks")}
        wanted = {"fpos-wait": "fpos-hold", "pipe-wait": "pipe-hold", "inode-wait": "inode-hold", "futex-pi": "pi-owner"}
        self.assertEqual({name: holders.get(name) for name in wanted}, wanted)
        self.assertFalse(any(row["deadlock"] for row in self.rows("--locks")))

    def test_a_task_that_is_not_there(self):
        done = subprocess.run([reports.command("kstrax-dump"), "--stack", "99999", self.folder / "frozen.elf"],
                              text=True, capture_output=True)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertIn("99999: the kernel has no task of this id", done.stderr)

    def test_the_stack_that_panicked(self):
        self.assertEqual(panicked(self.folder / "panic.elf")[-len(SYSRQ):], SYSRQ)

    def test_every_cpu_has_a_whole_stack(self):
        for name in ("frozen.elf", "panic.elf"):
            for tid, rows in stacks(self.folder / name).items():
                for cpu, _, end, frames in rows:
                    if cpu != "-":
                        with self.subTest(dump=name, cpu=cpu, task=tid):
                            self.assertIn(end, ("user", "whole"), frames)


class Hooked(WithActors):
    """The function graph tracer, kretprobes and both have replaced return addresses."""
    # By the names that kernels have had for them.
    GRAPH = ("do_nanosleep", "pipe_read", "anon_pipe_read", "do_wait")
    KRETPROBES = ("do_epoll_wait", "ep_poll", "unix_stream_read_generic")
    BOTH = "eventfd_read"

    @classmethod
    def before(cls, guest):
        guest.run("mount -t tracefs tracefs /sys/kernel/tracing 2>/dev/null", check=False)
        there = set(guest.run("cat /sys/kernel/tracing/available_filter_functions").stdout.split())
        cls.GRAPH = [name for name in cls.GRAPH if name in there]
        cls.KRETPROBES = [name for name in cls.KRETPROBES if name in there]
        # Before 5.18 the kernel keeps a kretprobe's addresses elsewhere, and does not undo them itself.
        if not guest.run("grep arch_rethook_trampoline /proc/kallsyms", check=False).stdout:
            cls.KRETPROBES = ()
        probes = "; ".join(f"echo 'r {name}' >>kprobe_events" for name in (*cls.KRETPROBES, cls.BOTH))
        guest.run(f"cd /sys/kernel/tracing && {probes}; "
                  f"echo 1 >events/kprobes/enable && echo {' '.join(cls.GRAPH)} {cls.BOTH} >set_ftrace_filter && "
                  "echo function_graph >current_tracer")

    def test_stacks_are_those_of_proc(self):
        # Where both have hooked a function, 6.1's own unwinder stops behind it: /proc is no witness there.
        both = next(tid for tid, name in self.names.items() if name == "eventfd")
        del self.proc[both]
        text = " ".join(frame for frames in self.same_as_proc("frozen.elf") for frame in frames)
        self.assertGreater(len(self.GRAPH), 2)
        for name in (*self.GRAPH, *self.KRETPROBES):
            self.assertIn(f"{name}+", text)
        if not self.KRETPROBES:
            return
        ((_, _, end, frames),) = stacks(self.folder / "frozen.elf")[both]
        names = [frame.partition("+")[0] for frame in as_proc(frames)]
        self.assertEqual((end, names[-5:]), ("user", ["eventfd_read", "vfs_read", "ksys_read", "do_syscall_64",
                                                 "entry_SYSCALL_64_after_hwframe"]))


class Captured(unittest.TestCase):
    """A real kdump: the kernel itself has saved the registers of its CPUs, within the code that starts the other."""

    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        kexec = {"/bin/kexec-load": program("kexec-load")}
        with scenarios.guest_with_programs(memory=768, cmdline="crashkernel=192M", files=kexec) as guest:
            kernel = guest.put(guest.kernel.image, "vmlinuz")
            (guest.share / "initramfs").write_bytes(guest.ramdisk({}))
            guest.run(f"kexec-load {kernel} /share/initramfs '{CAPTURE_CMDLINE}'")
            guest.run("workload cast >/dev/null 2>&1 </dev/null & usleep 500000")
            guest.crash_into_capture_kernel()
            guest.run("cat /proc/vmcore >/share/vmcore", timeout=600)
            guest.get("vmcore", cls.folder / "vmcore")
            guest.freeze()
            guest.raw_memory(cls.folder / "raw")
        subprocess.run(["makedumpfile", "-c", "-d", "31", cls.folder / "vmcore", cls.folder / "filtered"],
                       check=True, stdout=subprocess.DEVNULL)

    def test_the_stack_that_panicked(self):
        for name in ("vmcore", "filtered", "raw"):
            with self.subTest(dump=name):
                functions = panicked(self.folder / name)
                self.assertEqual(functions[-len(SYSRQ):], SYSRQ)
                self.assertEqual(functions[0], "__crash_kexec")

    def test_all_forms_say_the_same(self):
        whole = stacks(self.folder / "vmcore")
        self.assertGreater(len(whole), 50)
        for name in ("filtered", "raw"):
            with self.subTest(dump=name):
                self.assertEqual(stacks(self.folder / name), whole)

    def test_every_cpu_has_a_whole_stack(self):
        ran = [row for rows in stacks(self.folder / "vmcore").values() for row in rows if row[0] != "-"]
        self.assertEqual({row[0]: row[2] in ("user", "whole") for row in ran}, {"0": True, "1": True}, ran)


if __name__ == "__main__":
    unittest.main()
