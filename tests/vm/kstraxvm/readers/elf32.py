# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's dump of a 32-bit guest as a 32-bit ELF file, changed in place.

QEMU writes ELF64 with EM_386 for 32-bit guests, which crash does not take; the notes in it
are 32-bit ones already. The new headers, being smaller, fit where the old ones were.
"""

import struct

from ..problem import GuestProblem

EHDR64, EHDR32 = struct.Struct("<16sHHIQQQIHHHHHH"), struct.Struct("<16sHHIIIIIHHHHHH")
PHDR64, PHDR32 = struct.Struct("<IIQQQQQQ"), struct.Struct("<IIIIIIII")
EI_CLASS, ELFCLASS32, ELFCLASS64, EM_386 = 4, 1, 2, 3


def rewrite(path):
    with open(path, "r+b") as dump:
        ident, kind, machine, version, entry, table, _, flags, _, _, count, *_ = \
            EHDR64.unpack(dump.read(EHDR64.size))
        if ident[EI_CLASS] != ELFCLASS64 or machine != EM_386:
            raise GuestProblem(f"{path}: not an ELF64 file for the i386")
        dump.seek(table)
        segments = [PHDR64.unpack(dump.read(PHDR64.size)) for _ in range(count)]
        headers = EHDR32.size + count * PHDR32.size
        first = min(offset for _, _, offset, *_ in segments)
        if headers > first or any(number >> 32 for segment in segments for number in segment):
            raise GuestProblem(f"{path}: does not fit 32-bit headers")
        ident = ident[:EI_CLASS] + bytes([ELFCLASS32]) + ident[EI_CLASS + 1:]
        dump.seek(0)
        dump.write(EHDR32.pack(ident, kind, machine, version, entry, EHDR32.size, 0, flags, EHDR32.size,
                               PHDR32.size, count, 0, 0, 0))
        for kind, flags, offset, virtual, physical, in_file, in_memory, align in segments:
            dump.write(PHDR32.pack(kind, offset, virtual, physical, in_file, in_memory, flags, align))
        dump.write(bytes(first - headers))
