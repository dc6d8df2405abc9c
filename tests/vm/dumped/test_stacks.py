# SPDX-License-Identifier: GPL-2.0-or-later
"""Kernel stacks read from a dump where return addresses are not what they were, and of a real kdump."""

import mmap
import shutil
import subprocess
import unittest

from kstraxvm import actors, paths
from kstraxvm.paths import command, program

from .test_actors import SYSRQ, panicked
from .with_actors import LEAST_ACTORS, WithActors

CAPTURE_CMDLINE = "console=ttyS0 loglevel=5 panic=0 nr_cpus=1 reset_devices"


class Hooked(WithActors):
    """The function graph tracer, kretprobes and both have replaced return addresses."""
    asks_files = False
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
        tally, stacks = self.tally("frozen.elf"), actors.stacks(self.folder / "frozen.elf")
        self.assertEqual((tally.wrong["stack"], tally.wrong["end of the stack"]), ([], []))
        self.assertGreater(tally.right["stack"], LEAST_ACTORS)
        text = " ".join(frame for rows in stacks.values() for frame in rows[0][3])
        self.assertGreater(len(self.GRAPH), 2)
        for name in (*self.GRAPH, *self.KRETPROBES):
            self.assertIn(f"{name}+", text)
        if not self.KRETPROBES:
            return
        ((_, _, end, frames),) = stacks[both]
        names = [frame.partition("+")[0] for frame in actors.as_proc(frames)]
        self.assertEqual((end, names[-5:]), ("user", ["eventfd_read", "vfs_read", "ksys_read", "do_syscall_64",
                                                 "entry_SYSCALL_64_after_hwframe"]))


def erase_last_words(image, copy):
    """Copies an image without the VMCOREINFO that has CRASHTIME in it."""
    shutil.copyfile(image, copy)
    with open(copy, "r+b") as file, mmap.mmap(file.fileno(), 0) as memory:
        at = memory.find(b"OSRELEASE=")
        while at >= 0:
            if at % 4096 == 0 and b"\nCRASHTIME=" in memory[at:at + 4096]:
                memory[at:at + 4096] = bytes(4096)
            at = memory.find(b"OSRELEASE=", at + 1)


def kernel_report(dump, name):
    return subprocess.run([command("kstrax-dump"), name, dump], text=True, capture_output=True, check=True)


class Captured(unittest.TestCase):
    """A real kdump: the kernel itself has saved the registers of its CPUs, within the code that starts the other."""
    # makedumpfile of Debian has neither snappy nor zstd.
    FILTERED = {"zlib": ("-c",), "lzo": ("-l",), "plain": (), "core": ("-E",)}

    @classmethod
    def setUpClass(cls):
        cls.folder = paths.scratch(cls.addClassCleanup)
        kexec = {"/bin/kexec-load": program("kexec-load")}
        with actors.guest_with_actors(cpus=2, memory=768, cmdline="crashkernel=192M", files=kexec) as guest:
            kernel = guest.put(guest.kernel.image, "vmlinuz")
            (guest.share / "initramfs").write_bytes(guest.ramdisk({}))
            guest.run(f"kexec-load {kernel} /share/initramfs '{CAPTURE_CMDLINE}'")
            actors.start(guest)
            guest.crash_into_capture_kernel()
            guest.run("cat /proc/vmcore >/share/vmcore", timeout=600)
            guest.get("vmcore", cls.folder / "vmcore")
            guest.freeze()
            guest.raw_memory(cls.folder / "raw")
        for name, how in cls.FILTERED.items():
            subprocess.run(["makedumpfile", *how, "-d", "31", cls.folder / "vmcore", cls.folder / name],
                           check=True, capture_output=True)

    def test_the_stack_that_panicked(self):
        for name in ("vmcore", "raw", *self.FILTERED):
            with self.subTest(dump=name):
                functions = panicked(self.folder / name)
                self.assertEqual(functions[-len(SYSRQ):], SYSRQ)
                self.assertEqual(functions[0], "__crash_kexec")

    def test_all_forms_say_the_same(self):
        whole = actors.stacks(self.folder / "vmcore")
        self.assertGreater(len(whole), LEAST_ACTORS)
        for name in ("raw", *self.FILTERED):
            with self.subTest(dump=name):
                self.assertEqual(actors.stacks(self.folder / name), whole)

    def test_the_raw_image_holds_the_capture_kernel_too(self):
        written, said = kernel_report(self.folder / "raw", "--stack=all"), "the image holds the capture kernel, too"
        self.assertIn(said, written.stderr)
        # The capture kernel may have overwritten what the other said last of itself, or not: it must not matter.
        silent = self.folder / "silent"
        erase_last_words(self.folder / "raw", silent)
        self.assertEqual(kernel_report(silent, "--stack=all").stdout, written.stdout)
        self.assertIn(said, kernel_report(silent, "--stack=all").stderr)

    def test_every_cpu_has_a_whole_stack(self):
        ran = [row for rows in actors.stacks(self.folder / "vmcore").values() for row in rows if row[0] != "-"]
        self.assertEqual({row[0]: row[2] in ("user", "whole") for row in ran}, {"0": True, "1": True}, ran)


if __name__ == "__main__":
    unittest.main()
