# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's arm64 kernels: images, headers and programs, below build/, with no change to the machine.

The modules build with the machine's cross compiler, and with kbuild tools that run on it.
"""

import functools
import os

from . import headers
from .apt import Apt
from .. import machines
from ..guest import Guest
from .kernel import Kernel
from ..paths import BUILD, made
from ..problem import GuestProblem

FOLDER = BUILD / "arm64"
CROSS = "aarch64-linux-gnu-"
# Whose kernels, by the names that ARM64_KERNELS= takes.
SUITES = {"6.1": "bookworm", "6.12": "trixie", "sid": "sid"}
NAME = os.environ.get("ARM64_KERNEL", "6.1")


@functools.cache
def packages(suite):
    (FOLDER / "apt" / suite).mkdir(parents=True, exist_ok=True)
    return Apt(FOLDER / "apt" / suite, architecture="arm64", release=suite)


def release(name=NAME):
    """The newest of this kind; remembered, once chosen."""
    chosen = FOLDER / f"newest-{name}"
    if not chosen.exists():
        prefix = "linux-image-"
        found = [need for need in packages(SUITES[name]).needs(f"{prefix}arm64") if need.startswith(prefix)]
        if not found:
            raise GuestProblem(f"no arm64 kernel {name} among the packages")
        chosen.write_text(found[0].removeprefix(prefix))
    return chosen.read_text()


def program(name):
    """A program for the guest, made from tests/vm/guest/ by the cross compilers."""
    return made(FOLDER / "guest" / name, "vm-programs-arm64")


def busybox():
    """The guest's shell and tools."""
    path = FOLDER / "busybox/bin/busybox"
    if not path.exists():
        packages(SUITES["6.1"]).unpack("busybox-static", FOLDER / "busybox")
    return path


@functools.cache
def build_recorder(name):
    """The recorder's modules for this kernel."""
    suite = SUITES[name]
    tools = Apt(BUILD / "apt" / suite, release=suite)
    folder = headers.unpacked(release(name), packages(suite), tools=tools)
    headers.build_recorder(release(name), folder, "ARCH=arm64", cross=CROSS)


def guest(name=NAME, **options):
    """A guest with the workload, for scenarios' functions."""
    kernel = Kernel(release(name), packages(SUITES[name])).fetch()
    build_recorder(name)
    files = {"/bin/busybox": busybox(), "/bin/workload": program("workload"), "/bin/arm32": program("arm32"),
             **options.pop("files", {})}
    return Guest(kernel=kernel, machine=machines.ARM_VIRT, files=files, **options)
