#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Instructions of each report of one recording, in a dump of an arm64 machine and in one of x86-64: machines_cost.py BUILD."""

import pathlib
import random
import re
import subprocess
import sys
import tempfile

CPUS, CALLS = 4, 25000  # a CPU
MACHINES = {"x86_64": "4 levels", "arm64": "4 KiB pages, 48 bits"}
FORMATS = ("elf", "zlib")
REPORTS = ("-t", "-r", "-c", "-i")
# Known to both by name, each with arguments.
MADE = [("read", "3,0x7ffd00001000,512"), ("write", "1,0x7ffd00001000,512"), ("futex", "0x7f0000000000,128,0"), ("close", "3"),
        ("openat", '-100,0x7ffd00002000,0x80000,0 path="/etc/file"'), ("epoll_pwait", "4,0x7f00,16,100,0,8")]


def script(machine, tables):
    chance = random.Random(7)
    lines = [f"layout {machine}", f"cpus {CPUS}", f"entries {2 * CALLS}", f'tables "{tables}"', "start 5000000000 0"]
    for cpu in range(CPUS):
        time = 5000100000
        for _ in range(CALLS):
            name, arguments = chance.choice(MADE)
            of = f"tid={100 + 50 * cpu + chance.randrange(40)} {name}"
            lines.append(f"{cpu} {time} {of} args={arguments}")
            time += chance.randrange(100, 900)
            lines.append(f"{cpu} {time} {of} = {chance.choice((0, 512, -2, -11))}")
            time += chance.randrange(100, 900)
    return "\n".join(lines) + "\n"


def instructions(*command):
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command], text=True,
                          stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=True)
    return int(re.search(r"Collected : (\d+)", done.stderr)[1])


def main():
    build = pathlib.Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as folder:
        here = pathlib.Path(folder)
        for machine, tables in MACHINES.items():
            (here / "script").write_text(script(machine, tables))
            for form in FORMATS:
                subprocess.run([build / "tests/make-dump", here / "script", form, here / f"{machine}.{form}"], check=True)
        print(f"millions of instructions, {2 * CPUS * CALLS} records\n\ndump report  {'  '.join(MACHINES)}  ratio")
        for form in FORMATS:
            for report in REPORTS:
                took = [instructions(build / "bin/kstrax-dump", report, here / f"{machine}.{form}") for machine in MACHINES]
                print(f"{form} {report:10} {took[0] / 1e6:7.1f} {took[1] / 1e6:7.1f} {took[1] / took[0]:6.3f}", flush=True)


if __name__ == "__main__":
    main()
