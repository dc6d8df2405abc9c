#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Peak memory while reading large dumps (after: make crash-dumps CRASH_DUMPS=formats).

Makes BUILD/crash-dumps/large.zlib and large.elf of 2.25 GiB each from the raw image of a real
panic with rings of 2 x 160000 entries: its memory stands in them three times, and the copies,
which are not where they say they lie, are told from it. Fails if kstrax-dump -t needs more than
128 MiB, what is mapped of the dump counted, or gives another report than from the image.
"""

import pathlib
import struct
import subprocess
import sys
import zlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vm"))

from kstraxvm import BUILD  # noqa: E402

DUMPS = BUILD / "crash-dumps"
RAW = DUMPS / "formats.raw"
PAGE = 4096
COPIES = 3
LIMIT = 128 << 10  # KiB


def write_zlib(path):
    """A kdump-compressed dump, header version 6."""
    data = RAW.read_bytes()
    frames = len(data) // PAGE
    total = frames * COPIES
    bitmap_blocks = -(-total // (PAGE * 8))
    header = bytearray(PAGE)
    header[:8] = b"KDUMP   "
    struct.pack_into("<I", header, 8, 6)
    header[12 + 4 * 65:12 + 4 * 65 + 6] = b"x86_64"
    struct.pack_into("<IIIII", header, 424, 1, PAGE, 1, 2 * bitmap_blocks, total)
    sub_header = bytearray(PAGE)
    struct.pack_into("<Q", sub_header, 0x60, total)
    descriptors = (2 + 2 * bitmap_blocks) * PAGE
    with path.open("wb") as out:
        out.write(header + sub_header)
        bits = bytes([255]) * (total // 8) + bytes([(1 << total % 8) - 1] if total % 8 else [])
        out.write(bits.ljust(bitmap_blocks * PAGE, b"\0") * 2)
        at = descriptors + total * 24
        table, offsets = [], {}
        out.seek(at)
        for copy in range(COPIES):
            for frame in range(frames):
                page = data[frame * PAGE:(frame + 1) * PAGE]
                zero = not any(page[:64]) and page.count(0) == PAGE
                if zero and "zero" in offsets:
                    table.append(offsets["zero"])
                    continue
                stored = zlib.compress(page, 1)
                flags = 1
                if len(stored) >= PAGE:
                    stored, flags = page, 0
                row = struct.pack("<QIIQ", at, len(stored), flags, 0)
                if zero:
                    offsets["zero"] = row
                table.append(row)
                out.write(stored)
                at += len(stored)
        out.seek(descriptors)
        out.write(b"".join(table))


def write_elf(path):
    """An ELF core of one segment."""
    data = RAW.read_bytes()
    with path.open("wb") as out:
        ident = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
        out.write(ident + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 1, 0, 0, 0))
        out.write(struct.pack("<IIQQQQQQ", 1, 7, PAGE, 0, 0, COPIES * len(data), COPIES * len(data), PAGE))
        out.write(b"\0" * (PAGE - 64 - 56))
        for _ in range(COPIES):
            out.write(data)


def report(path):
    """(the report, KiB at most, seconds of CPU)"""
    # By time(1): a child of ours would count what we ourselves had in memory.
    done = subprocess.run(["time", "-f", "%M %U %S", BUILD / "bin/kstrax-dump", "-t", path], capture_output=True,
                          check=False)
    peak, user, system = done.stderr.split()[-3:]
    return done.stdout, int(peak), float(user) + float(system)


def main():
    expected = report(RAW)[0]
    failed = 0
    for name, write in (("large.zlib", write_zlib), ("large.elf", write_elf)):
        path = DUMPS / name
        if not path.exists():
            write(path)
        text, peak, seconds = report(path)
        wrong = text != expected or not text or peak > LIMIT
        failed += wrong
        print(f"{'FAIL' if wrong else 'ok  '} {name}: {path.stat().st_size >> 20} MiB, "
              f"at most {peak / 1024:.0f} MiB of memory, {seconds:.2f} s of CPU"
              + (", another report" if text != expected else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
