#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Damages a copy of a dump where kstrax's data lie. Usage: damage.py WAY DUMP KSTRAX_DUMP

WAY: no-magic   ELF: the anchor is none any more
     bad-crc    ELF: a byte of the anchor's facts is another
     bad-page   kdump-compressed: the record of one ring page leads nowhere
"""

import pathlib
import re
import struct
import subprocess
import sys
import tempfile

PAGE = 4096
HOST_NAME_IN_ANCHOR = 56 + 144


def anchor_address(dump, kstrax_dump):
    summary = subprocess.run([kstrax_dump, "--summary", dump], capture_output=True, text=True, check=False).stdout
    return int(re.search(r"anchor at physical 0x([0-9a-f]+)", summary)[1], 16)


def loads(elf):
    """[(file offset, physical address, size)]"""
    header = elf.read(64)
    offset, = struct.unpack_from("<Q", header, 32)
    count, = struct.unpack_from("<H", header, 56)
    elf.seek(offset)
    table = elf.read(count * 56)
    found = []
    for i in range(count):
        kind, _, at, _, physical, size = struct.unpack_from("<IIQQQQ", table, i * 56)
        if kind == 1:
            found.append((at, physical, size))
    return found


def damage_elf(dump, address, change):
    with open(dump, "r+b") as elf:
        for at, physical, size in loads(elf):
            if physical <= address < physical + size:
                elf.seek(at + address - physical)
                old = elf.read(1)[0]
                elf.seek(-1, 1)
                elf.write(bytes([change(old)]))
                return
    sys.exit("damage: the anchor is not in this file")


def a_ring_page(dump, kstrax_dump):
    """The middle of the longest run of pages that an analysis reads: a ring is most of them."""
    with tempfile.TemporaryDirectory() as folder:
        excerpt = pathlib.Path(folder) / "excerpt"
        subprocess.run([kstrax_dump, "--excerpt", excerpt, dump], capture_output=True, check=True)
        with open(excerpt, "rb") as elf:
            _, physical, size = max(loads(elf), key=lambda part: part[2])
        return (physical + size // 2) // PAGE


def lose_page(dump, frame):
    with open(dump, "r+b") as file:
        header = file.read(PAGE)
        block, = struct.unpack_from("<I", header, 428)
        sub_blocks, bitmap_blocks = struct.unpack_from("<II", header, 432)
        bitmap_at = (1 + sub_blocks) * block
        file.seek(bitmap_at + bitmap_blocks * block // 2)  # the second bitmap: pages that are there
        bitmap = file.read(bitmap_blocks * block // 2)
        if not bitmap[frame // 8] >> frame % 8 & 1:
            sys.exit("damage: that page is not in this dump")
        rank = int.from_bytes(bitmap, "little") & ((1 << frame) - 1)
        file.seek(bitmap_at + bitmap_blocks * block + rank.bit_count() * 24)
        file.write(struct.pack("<Q", 1 << 50))


def main():
    way, dump, kstrax_dump = sys.argv[1:]
    if way == "no-magic":
        damage_elf(dump, anchor_address(dump, kstrax_dump), lambda byte: byte ^ 0xff)
    elif way == "bad-crc":
        damage_elf(dump, anchor_address(dump, kstrax_dump) + HOST_NAME_IN_ANCHOR, lambda byte: byte ^ 1)
    elif way == "bad-page":
        lose_page(dump, a_ring_page(dump, kstrax_dump))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
