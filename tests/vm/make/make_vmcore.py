#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`make vmcore`: one panic of a real kernel, as build/vmcore/panic.{elf,kdump,raw}."""

import argparse
import signal
import sys

from kstraxvm import BUILD, GuestProblem, scenarios


def main():
    # So that an interrupted run, too, takes its guest and its files along.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cpus", type=int, default=2)
    options.add_argument("--memory", type=int, default=512, help="MiB")
    options.add_argument("--entries", type=int, default=20000, help="of each CPU's ring")
    given = options.parse_args()
    try:
        dumps = scenarios.workload_panic(BUILD / "vmcore", cpus=given.cpus, memory=given.memory,
                                         entries=given.entries)
    except GuestProblem as problem:
        print(f"vmcore: {problem}", file=sys.stderr)
        return 1
    for path in (dumps.elf, dumps.kdump, dumps.raw):
        print(f"vmcore: {path.parent.name}/{path.name}: {path.stat().st_size >> 20} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
