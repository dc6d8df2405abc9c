#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""QEMU's ELF dump as makedumpfile wants it, changed in place: program headers directly
behind the ELF header, where makedumpfile 1.7.2 looks whatever the header says (QEMU has
put a section header there, which nobody needs). Usage: for_makedumpfile.py DUMP"""

import struct
import sys

EHDR = 64
PHDR = 56


def main():
    with open(sys.argv[1], "r+b") as dump:
        header = bytearray(dump.read(EHDR))
        offset, = struct.unpack_from("<Q", header, 32)
        count, = struct.unpack_from("<H", header, 56)
        dump.seek(offset)
        headers = dump.read(count * PHDR)
        first_data = min(struct.unpack_from("<Q", headers, i * PHDR + 8)[0] for i in range(count))
        if EHDR + len(headers) > first_data:
            sys.exit("for_makedumpfile: no room for the program headers")
        struct.pack_into("<Q", header, 32, EHDR)       # e_phoff
        struct.pack_into("<Q", header, 40, 0)          # e_shoff
        struct.pack_into("<HHH", header, 58, 0, 0, 0)  # section headers: none
        dump.seek(0)
        dump.write(header + headers)


if __name__ == "__main__":
    main()
