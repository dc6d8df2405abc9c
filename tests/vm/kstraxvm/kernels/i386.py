# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's 32-bit kernels: images and headers, below build/, with no change to the machine.

The modules build with the machine's compiler and amd64's kbuild tools.
"""

import functools
import pathlib
import re

from . import headers
from .apt import Apt, run
from .. import machines
from ..guest import Guest
from .kernel import Kernel
from ..paths import BUILD, ROOT, made, program
from ..problem import GuestProblem

FOLDER = BUILD / "i386"
KBUILD = pathlib.Path("/usr/lib/linux-kbuild-6.1")
KERNEL_INTERFACE = "/usr/include/x86_64-linux-gnu"  # where asm/ is, which says what is the same for 32 bits
WORKLOAD = FOLDER / "workload"
PACKAGES = Apt(FOLDER / "apt", architecture="i386")


def release(flavour):
    """The newest kernel of which both image and headers can be had; remembered, once chosen."""
    chosen = FOLDER / f"release-{flavour}"
    if not chosen.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        names = PACKAGES.search(f"^linux-(image|headers)-6.1.0-.*-{flavour}$")
        found = {kind: {int(number) for number in
                        re.findall(rf"^linux-{kind}-6\.1\.0-(\d+)-{flavour}$", "\n".join(names), re.MULTILINE)}
                 for kind in ("image", "headers")}
        both = found["image"] & found["headers"]
        if not both:
            raise GuestProblem(f"no i386 kernel {flavour} with headers among the packages")
        chosen.write_text(f"6.1.0-{max(both)}-{flavour}")
    return chosen.read_text()


def workload():
    """The workload as a 32-bit program."""
    # As in vm.mk: the others are programs of their own.
    sources = [path for path in sorted((ROOT / "tests/vm/guest").glob("*.c")) if path.name not in ("ia32.c", "meanings.c")]
    newest = max(path.stat().st_mtime for path in sources)
    if not WORKLOAD.exists() or WORKLOAD.stat().st_mtime < newest:
        FOLDER.mkdir(parents=True, exist_ok=True)
        run(["gcc", "-m32", "-isystem", KERNEL_INTERFACE, "-D_FILE_OFFSET_BITS=64", "-O2", f"-I{ROOT}", "-static", "-pthread",
             "-o", WORKLOAD, *sources])
    return WORKLOAD


def busybox():
    """The guest's shell and tools, of its own word size."""
    path = FOLDER / "busybox/bin/busybox"
    if not path.exists():
        PACKAGES.unpack("busybox-static", FOLDER / "busybox")
    return path


def kstrax():
    """The command as a 32-bit program that needs no library."""
    return made(FOLDER / "static/kstrax", "static-i386")


def kernel_headers(flavour):
    return headers.unpacked(release(flavour), PACKAGES, KBUILD)


@functools.cache
def build_recorder(flavour):
    """The recorder's modules for the newest kernel of that flavour."""
    headers.build_recorder(release(flavour), kernel_headers(flavour))


def guest(flavour, **options):
    """A 32-bit guest with the workload, for scenarios' functions."""
    kernel = Kernel(release(flavour), PACKAGES).fetch()
    build_recorder(flavour)
    files = {"/bin/busybox": busybox(), "/bin/workload": workload(), "/bin/ia32": program("ia32"),
             **options.pop("files", {})}
    return Guest(kernel=kernel, machine=machines.PC_32, files=files, **options)
