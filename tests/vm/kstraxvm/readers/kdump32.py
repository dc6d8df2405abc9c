# SPDX-License-Identifier: GPL-2.0-or-later
"""A 32-bit guest's dump as a kdump-compressed file of a 32-bit machine, by the 32-bit makedumpfile."""

import struct
import subprocess

from ..kernels import i386
from . import elf32
from ..kernels.apt import Apt, run

PACKAGES = ("makedumpfile", "libc6", "libdw1", "libelf1", "liblzo2-2", "zlib1g", "libbz2-1.0", "liblzma5")
PAGE_OFFSET = 0xc0000000
PT_LOAD = 1
BLOCK_SIZE_AT = 416  # 64-bit machines have it at 428


def _emulator(program):
    """What runs this 32-bit program where the machine's kernel does not (ia32_emulation=off)."""
    try:
        subprocess.run([program, "--version"], stdout=subprocess.DEVNULL, check=True)
        return []
    except OSError:
        folder = i386.FOLDER / "qemu-user"
        emulator = folder / "usr/bin/qemu-i386-static"
        if not emulator.exists():
            Apt().unpack("qemu-user-static", folder)
        return [emulator]


def _program():
    root = i386.FOLDER / "makedumpfile"
    if not (root / "ready").exists():
        for package in PACKAGES:
            i386.PACKAGES.unpack(package, root)
        (root / "ready").touch()
    libraries = f"{root}/lib/i386-linux-gnu:{root}/usr/lib/i386-linux-gnu"
    loader = root / "lib/ld-linux.so.2"
    return [*_emulator(loader), loader, "--library-path", libraries, root / "usr/bin/makedumpfile"]


def like_proc_vmcore(path):
    """Changes elf32's file to what a 32-bit kernel says: segments of RAM alone, with their virtual
    addresses. makedumpfile cannot do without."""
    with open(path, "r+b") as dump:
        header = list(elf32.EHDR32.unpack(dump.read(elf32.EHDR32.size)))
        for _ in range(header[10]):
            segment = list(elf32.PHDR32.unpack(dump.read(elf32.PHDR32.size)))
            kind, _, _, physical = segment[:4]
            if kind == PT_LOAD and physical == 0:
                segment[2] = PAGE_OFFSET
                dump.seek(-elf32.PHDR32.size, 1)
                dump.write(elf32.PHDR32.pack(*segment))
            elif kind == PT_LOAD:  # QEMU's ROM, which comes last
                header[10] -= 1
        dump.seek(0)
        dump.write(elf32.EHDR32.pack(*header))


def make(source, target, level):
    run([*_program(), "-c", "-d", str(level), source, target])
    with open(target, "rb") as file:
        start = file.read(BLOCK_SIZE_AT + 4)
    if start[:8] != b"KDUMP   " or struct.unpack_from("<I", start, BLOCK_SIZE_AT) != (4096,):
        raise AssertionError(f"{target}: not a 32-bit machine's kdump file")
