# SPDX-License-Identifier: GPL-2.0-or-later
"""Machines in real trouble: a scene of `gallery`, what the guest itself says of it, and its dump."""

import dataclasses
import pathlib
import time

from . import paths
from .guest import Guest

MOST_LOOKS = 20
ORDINARY = ("sshd", "nginx", "rsyslogd", "cron", "bash", "tail", "postgres", "tomcat", "http-worker")


@dataclasses.dataclass(frozen=True)
class Scene:
    """before: commands; modules: for them, those of these that the kernel has; ends: what it dies of, by itself if by_itself."""
    name: str
    ends: str = "echo c >/proc/sysrq-trigger"
    before: str = "true"
    modules: tuple = ()
    by_itself: bool = False
    recorder: bool = False


def _set(**settings):
    return "; ".join(f"echo {value} >/proc/sys/{name.replace('__', '/')}" for name, value in settings.items())


SCENES = {scene.name: scene for scene in (
    Scene("deadlock", ends=""),
    Scene("frozen", modules=("brd", "crc32c_generic", "ext4"),
          before="[ -e /dev/ram0 ] || mknod /dev/ram0 b 1 0; mke2fs /dev/ram0 8192 >/dev/null; mkdir -p /srv/db; "
                 "mount -t ext4 /dev/ram0 /srv/db"),
    Scene("stalled", modules=("fuse",), ends="nmi", before=_set(kernel__unknown_nmi_panic=1)),
    Scene("oom", by_itself=True, before=_set(vm__panic_on_oom=1)),
    Scene("hung", by_itself=True,
          before=_set(kernel__hung_task_panic=1, kernel__hung_task_timeout_secs=4, kernel__hung_task_check_interval_secs=1)),
    Scene("lockup", by_itself=True, before=_set(kernel__softlockup_panic=1, kernel__watchdog_thresh=2)),
    Scene("null", by_itself=True, recorder=True, before=_set(kernel__panic_on_oops=1)),
    Scene("interrupt", by_itself=True, before=_set(kernel__panic_on_oops=1)),
)}


@dataclasses.dataclass(frozen=True)
class Said:
    """By a task about itself, before it did what it hangs in."""
    name: str
    tid: int
    time: int  # ns, monotonic


@dataclasses.dataclass
class Played:
    dump: pathlib.Path
    release: str    # of the kernel
    said: list
    witness: dict  # {tid: (state, call, stack)} as /proc has them, of those that said something
    console: str
    ended: int      # ns, monotonic: nothing ran any more; of what does not end by itself

    def tids(self, name):
        return [each.tid for each in self.said if each.name == name]

    def tid(self, name):
        (tid,) = self.tids(name)
        return tid


def _said(guest):
    lines = (line.split() for line in guest.run("cat /tmp/cast").stdout.splitlines())
    return [Said(name, int(tid), int(time)) for name, tid, time in lines]


def _witness(guest):
    """What /proc says of all threads, by the guest's own shell."""
    text = guest.run("for t in /proc/[0-9]*/task/[0-9]*; do sed 's/ .*) / /; s/^\\([^ ]* [^ ]*\\).*/> \\1/' $t/stat; "
                     "cat $t/syscall $t/stack; done 2>/dev/null", check=False).stdout
    found = {}
    for task in text.split("> ")[1:]:
        (tid, state), call, *stack = task.splitlines()[0].split(), *task.splitlines()[1:]
        found[int(tid)] = (state, call, [line.split("] ")[1] for line in stack])
    return found


def _settled(guest, said):
    """The same, once those have come to where they stay: some take a moment for it."""
    tids = [each.tid for each in said]
    before = {}
    for _ in range(MOST_LOOKS):
        now = _witness(guest)
        if before and all(now.get(tid) == before.get(tid) for tid in tids) and "msleep+" not in str(now):
            break
        before = now
        guest.run("sleep 1")
    return now


def play(scene, dump):
    """Plays it and leaves the dump, an ELF core."""
    files = {"/bin/gallery": paths.program("gallery")}
    with Guest(files=files, memory=256, expect_trouble=True) as guest:
        for name, data in guest.kernel.modules(filter(guest.kernel.has, scene.modules)):
            (guest.share / f"{name}.ko").write_bytes(data)
            guest.run(f"insmod /share/{name}.ko")
        guest.run(f"insmod {guest.put(paths.trouble_module(guest.kernel.release))}; ip link set lo up; {scene.before}")
        if scene.recorder:
            guest.load_recorder(20000)
        begin = f"gallery {scene.name} >/tmp/cast 2>/tmp/complaints </dev/null"
        said, witness, ended = [], {}, None
        if scene.by_itself:
            guest.panic(begin + "; sleep 1000")
        else:
            guest.run(begin + "; cat /tmp/complaints; [ ! -s /tmp/complaints ]")
            said = _said(guest)
            witness = _settled(guest, said)
            asked = time.monotonic_ns()
            ended = int(float(guest.run("sleep 2; cat /proc/uptime").stdout.split()[0]) * 1e9)
            if scene.ends == "nmi":
                guest.panic_by_nmi()
            elif scene.ends:
                guest.panic(scene.ends)
            else:
                guest.freeze()
            ended += time.monotonic_ns() - asked
        guest.dump(dump, "elf")
        return Played(pathlib.Path(dump), guest.kernel.release, said, witness, guest.console.text(), ended)
