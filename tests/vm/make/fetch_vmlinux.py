#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Puts the kernel with debug information beside the dumps of `make vmcore`: build/vmcore/vmlinux.

Only crash needs it, so that it cannot be had is said and is no failure.
"""

import os
import sys

from kstraxvm import BUILD, GuestProblem, Kernel


def main():
    target = BUILD / "vmcore/vmlinux"
    kernel = Kernel()
    try:
        source = kernel.fetch().vmlinux()
    except (GuestProblem, OSError) as problem:
        target.unlink(missing_ok=True)
        print(f"vmcore: no vmlinux of {kernel.release}, which crash needs (kstrax-dump does not):\n{problem}")
        return 0
    if not target.exists() or not target.samefile(source):
        target.parent.mkdir(exist_ok=True)
        target.unlink(missing_ok=True)
        os.link(source, target)
        print(f"vmcore: vmcore/vmlinux: {target.stat().st_size >> 20} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
