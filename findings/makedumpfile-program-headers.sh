#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# makedumpfile: it does not read an ELF core whose program headers are not right behind the ELF header.
#
# Surprising: e_phoff is there to say where they are, and readelf and crash(8) heed it. QEMU's
# dump-guest-memory puts them at 192. So the tool that filters kernel dumps refuses the dumps of the
# commonest hypervisor, by a message ("Can't get the number of PT_LOAD") that sounds like damage.
# Matters to a reader of dumps: such a file is whole; moving its headers to offset 64 is all it needs.
# Seen with makedumpfile 1.7.2-1 of Debian 12; readelf of binutils as a second witness. November 2026.
. "$(dirname "$0")/fetch.sh"
fetch makedumpfile 1:1.7.2-1

# The same core twice; only the place of the program headers differs.
python3 - <<'PY'
import struct
memory = bytes(range(256)) * 4096
note = struct.pack("<III", 5, 336, 1) + b"CORE\0\0\0\0" + bytes(336)
data = 4096
for place in 64, 192:
    elf = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 4, 62, 1, 0, place, 0, 0, 64, 56, 2, 0, 0, 0)
    elf = elf.ljust(place, b"\0")
    elf += struct.pack("<IIQQQQQQ", 4, 0, place + 112, 0, 0, len(note), len(note), 0)
    elf += struct.pack("<IIQQQQQQ", 1, 7, data, 0xffff888000100000, 0x100000, len(memory), len(memory), 0)
    open(f"core{place}", "wb").write((elf + note).ljust(data, b"\0") + memory)
PY

for place in 64 192; do
	echo "program headers at $place:"
	if command -v readelf >/dev/null; then echo "  readelf: $(readelf -lW core$place | grep -c -e ' LOAD ' -e ' NOTE ') headers"; fi
	"$bin/makedumpfile" -c -d 0 core$place dump$place >log 2>&1
	eval "status$place=$?"
	echo "  makedumpfile: exit status $(eval echo "\$status$place"), $(tr '\r' '\n' <log | grep -a -v '^ *$' | tail -n 2 | tr '\n' ' ')"
done
still [ "$status64" -eq 0 -a "$status192" -ne 0 ]
