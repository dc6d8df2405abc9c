#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""What crash for the i386 reads, below BUILD: BUILD/i386/crash/FLAVOUR.{elf,vmlinux}, a panic of each 32-bit kernel."""

import pathlib
import re
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vm"))

from kstraxvm import GuestProblem, Kernel, scenarios  # noqa: E402
from kstraxvm.kernels import i386  # noqa: E402
from kstraxvm.readers import elf32  # noqa: E402
from kstraxvm.kernels.apt import run  # noqa: E402

FOLDER = i386.FOLDER / "crash"
FLAVOURS = ("686", "686-pae")
# crash 8.0.2 will not start without these names of older kernels.
OLD_NAMES = ("sys_open", "sys_fork", "sys_read")


def vmlinux(flavour):
    """The kernel with its debug information, and with OLD_NAMES for the functions that have others now."""
    target = FOLDER / f"{flavour}.vmlinux"
    if target.exists():
        return
    kernel = Kernel(i386.release(flavour), i386.PACKAGES).fetch().vmlinux()
    addresses = {name: int(value, 16) for value, name in
                 re.findall(r"^(\w+) T (\w+)$", run(["nm", kernel]), re.MULTILINE)}
    text = int(re.search(r" \.text +PROGBITS +(\w+)", run(["readelf", "-SW", kernel]))[1], 16)
    run(["objcopy", *(f"--add-symbol={name}=.text:{addresses['__ia32_' + name] - text:#x},function,global"
                      for name in OLD_NAMES if name not in addresses), kernel, target])


def panic(flavour):
    """Every kind of call, tasks that wait, and the panic."""
    # Where a 32-bit kernel is not at the address that it was linked for, crash 8.0.2 has no way to say so.
    with i386.guest(flavour, kaslr=False) as guest:
        guest.load_recorder(20000)
        scenarios.run_workload(guest)
        guest.run(scenarios.WAITING)
        guest.panic()
        guest.dump(FOLDER / f"{flavour}.elf", "elf")
    elf32.rewrite(FOLDER / f"{flavour}.elf")


def dumps():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for flavour in FLAVOURS:
        vmlinux(flavour)
        panic(flavour)
        print(f"crash-i386: {flavour}", flush=True)


def main():
    # So that an interrupted run, too, takes its guest and its files along.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        dumps()
    except GuestProblem as problem:
        print(f"crash-i386: {problem}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
