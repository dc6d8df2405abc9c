# SPDX-License-Identifier: GPL-2.0-or-later
"""Panics that tests and `make vmcore` want: what ran, and the dumps of it."""

import dataclasses
import pathlib

from .readers import ftrace
from .guest import Guest
from .paths import program

FOLDER = "/tmp/workload"


def guest_with_programs(**options):
    files = {"/bin/workload": program("workload"), "/bin/ia32": program("ia32")}
    files.update(options.pop("files", {}))
    return Guest(files=files, **options)


def run_workload(guest, *scenes):
    """Runs the scenes (default: all); returns the ids of the threads that took part."""
    guest.run(f"rm -rf {FOLDER}; workload run {FOLDER} {' '.join(scenes)}")
    return {int(line) for line in guest.run(f"cat {FOLDER}/tids").stdout.split()}


def storm(guest, threads, calls=0, seconds=0):
    """Each thread on its own CPU; returns {cpu: (tid, calls)}."""
    lines = guest.run(f"workload storm {threads} {calls} {seconds}").stdout
    facts = (map(int, line.split()) for line in lines.splitlines())
    return {cpu: (tid, made) for cpu, tid, made in facts}


def available(guest):
    """KiB of memory."""
    return int(guest.run("sync; grep MemAvailable /proc/meminfo").stdout.split()[1])


def not_given_back(guest, before, slack):
    """KiB of the memory available before that do not come back; up to slack is 0.

    Newer kernels leave what was freed with its CPU, where it does not count, and take it from
    there as time goes by: it may be some seconds late, but what is lost does not come back at all.
    """
    for _ in range(60):
        missing = before - available(guest)
        if missing < slack:
            return 0
        guest.run("usleep 500000")
    return missing


@dataclasses.dataclass
class Dumps:
    """One frozen state in every form."""
    elf: pathlib.Path
    kdump: pathlib.Path
    raw: pathlib.Path


def dump_all(guest, folder, name="panic"):
    folder = pathlib.Path(folder)
    dumps = Dumps(*(folder / f"{name}.{form}" for form in ("elf", "kdump", "raw")))
    guest.dump(dumps.elf, "elf")
    guest.dump(dumps.kdump, "kdump-zlib")
    guest.raw_memory(dumps.raw)
    return dumps


# Tasks that wait when the machine dies: for a writer that never comes, for input, for time.
WAITING = """mkfifo /tmp/orders.fifo /tmp/replies.fifo
cat /tmp/orders.fifo >/dev/null 2>&1 &
sleep 1000 </dev/null >/dev/null 2>&1 &
(exec 3<>/tmp/replies.fifo; exec cat <&3 >/dev/null 2>&1) &
usleep 100000"""


def workload_panic(folder, entries=20000, **options):
    """What `make vmcore` leaves: the workload, tasks that wait, and then the panic."""
    with guest_with_programs(**options) as guest:
        guest.load_recorder(entries)
        run_workload(guest)
        guest.run(WAITING)
        guest.panic()
        return dump_all(guest, folder)


@dataclasses.dataclass
class Wrapped:
    dumps: Dumps
    entries: int
    storms: dict  # {cpu: (tid, calls)}


def wrapped_rings(folder, entries=160000, cpus=2, wraps=3, **options):
    """Every CPU's ring is written through several times before the panic."""
    with guest_with_programs(cpus=cpus, **options) as guest:
        guest.load_recorder(entries)
        # A call is two records.
        storms = storm(guest, cpus, calls=entries * wraps // 2)
        guest.panic()
        return Wrapped(dump_all(guest, folder, "wrapped"), entries, storms)


@dataclasses.dataclass
class GroundTruth:
    dumps: Dumps
    events: list  # ftrace.Event of every thread
    tids: set     # of the workload


def ground_truth(folder, entries=160000, rounds=1, new_guest=guest_with_programs, **options):
    """The same workload in ftrace's eyes and in a dump of kstrax's rings."""
    tids = set()
    with new_guest(**options) as guest:
        # Names are judged whole, the longest, too.
        guest.load_recorder(entries, "name_slots=0")
        with ftrace.Recording(guest) as recording:
            for _ in range(rounds):
                tids |= run_workload(guest)
        guest.panic()
        return GroundTruth(dump_all(guest, folder, "ground-truth"), recording.events, tids)
