#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""BUILD/i386/root: what programs for the i386 are built with, and crash, with no change to the machine."""

import shutil
import sys

from kstraxvm import GuestProblem
from kstraxvm.kernels import i386

PACKAGES = ("crash", "libstdc++-12-dev", "libboost-program-options-dev", "libfmt-dev", "libdeflate-dev",
            "libzstd-dev", "liblzo2-dev", "libsnappy-dev", "libkdumpfile-dev",
            "zlib1g-dev")


def main():
    folder = i386.FOLDER / "root"
    if (folder / "ready").exists():
        return 0
    shutil.rmtree(folder, ignore_errors=True)
    try:
        i386.PACKAGES.tree(PACKAGES, folder)
    except GuestProblem as problem:
        print(f"i386: {problem}", file=sys.stderr)
        return 1
    (folder / "ready").touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
