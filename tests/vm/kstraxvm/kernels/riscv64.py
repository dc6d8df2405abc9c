# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's kernels for 64-bit RISC-V: read, not recorded."""

import os

from .foreign import Choice, Foreign
from .. import machines
from ..guest import Guest
from ..paths import made

# By the names that RISCV64_KERNELS= takes. Debian 12 is not for this architecture.
KERNELS = {"6.12": Choice("trixie", "riscv64"), "sid": Choice("sid", "riscv64")}
NAME = os.environ.get("RISCV64_KERNEL", "6.12")
DEBIAN = Foreign("riscv64", "trixie", KERNELS)


def program(name):
    """A program for the guest, made from tests/vm/guest/ by the cross compiler."""
    return made(DEBIAN.folder / "guest" / name, "vm-programs-riscv64")


def guest(**options):
    files = {"/bin/busybox": DEBIAN.busybox(), **options.pop("files", {})}
    return Guest(kernel=DEBIAN.kernel(NAME), machine=machines.RISCV_VIRT, files=files, **options)
