#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# libkdumpfile: the files of a split dump, given in another order than makedumpfile wrote them, are opened
# without complaint, and then every page is said to be excluded.
#
# Surprising: each file's header says which page frames it has, so their order is known, and the same
# library reads all pages when they come in that order. "Excluded" is what a page is that makedumpfile's
# filter left out on purpose; here all of them are in the files, and makedumpfile --reassemble takes these in
# either order.
# Matters to a reader of dumps: sorted by name, part 10 stands before part 2, and the dump seems empty.
# Seen with libkdumpfile10 0.5.1-1 and makedumpfile 1.7.2-1 of Debian 12. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch makedumpfile 1:1.7.2-1
fetch libkdumpfile10 0.5.1-1

# A core of 64 pages, each with its own number; split in two.
python3 - <<'PY'
import struct
memory = b"".join(struct.pack("<Q", 0x100 + page) * 512 for page in range(64))
note = struct.pack("<III", 5, 336, 1) + b"CORE\0\0\0\0" + bytes(336)
elf = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
elf += struct.pack("<IIQQQQQQ", 4, 0, 176, 0, 0, len(note), len(note), 0)
elf += struct.pack("<IIQQQQQQ", 1, 7, 4096, 0xffff888000100000, 0x100000, len(memory), len(memory), 0)
open("core", "wb").write((elf + note).ljust(4096, b"\0") + memory)
PY
"$bin/makedumpfile" --split -c -d 0 core part1 part2 >log 2>&1 || { cat log; exit 2; }
"$bin/makedumpfile" --reassemble part2 part1 whole >log 2>&1 || { cat log; exit 2; }

cat >read.py <<'PY'
import collections, ctypes, os, struct, sys
library = ctypes.CDLL("libkdumpfile.so.10")
library.kdump_new.restype = ctypes.c_void_p
library.kdump_get_err.restype = ctypes.c_char_p
library.kdump_get_err.argtypes = [ctypes.c_void_p]
context = ctypes.c_void_p(library.kdump_new())
files = [os.open(name, os.O_RDONLY) for name in sys.argv[1:]]
status = library.kdump_open_fdset(context, ctypes.c_uint(len(files)), (ctypes.c_int * len(files))(*files))
found = collections.Counter()
for frame in range(0x100, 0x140):
    page, size = ctypes.create_string_buffer(8), ctypes.c_size_t(8)
    failed = library.kdump_read(context, 1, ctypes.c_uint64(frame << 12), page, ctypes.byref(size))
    right = not failed and struct.unpack("<Q", page.raw)[0] == frame
    found["right" if right else library.kdump_get_err(context).decode() if failed else "wrong"] += 1
print(f"{' '.join(sys.argv[1:])}: open gives {status}; pages: {dict(found)}")
PY
for files in whole "part1 part2" "part2 part1"; do python3 read.py $files; done | tee seen
still sh -c 'grep -q "^whole: .*right.: 64}" seen && grep -q "^part1 part2: .*right.: 64}" seen && grep -q "^part2 part1: open gives 0; .*xcluded page.: 64}" seen'
