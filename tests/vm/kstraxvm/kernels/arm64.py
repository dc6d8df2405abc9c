# SPDX-License-Identifier: GPL-2.0-or-later
"""Debian's arm64 kernels: images, headers and programs, below build/, with no change to the machine.

The modules build with the machine's cross compiler, and with kbuild tools that run on it.
"""

import functools
import os
import re
import subprocess

from . import headers
from .apt import Apt
from .. import machines
from ..guest import Guest
from .foreign import Choice, Foreign
from ..paths import BUILD, made

FOLDER = BUILD / "arm64"
CROSS = "aarch64-linux-gnu-"


# By the names that ARM64_KERNELS= takes. A cortex-a72 has no pages of 16 KiB.
KERNELS = {"6.1": Choice("bookworm", "arm64"), "6.12": Choice("trixie", "arm64"), "sid": Choice("sid", "arm64"),
           "16k": Choice("sid", "arm64-16k", "cortex-a76")}
NAME = os.environ.get("ARM64_KERNEL", "6.1")
DEBIAN = Foreign("arm64", "bookworm", KERNELS)
busybox, packages = DEBIAN.busybox, DEBIAN.packages


def release(name=NAME):
    return DEBIAN.release(name)


def program(name):
    """A program for the guest, made from tests/vm/guest/ by the cross compilers."""
    return made(FOLDER / "guest" / name, "vm-programs-arm64")


@functools.cache
def build_recorder(name, *more):
    """The recorder's modules for this kernel; more: other modules, by their names in build/modules/RELEASE/."""
    suite = KERNELS[name].suite
    tools = Apt(BUILD / "apt" / suite, release=suite)
    folder = headers.unpacked(release(name), packages(suite), tools=tools)
    targets = [BUILD / "modules" / release(name) / module for module in more]
    headers.build_recorder(release(name), folder, "ARCH=arm64", *targets, cross=CROSS)


def guest(name=NAME, **options):
    """A guest with the workload, for scenarios' functions."""
    choice = KERNELS[name]
    kernel = DEBIAN.kernel(name)
    build_recorder(name)
    files = {"/bin/busybox": busybox(), "/bin/workload": program("workload"), "/bin/arm32": program("arm32"),
             **options.pop("files", {})}
    if choice.cpu_model:
        options.setdefault("cpu_model", choice.cpu_model)
    return Guest(kernel=kernel, machine=machines.ARM_VIRT, files=files, **options)


def with_libraries(path, here, root):
    """{path in a guest: here}: a program at that path, its loader, and the libraries that it needs, out of a tree of packages."""
    folders = [root / "usr/lib/aarch64-linux-gnu", root / "lib/aarch64-linux-gnu"]
    files = {path: here, "/lib/ld-linux-aarch64.so.1": folders[0] / "ld-linux-aarch64.so.1"}
    if not files["/lib/ld-linux-aarch64.so.1"].exists():  # Debian 12 has it in /lib
        files["/lib/ld-linux-aarch64.so.1"] = folders[1] / "ld-linux-aarch64.so.1"
    asked, wanted = set(), [here]
    while wanted:
        said = subprocess.run(["readelf", "-dW", wanted.pop()], text=True, stdout=subprocess.PIPE, check=True).stdout
        for name in set(re.findall(r"\(NEEDED\).*\[(.*)\]", said)) - asked:
            asked.add(name)
            library = next(folder / name for folder in folders if (folder / name).exists())
            files[f"/lib/aarch64-linux-gnu/{name}"] = library
            wanted.append(library)
    return files


def debian_program(package, path):
    """The same of a program of the kernel's own release."""
    suite = KERNELS[NAME].suite
    root = FOLDER / "programs" / suite / package
    places = root / path, root / path.removeprefix("usr/")  # Debian 12 has some below /
    if not any(place.exists() for place in places):
        root.mkdir(parents=True, exist_ok=True)
        packages(suite).tree([package], root)
    return with_libraries(f"/{path}", next(place for place in places if place.exists()), root)


def own_program(name, path):
    """The same of one of ours, as `make arm64-commands` makes it."""
    return with_libraries(path, made(FOLDER / "bin" / name, "arm64-commands"), FOLDER / "root")
