# SPDX-License-Identifier: GPL-2.0-or-later
"""Which emulator it is, and what depends on its version.

KSTRAX_QEMU=trixie takes that of another release of Debian in place of the machine's own.
"""

import functools
import os
import re
import subprocess

from .kernels import apt


def command(program, package="qemu-system-x86"):
    """The words that begin a command line of this program."""
    release = os.environ.get("KSTRAX_QEMU")
    if not release:
        return [program]
    root = apt.tree_of(package, release)
    # It looks for its firmware beside the program that was started, which is the loader.
    return [*apt.run_from(root, program), "-L", f"{root}/usr/share/qemu", "-L", f"{root}/usr/share/seabios"]


@functools.cache
def version():
    """(major, minor)"""
    text = subprocess.run([*command("qemu-system-x86_64"), "--version"], stdout=subprocess.PIPE, text=True,
                          check=True).stdout
    return tuple(map(int, re.search(r"version (\d+)\.(\d+)", text).groups()))


def accelerator_for_changing_code():
    """For a guest whose kernel changes its code again and again while its CPUs run it.

    A CPU of QEMU 7.2 that has a thread of its own can go on with what the code was, for good: it meets
    a breakpoint that is no longer there, and hangs on it or oopses (docs/debug-kernel.md). 10.0 was not
    seen to. In one thread the CPUs take turns.
    """
    return "tcg,thread=multi" if version() >= (10, 0) else "tcg,thread=single"
