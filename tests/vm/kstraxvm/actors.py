# SPDX-License-Identifier: GPL-2.0-or-later
"""A guest in which each task hangs in another call or stall, and what it said of itself before: the tasks and /proc."""

import dataclasses
import subprocess

from . import scenarios
from .paths import program, test_program

# Of a file system to freeze, and of a worker; what a kernel lacks is left out.
MODULES = ("crc32c_generic", "ext4", "brd", "vhost_net")
PLACES = ("mkdir -p /dev/mqueue /dev/pts /srv/frozen; mount -t mqueue mqueue /dev/mqueue; mount -t devpts devpts /dev/pts; "
          "[ -e /dev/ptmx ] || mknod /dev/ptmx c 5 2; ip link set lo up; "
          "echo 100000 >/proc/sys/fs/lease-break-time; echo 0 >/proc/sys/kernel/hung_task_timeout_secs; echo -1 >/proc/sys/kernel/sched_rt_runtime_us; "
          "[ -e /dev/ram0 ] || mknod /dev/ram0 b 1 0; mke2fs /dev/ram0 8192 && mount -t ext4 /dev/ram0 /srv/frozen")
ACT = "(actors stay >/tmp/actors 2>/tmp/actors.err </dev/null &); until grep -q ready /tmp/actors; do usleep 100000; done"
ACT_LATE = "(actors late >/tmp/late 2>>/tmp/actors.err </dev/null &); until grep -q ready /tmp/late; do usleep 100000; done"
LATE = ("never-ran",)
# x32 exists, and is off, in Debian's kernels.
CMDLINE = "syscall.x32=y"


@dataclasses.dataclass(frozen=True)
class Proc:
    """What /proc said of a task."""
    name: str
    ran: int       # ns, when it was last on a CPU
    state: str     # R, S, D, …
    call: str      # of /proc/PID/syscall, with commas
    frames: list


@dataclasses.dataclass(frozen=True)
class Meant:
    """What a task said of itself before it did it."""
    where: str     # in (the call), behind (it has its result), near (one of them), out (in none)
    nr: int
    name: str
    path: str      # of the descriptor in its first argument; "": it did not say
    words: list    # none: it did not say


def witness(guest):
    """{tid: Proc}"""
    rows = {}
    for line in guest.run("actors witness").stdout.splitlines():
        tid, name, ran, state, call, *frames, end = line.split()
        assert end == ".", line
        rows[int(tid)] = Proc(name, int(ran), state, call, frames)
    return rows


def meant(guest):
    """{tid: Meant}: of each task what it said last."""
    rows = {}
    for line in guest.run("cat /tmp/actors.meant").stdout.splitlines():
        tid, where, nr, name, rest = line.split(" ", 4)
        # A path may have blanks: "(deleted)".
        path, *words = rest.split(" 0x")
        rows[int(tid)] = Meant(where, int(nr), name, path if path != "-" else "",
                               [int(word.split()[0], 16) for word in words])
    return rows


def stacks(dump):
    """{tid: [(CPU, last ran at, end, frames)]} as the dump has them."""
    done = subprocess.run([test_program("stacks"), dump], text=True, stdout=subprocess.PIPE, check=True)
    rows = {}
    for line in done.stdout.splitlines():
        tid, cpu, ran, end, *frames = line.replace(" [", ":[").split()
        rows.setdefault(int(tid), []).append((cpu, int(ran), end, frames))
    return rows


def files(dump):
    """The lines of the program that reads the files of all tasks."""
    done = subprocess.run([test_program("files"), dump], text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr)
    return done.stdout.splitlines()


def as_proc(frames, unsaid=""):
    """Without the scheduler's, which /proc leaves out, and without the lock that it waits for; unsaid: marks of others."""
    return [frame for frame in frames if frame[0] not in f"!={unsaid}"]


def start(guest):
    """Starts them all; returns those that this kernel has no place for: {name: reason}."""
    for name, data in guest.kernel.modules(filter(guest.kernel.has, MODULES)):
        (guest.share / f"{name}.ko").write_bytes(data)
        guest.run(f"insmod /share/{name}.ko", check=False)
    guest.run(PLACES, check=False)
    guest.run(ACT)
    lines = guest.run("cat /tmp/actors").stdout.splitlines()
    return dict(line.removeprefix("skip ").split(": ", 1) for line in lines if line.startswith("skip "))


def guest_with_actors(new_guest=scenarios.guest_with_programs, made=program, **options):
    """made: where a program for the guest's machine is."""
    files = {"/bin/actors": made("actors"), "/bin/actors32": made("actors32")}
    options = {"memory": 512, "cpus": 3, **options}
    return new_guest(files={**files, **options.pop("files", {})}, cmdline=f"{CMDLINE} {options.pop('cmdline', '')}", **options)


# Whoever asks what an epoll holds waits for its lock.
NOT_ASKED = ("epoll-hold", "epoll-wait")


def files_of(guest, tasks):
    """What /proc says of the files of these processes: the lines of `workload witness`. tasks: of witness()."""
    processes = guest.run("ls /proc").stdout.split()
    pids = [str(tid) for tid, task in tasks.items() if str(tid) in processes and task.name not in NOT_ASKED]
    guest.run(f"workload witness {' '.join(pids)} >/share/files")
    return (guest.share / "files").read_text(errors="replace").splitlines()
