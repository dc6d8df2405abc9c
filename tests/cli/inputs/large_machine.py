# SPDX-License-Identifier: GPL-2.0-or-later
"""large_machine.py grow SMALL LARGE FRAMES: the same kdump-compressed dump as of a machine with so many page
frames, a last page of zeros among them; what the bitmaps lack of set bits is a hole in the file.
large_machine.py peak COMMAND...: runs it, and prints the most KiB of memory that it had, and seconds of processor time, to standard error."""
import resource
import struct
import subprocess
import sys
import zlib

BLOCK = 4096
STATUS = 424            # of a 64-bit writer's header; block size and counts follow
MAX_FRAMES_64 = BLOCK + 0x60
VMCOREINFO = BLOCK + 0x20


def grow(small, large, frames):
    with open(small, 'rb') as file:
        dump = bytearray(file.read())
    blocks, = struct.unpack_from('<I', dump, STATUS + 12)
    bitmap = dump[(2 + blocks // 2) * BLOCK:(2 + blocks) * BLOCK]
    first = (2 + blocks) * BLOCK
    pages = sum(bin(byte).count('1') for byte in bitmap)
    one = (frames + BLOCK * 8 - 1) // (BLOCK * 8)
    zeros = zlib.compress(bytes(BLOCK))
    moved = (2 + 2 * one) * BLOCK + 24 - first      # a descriptor more
    descriptors = bytearray(dump[first:first + pages * 24])
    for i in range(pages):
        struct.pack_into('<Q', descriptors, i * 24, struct.unpack_from('<Q', descriptors, i * 24)[0] + moved)
    end = len(dump) + moved
    descriptors += struct.pack('<QIIQ', end, len(zeros), 1, 0)
    struct.pack_into('<I', dump, STATUS + 12, 2 * one)
    struct.pack_into('<Q', dump, MAX_FRAMES_64, frames)
    offset, size = struct.unpack_from('<QI', dump, VMCOREINFO)
    if size:
        struct.pack_into('<Q', dump, VMCOREINFO, offset + moved)
    with open(large, 'wb') as file:
        file.write(dump[:2 * BLOCK])
        for start in (2 * BLOCK, (2 + one) * BLOCK):
            file.seek(start)
            file.write(bitmap)
            file.seek(start + (frames - 1) // 8)
            file.write(bytes([1 << (frames - 1) % 8]))
        file.seek((2 + 2 * one) * BLOCK)
        file.write(descriptors + dump[first + pages * 24:] + zeros)


def peak(command):
    status = subprocess.call(command)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(usage.ru_maxrss, f'{usage.ru_utime + usage.ru_stime:.2f}', file=sys.stderr)
    return status


if sys.argv[1] == 'grow':
    grow(sys.argv[2], sys.argv[3], int(sys.argv[4], 0))
else:
    sys.exit(peak(sys.argv[2:]))
