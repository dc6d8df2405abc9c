#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""`make vmcore`: one panic of a real kernel as build/vmcore/panic.{elf,kdump,raw}, and its vmlinux."""

import argparse
import os
import sys

from kstraxvm import BUILD, GuestProblem, Kernel, scenarios


def link_vmlinux(kernel, folder):
    """What crash needs beside the dump. Optional: it is one file of a package of 860 MB."""
    target = folder / "vmlinux"
    target.unlink(missing_ok=True)
    try:
        os.link(kernel.vmlinux(), target)
    except GuestProblem as problem:
        print(f"vmcore: no vmlinux, so crash cannot read these dumps; kstrax-dump can. {problem}")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cpus", type=int, default=2)
    options.add_argument("--memory", type=int, default=512, help="MiB")
    options.add_argument("--entries", type=int, default=20000, help="of each CPU's ring")
    options.add_argument("--no-vmlinux", action="store_true", help="fetch no debug package")
    given = options.parse_args()

    kernel = Kernel()
    folder = BUILD / "vmcore"
    try:
        dumps = scenarios.workload_panic(folder, kernel=kernel, cpus=given.cpus,
                                         memory=given.memory, entries=given.entries)
    except GuestProblem as problem:
        print(f"vmcore: {problem}", file=sys.stderr)
        return 1
    for path in (dumps.elf, dumps.kdump, dumps.raw):
        print(f"vmcore: {path} ({path.stat().st_size >> 20} MiB)")
    if not given.no_vmlinux:
        link_vmlinux(kernel, folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
