#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What recording adds to a system call: kstrax beside its peers.

Three measurements, each in one guest boot whose rounds go through all
recorders in turn, so that whatever else changes on the machine changes for
each alike; what a recorder adds is a difference within a round.

- time of a call on one CPU
- instructions of a call, in a guest whose clock counts them: no host can disturb that
- processor time of a call when 1, 2 and 4 CPUs are busy
"""

import dataclasses
import os
import pathlib
import statistics
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "vm"))
from kstraxvm import BUILD, default_release, live, scenarios  # noqa: E402

ROUNDS = int(os.environ.get("KSTRAX_BENCH_ROUNDS", "15"))
# Windows short enough that some are not interrupted, on a busy host either.
CALLS, WINDOWS = 2000, 150
STORM_CALLS = 100000
# As on real machines; a guest that is emulated would trust its timer chip alone.
CLOCK = "tsc=reliable clocksource=tsc"
TRACING = "/sys/kernel/tracing"
PROBES = BUILD / "modules" / default_release() / "bench/bench_probes.ko"
PERF = "/usr/bin/perf"


@dataclasses.dataclass
class Recorder:
    name: str
    on: str
    off: str
    goal: float = None  # what kstrax adds must be at most so much of what this one adds


def perf():
    """Rings only, nobody reads them. It says that it records by answering on its control pipe."""
    start = f"""rm -f /tmp/ctl /tmp/ack; mkfifo /tmp/ctl /tmp/ack
        perf record -q -a --overwrite -m 1M -e raw_syscalls:sys_enter -e raw_syscalls:sys_exit \\
            -o /tmp/perf.data --control fifo:/tmp/ctl,/tmp/ack >/tmp/perf.log 2>&1 &
        echo $! >/tmp/perf.pid; echo ping >/tmp/ctl; head -c 4 /tmp/ack"""
    end = "kill -INT $(cat /tmp/perf.pid); while kill -0 $(cat /tmp/perf.pid) 2>/dev/null; do usleep 50000; done"
    return Recorder("perf record --overwrite", start, end)


def probes(name, what, **options):
    return Recorder(name, f"insmod /bench_probes.ko probe={what}", "rmmod bench_probes", **options)


NOTHING = Recorder("nothing", "true", "true")
EMPTY = probes("two empty probes", "nothing", goal=1.6)
TIMED = probes("two probes that read the clock", "clock")
SHARED = probes("one counter for all CPUs", "shared")
KSTRAX = Recorder("kstrax", "insmod /kstrax_buf.ko", "rmmod kstrax_buf")
SMALL = Recorder("kstrax, rings of 20000", "insmod /kstrax_buf.ko entries=20000", "rmmod kstrax_buf")
FTRACE = Recorder("ftrace raw_syscalls", f"echo 1 >{TRACING}/events/raw_syscalls/enable",
                  f"echo 0 >{TRACING}/events/raw_syscalls/enable; echo >{TRACING}/trace", goal=0.6)
RECORDERS = [NOTHING, EMPTY, TIMED, KSTRAX, SMALL, FTRACE, perf()]
CALL_NAMES = ("getppid()", "read() of 1 byte")


def guest(cpus, **options):
    modules = {f"/{path.name}": path for path in (*live.recorder_modules(default_release()), PROBES)}
    return scenarios.guest_with_programs(
        cpus=cpus, memory=1024, timeout=3600, cmdline=CLOCK,
        files={**modules, "/bin/perf": PERF, **{each: each for each in live.libraries(PERF)}}, **options)


def in_turn(machine, recorders, rounds, measure):
    """{name: [what measure() gives, each round]}; a round before the first warms up."""
    found = {each.name: [] for each in recorders}
    machine.run("insmod /ctr_mod.ko")
    for round_ in range(rounds + 1):
        for each in recorders:
            machine.run(each.on, timeout=120)
            result = measure(machine)
            machine.run(each.off, timeout=120)
            if round_:
                found[each.name].append(result)
    return found


def clock_of_calls(windows):
    """By the guest's clock: (getppid, read of 1 byte), the best window of each."""
    def measure(machine):
        text = machine.run(f"workload cost {CALLS} {windows} 1", timeout=300).stdout
        return tuple(float(word) for word in text.split())
    return measure


def processor_of_calls(cpus):
    """By the host's processors: (getpid and read, on so many CPUs at once); what starting takes is left out."""
    def measure(machine):
        took = []
        for calls in (200, STORM_CALLS):
            before = machine.processor_ns()
            machine.run(f"workload storm {cpus} {calls} 0", timeout=300)
            took.append(machine.processor_ns() - before)
        return ((took[1] - took[0]) / (cpus * (STORM_CALLS - 200)),)
    return measure


def spread(values):
    if len(values) < 3 or min(values) == max(values):
        return f"{statistics.median(values):.0f}"
    low, _, high = statistics.quantiles(values, n=4)
    return f"{statistics.median(values):.0f} ({low:.0f} to {high:.0f})"


def added(found, name, which, to=NOTHING):
    return [took[which] - base[which] for took, base in zip(found[name], found[to.name])]


def table(found, recorders, goals):
    for which, call in enumerate(CALL_NAMES):
        ours = added(found, KSTRAX.name, which)
        print(f"  {call:32} {'takes':22} {'of it added':22} kstrax adds, of that")
        for each in recorders:
            times = [took[which] for took in found[each.name]]
            line = f"    {each.name:30} {spread(times):22}"
            if each is not NOTHING:
                theirs = added(found, each.name, which)
                line += f" {spread(theirs):22}"
                ratio = statistics.median(our / their for our, their in zip(ours, theirs))
                line += f" {ratio:.2f}" if each is not KSTRAX else ""
                line += f"   goal: at most {each.goal}" if goals and each.goal else ""
            print(line.rstrip())


def main():
    with guest(2) as machine:
        print(f"Linux {machine.kernel.release}, emulated\n\nns a call on one CPU of two: "
              f"median of {ROUNDS} rounds (quartiles)")
        table(in_turn(machine, RECORDERS, ROUNDS, clock_of_calls(WINDOWS)), RECORDERS, goals=True)

    with guest(1, accelerator="tcg,thread=single", qemu_options=("-icount", "shift=0,sleep=off")) as machine:
        print("\ninstructions a call")
        table(in_turn(machine, RECORDERS, 1, clock_of_calls(4)), RECORDERS, goals=False)

    # An emulator's clock is one for all CPUs, behind a lock: so it stands apart from what kstrax does.
    recorders = [NOTHING, EMPTY, TIMED, KSTRAX, SHARED]
    parts = [("the clock alone", TIMED, EMPTY), ("kstrax beyond the clock", KSTRAX, TIMED)]
    with guest(4) as machine:
        print(f"\nns of the host's processors a call (getpid and read of 1 byte), {os.cpu_count()} of them, "
              f"{ROUNDS} rounds")
        for cpus in (1, 2, 4):
            found = in_turn(machine, recorders, ROUNDS, processor_of_calls(cpus))
            machine.run("rmmod ctr_mod")
            print(f"  {cpus} busy")
            for each in recorders:
                line = f"    {each.name:30} {spread([took[0] for took in found[each.name]]):22}"
                if each is not NOTHING:
                    line += f" adds {spread(added(found, each.name, 0))}"
                print(line.rstrip())
            for name, each, to in parts:
                print(f"    {name:30} {'':22} adds {spread(added(found, each.name, 0, to))}")


if __name__ == "__main__":
    main()
