# SPDX-License-Identifier: GPL-2.0-or-later
"""What depends on the emulator's version."""

import functools
import re
import subprocess


@functools.cache
def version():
    """(major, minor)"""
    text = subprocess.run(["qemu-system-x86_64", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return tuple(map(int, re.search(r"version (\d+)\.(\d+)", text).groups()))


def accelerator_for_changing_code():
    """For a guest whose kernel changes its code again and again while its CPUs run it.

    A CPU of QEMU 7.2 that has a thread of its own can go on with what the code was, for good: it meets
    a breakpoint that is no longer there, and hangs on it or oopses (docs/debug-kernel.md). 10.0 was not
    seen to. In one thread the CPUs take turns.
    """
    return "tcg,thread=multi" if version() >= (10, 0) else "tcg,thread=single"
