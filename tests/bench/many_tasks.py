#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What the kernel's own reports cost when it had many tasks, and crash beside them.

One guest with that many tasks, panicked; its dump by QEMU as ELF and compressed by zlib. Processor time of user and kernel
together and peak memory, the best of some runs.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "vm"))
from kstraxvm import BUILD, GuestProblem, Kernel, paths, scenarios  # noqa: E402

PROCESSES = int(os.environ.get("KSTRAX_BENCH_PROCESSES", "1250"))
THREADS = 8  # of each
RUNS = 5
REPORTS = {"overview": [], "--tasks": ["--tasks"], "-i": ["-i"], "--locks": ["--locks"]}
CRASH_COMMANDS = "foreach bt\nforeach files\nquit\n"


def make_dumps(folder):
    with scenarios.guest_with_programs(memory=2560, files={"/bin/many_tasks": BUILD / "vm/guest/many_tasks"}) as guest:
        guest.run("ulimit -u unlimited; echo 4000000 >/proc/sys/kernel/pid_max; echo 200000 >/proc/sys/kernel/threads-max; "
                  f"many_tasks {PROCESSES} {THREADS} </dev/null >/tmp/many.log 2>&1", timeout=900)
        wanted = PROCESSES * THREADS
        for _ in range(600):
            tasks = int(guest.run("set -- $(cat /proc/loadavg); echo ${4#*/}").stdout)
            if tasks >= wanted:
                break
            guest.run("usleep 500000")
        else:
            raise GuestProblem(f"{tasks} tasks instead of {wanted}")
        guest.run("sleep 10", timeout=300)
        guest.panic()
        for name, form in (("many.elf", "elf"), ("many.kdump", "kdump-zlib")):
            guest.dump(folder / name, form)
    return tasks


def cost(command, runs=RUNS, given=None):
    """(seconds of processor time, MiB of memory), the least; the last output."""
    found = []
    for _ in range(runs):
        with tempfile.NamedTemporaryFile("r") as told, tempfile.TemporaryFile() as output:
            subprocess.run(["/usr/bin/time", "-f", "%U %S %M", "-o", told.name, *command], check=False,
                           input=given, stdout=output, stderr=subprocess.STDOUT)
            user, system, memory = told.read().split()[-3:]
            found.append((float(user) + float(system), int(memory) >> 10))
            output.seek(0)
            lines = output.read().count(b"\n")
    return min(found), lines


def main():
    folder = BUILD / "bench"
    folder.mkdir(parents=True, exist_ok=True)
    remembered = folder / "many.tasks"
    try:
        if not remembered.exists():
            remembered.write_text(f"{make_dumps(folder)}\n")
    except GuestProblem as problem:
        print(f"bench: {problem}", file=sys.stderr)
        return 1
    print(f"{remembered.read_text().strip()} tasks, {(folder / 'many.elf').stat().st_size >> 20} MiB")
    first = {}
    for dump in (folder / "many.elf", folder / "many.kdump"):
        print(dump.name)
        for name, options in REPORTS.items():
            (seconds, memory), lines = cost([paths.command("kstrax-dump"), *options, dump])
            first.setdefault(name, seconds)
            print(f"  {name:20} {seconds * 1000:8.0f} ms {memory:6} MiB {lines:8} lines", flush=True)
    vmlinux = Kernel().folder / "vmlinux"
    if vmlinux.exists():
        (seconds, memory), lines = cost(["crash", "-s", vmlinux, folder / "many.elf"], 1, CRASH_COMMANDS.encode())
        print(f"crash, foreach bt, foreach files: {seconds:.1f} s, {memory} MiB, {lines} lines: "
              f"{seconds / first['--tasks']:.0f} x --tasks")
    else:
        print("crash is left out: it needs the vmlinux of `make vmcore`")
    return 0


if __name__ == "__main__":
    sys.exit(main())
