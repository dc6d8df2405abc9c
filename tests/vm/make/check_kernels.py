#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`make vm-check-kernels`: the recorder's tests on each of Debian's kernels.

Arguments: kernels by name (kstraxvm/kernels/debian.py; default: all), then after "--" the tests.
"""

import os
import pathlib
import re
import signal
import subprocess
import sys

from kstraxvm import GuestProblem, qemu
from kstraxvm.kernels import debian

HERE = pathlib.Path(__file__).resolve().parent
TESTS = ("test_module", "test_ground_truth", "test_reports", "test_live", "test_locate.X86_64",
         "dumped.test_actors", "dumped.test_files", "dumped.test_filtered", "dumped.test_ftrace", "dumped.test_last_boot", "dumped.test_perf_file",
         "dumped.test_stacks.Hooked",         "dumped.test_trace_file", "test_tasks")


def environment(name, release):
    """Of the tests on a kernel."""
    words = {"KERNEL_RELEASE": release, "KSTRAX_ALL_MACHINES": "1"}
    other = debian.KERNELS[name].qemu
    if other and not os.environ.get("KSTRAX_QEMU") and qemu.version() < (10, 0):
        words["KSTRAX_QEMU"] = other
    return {**os.environ, **words}


def check(name, tests):
    """What the last line of the tests says; what they say goes to standard output."""
    try:
        release = debian.prepare(name).release
    except GuestProblem as problem:
        print(problem, flush=True)
        return name, "?", "not built"
    print(f"== {name}: {release}", flush=True)
    with subprocess.Popen([sys.executable, "-B", HERE.parent / "run.py", *tests], text=True, stdout=subprocess.PIPE,
                          env=environment(name, release)) as runner:
        last = ""
        for last in runner.stdout:
            print(last, end="", flush=True)
    return name, release, last.strip()


def main():
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    words = sys.argv[1:]
    split = words.index("--") if "--" in words else len(words)
    names, tests = words[:split] or list(debian.KERNELS), words[split + 1:] or TESTS
    unknown = [name for name in names if name not in debian.KERNELS]
    if unknown:
        print(f"check_kernels: no kernel {unknown[0]}: there are {', '.join(debian.KERNELS)}", file=sys.stderr)
        return 2
    results = [check(name, tests) for name in names]
    print()
    for name, release, said in results:
        print(f"{name:12} {release:24} {said}")
    return 0 if all(re.match(r"[1-9]\d* passed, 0 failed", said) for _, _, said in results) else 1


if __name__ == "__main__":
    sys.exit(main())
