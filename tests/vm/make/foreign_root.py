#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""BUILD/ARCHITECTURE/root: what programs for i386 or arm64 are built with, with no change to the machine."""

import shutil
import sys

from kstraxvm import GuestProblem
from kstraxvm.kernels.apt import Apt
from kstraxvm.paths import BUILD

LIBRARIES = ("libstdc++-12-dev", "libboost-program-options-dev", "libfmt-dev", "libdeflate-dev",
             "libzstd-dev", "liblzo2-dev", "libsnappy-dev", "libkdumpfile-dev")

# What each has besides: of its own packages, and of the machine's, for programs that run here.
ROOTS = {
    "i386": (("crash", "zlib1g-dev"), ()),
    # Of the cross compilers only that for C++: the one for C is there, for the modules are built with it.
    "arm64": (("libboost-test-dev", "libbpf-dev", "libseccomp-dev"), ("g++-12-aarch64-linux-gnu",)),
}


def main():
    architecture = sys.argv[1]
    packages, tools = ROOTS[architecture]
    folder = BUILD / architecture / "root"
    if (folder / "ready").exists():
        return 0
    shutil.rmtree(folder, ignore_errors=True)
    try:
        Apt(BUILD / architecture / "apt", architecture=architecture).tree(LIBRARIES + packages, folder)
        for package in tools:
            Apt().unpack(package, folder)
    except GuestProblem as problem:
        print(f"{architecture}: {problem}", file=sys.stderr)
        return 1
    (folder / "ready").touch()
    return 0


if __name__ == "__main__":
    sys.exit(main())
