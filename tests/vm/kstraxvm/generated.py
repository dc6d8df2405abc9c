# SPDX-License-Identifier: GPL-2.0-or-later
"""Dumps made from text (tests/tools/make_dump.cpp), to be held against real ones."""

import re

from .kernels.kernel import run
from .paths import test_program

HEADER = re.compile(r"^ +(Class|Data|Type|Machine|Size of program headers): +(.*)$", re.MULTILINE)
NOTE = re.compile(r"^  (\w+) +0x([0-9a-f]+)\t(NT_\w+|Unknown note type: \(0x00000000\))", re.MULTILINE)


def dump(folder, form, *lines):
    """A dump of one CPU of the kernel that the lines describe."""
    script, path = folder / "generated.script", folder / "generated"
    script.write_text("\n".join(lines) + "\n0 100 tid=1 getpid\n", encoding="ascii")
    run([test_program("make-dump"), script, form, path])
    return path


def header(elf):
    """What readelf says of the file as a whole."""
    return dict(HEADER.findall(run(["readelf", "-h", elf])))


def notes(elf):
    """{(owner, type, size)}; VMCOREINFO's size is the kernel's own."""
    found = NOTE.findall(run(["readelf", "-nW", elf]))
    return {(owner, kind, None if owner == "VMCOREINFO" else int(size, 16)) for owner, size, kind in found}
